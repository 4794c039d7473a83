// What must hold on every page: it is usable by keyboard, on a phone, in both themes, and axe finds nothing.
import assert from "node:assert/strict";
import { PHONE, fill, story } from "./kit.js";
import { flaws, overflow, withAxe } from "./look.js";
import { everyPage, setUp } from "./pages.js";

/** Chooses the colours in the account's menu. */
async function choose(page, theme) {
  const menu = page.locator("details[data-dropdown]");
  if (!(await menu.evaluate((details) => details.open))) {
    await menu.locator("summary").click();
  }
  await menu.getByRole("button", { name: theme, exact: true }).click();
}

/** The colours in use. */
function painted(page) {
  return page.evaluate(() => [document.documentElement.dataset.bsTheme, getComputedStyle(document.body).backgroundColor]);
}

story("axe finds nothing and nothing is wider than the window: light, dark, phone", async ({ server, open, expectStatus }) => {
  const page = await open();
  await withAxe(page);
  const problems = [];
  const look = async (name, at, expect) => {
    for (const [theme, size] of [["light", null], ["dark", null], ["light", PHONE]]) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize(size ?? { width: 1280, height: 800 });
      if (expect) {
        expectStatus(expect);
      }
      await page.goto(at);
      const mode = `${name} ${size ? "phone" : theme}`;
      problems.push(...(await flaws(page)).map((line) => `${mode} ${line}`));
    }
  };
  await look("setup", server.firstSetupPath());
  await look("login", "/login");
  await setUp(server, page);
  await look("home-empty", "/");
  await look("subnets-empty", "/subnets");
  await server.demo();
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const { name, at, expect } of await everyPage(server, page)) {
    await look(name, at, expect);
  }
  // A form with errors, which only a POST brings.
  await page.goto("/subnets/new");
  await fill(page, { Prefix: "10.4.7.9/24" });
  expectStatus(422);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  await page.getByRole("alert").waitFor();
  problems.push(...(await flaws(page)).map((line) => `subnet-errors ${line}`));
  assert.deepEqual(problems, []);
});

story("the longest address and a long name fit on a phone", async ({ open }) => {
  const page = await open({ as: "operator" });
  const make = async (prefix, name) => {
    await page.goto("/subnets/new");
    await fill(page, { Prefix: prefix, Name: name });
    await page.getByRole("button", { name: "Make the subnet" }).click();
    await page.getByRole("heading", { level: 1, name: prefix }).waitFor();
  };
  await make("2001:db8:aaaa:bbbb::/64", "L".repeat(200));
  const address = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff";
  await fill(page, { Address: address });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("link", { name: address, exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: address }).waitFor();
  await page.setViewportSize(PHONE);
  for (const at of [page.url(), `/search?q=${address}`, "/subnets"]) {
    await page.goto(at);
    assert.deepEqual(await overflow(page), [], at);
  }
});

story("the keyboard is enough", async ({ open }) => {
  const anybody = await open();
  await anybody.goto("/login");
  const focused = () => anybody.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  const order = [await focused()];
  for (let i = 0; i < 2; i += 1) {
    await anybody.keyboard.press("Tab");
    order.push(await focused());
  }
  assert.deepEqual(order, ["login-name", "login-password", "Log in"]);

  const page = await open({ as: "operator" });
  await page.goto("/vrfs");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  assert.ok(await skip.evaluate((link) => link === document.activeElement), "the first stop is the skip link");
  assert.ok((await skip.boundingBox()).y >= 0, "it can be seen when it has the focus");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");

  await page.keyboard.press("/");
  const box = page.getByRole("searchbox", { name: "Search the address plan" });
  assert.ok(await box.evaluate((input) => input === document.activeElement), "/ goes to the search box");
  assert.equal(await box.inputValue(), "", "the key itself is not typed");
  await page.keyboard.type("10.0.0.0/8");
  assert.equal(await box.inputValue(), "10.0.0.0/8", "inside a field / is a character");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/search");

  // The account's menu opens and closes, and the focus comes back.
  await page.locator("details[data-dropdown] summary").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Log out" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Log out" }).waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
});

story("the tree folds by keyboard", async ({ server, open }) => {
  await server.demo(["sites", "vrfs", "vlans", "subnets"]);
  const page = await open({ as: "viewer" });
  await page.goto("/subnets");
  const fold = page.getByRole("button", { name: "Children of 10.112.0.0/15" });
  if ((await fold.getAttribute("aria-expanded")) === "true") {
    await fold.press("ArrowLeft");
  }
  const child = page.locator("tr[data-tree='1']").filter({ hasText: "10.112.0.0/17" });
  await child.waitFor({ state: "hidden" });
  await fold.press("ArrowRight");
  await child.waitFor();
  assert.equal(await fold.getAttribute("aria-expanded"), "true");
  await fold.press("ArrowLeft");
  await child.waitFor({ state: "hidden" });
});

story("on a phone the menu opens and leads on", async ({ open }) => {
  const page = await open({ as: "admin", viewport: PHONE, hasTouch: true, isMobile: true });
  await page.goto("/");
  const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "VLANs" });
  await link.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Menu" }).tap();
  await link.tap();
  await page.getByRole("heading", { level: 1, name: "VLANs" }).waitFor();
});

story("the theme is chosen once and stays", async ({ open }) => {
  const page = await open({ as: "viewer", colorScheme: "dark" });
  await page.goto("/");
  const [system, night] = await painted(page);
  assert.equal(system, "dark", "nothing chosen: the device's colours");
  await choose(page, "Light");
  const [light, day] = await painted(page);
  assert.equal(light, "light");
  assert.notEqual(day, night);
  await page.goto("/vrfs");
  assert.deepEqual(await painted(page), ["light", day], "it stays on the next page");
  await choose(page, "Dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.reload();
  assert.deepEqual(await painted(page), ["dark", night]);
  await choose(page, "System");
  assert.deepEqual(await painted(page), ["light", day]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-bs-theme=dark]").waitFor();
  assert.deepEqual(await painted(page), ["dark", night], "the device changes its mind");
});

story("the theme is chosen without script", async ({ open }) => {
  const page = await open({ as: "viewer", javaScriptEnabled: false });
  await page.goto("/vrfs");
  await choose(page, "Dark");
  await page.locator("html[data-bs-theme=dark]").waitFor();
  await page.goto("/vrfs");
  assert.equal(await page.locator("html").getAttribute("data-bs-theme"), "dark");
});
