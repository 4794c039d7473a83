// The way of a first day: from the setup link to the logout, once as people go and once without script.
import assert from "node:assert/strict";
import { PASSWORD, fill, message, row, story } from "./kit.js";

/** Opens the setup link and makes the first admin. */
async function setUp(page, path) {
  await page.goto(path);
  await fill(page, { Name: "ada", "E-mail": "ada@example.org", Password: PASSWORD });
  await page.getByRole("button", { name: "Make the admin and log in" }).click();
  await page.waitForURL("**/");
}

/** Sends the form beside a list and waits for the message. */
async function make(page, path, values, button) {
  await page.goto(path);
  await fill(page, values);
  await page.getByRole("button", { name: button }).click();
  await message(page).waitFor();
}

/** Makes a subnet and returns the path of its page. */
async function subnet(page, values) {
  await page.goto("/subnets/new");
  await fill(page, values);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  await page.getByRole("heading", { level: 1, name: values.Prefix }).waitFor();
  return new URL(page.url()).pathname;
}

/** The core path: the same with and without script. */
async function firstDay({ server, page, scripted }) {
  const link = server.firstSetupPath();
  await setUp(page, link);
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  assert.match(await page.locator("main").innerText(), /Nothing is planned yet/);

  await make(page, "/vrfs", { Name: "Plant", "Route distinguisher": "65000:20" }, "Make the VRF");
  await row(page, "65000:20").waitFor();
  await make(page, "/sites", { Name: "Bremen" }, "Make the site");
  await make(page, "/vlans", { Number: "120", Name: "Servers", Site: "Bremen" }, "Make the VLAN");
  assert.match(await row(page, "Servers").innerText(), /120[\s\S]*Bremen/);

  // Inside out, so that each new subnet has to take its place above what is there.
  const leaf = await subnet(page, { Prefix: "10.4.7.0/24", VRF: "Plant", Name: "Line 7", VLAN: "120 Servers · Bremen" });
  await subnet(page, { Prefix: "10.0.0.0/8", VRF: "Plant", Name: "All" });
  await subnet(page, { Prefix: "10.4.0.0/16", VRF: "Plant", Name: "Halls", Site: "Bremen" });
  await page.goto(leaf);
  const path = page.getByRole("navigation", { name: "Containing subnets" }).getByRole("link");
  assert.deepEqual(await path.allInnerTexts(), ["10.0.0.0/8", "10.4.0.0/16"]);
  assert.match(await page.locator("dl.facts").innerText(), /Site\s+Bremen inherited/);

  await page.getByRole("link", { name: "Subnets", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Subnets" }).waitFor();
  if (scripted) {
    for (const prefix of ["10.0.0.0/8", "10.4.0.0/16"]) {
      const fold = page.getByRole("button", { name: `Children of ${prefix}` });
      if ((await fold.getAttribute("aria-expanded")) === "false") {
        await fold.click();
      }
    }
    await row(page, "10.4.7.0/24").waitFor();
    assert.deepEqual(await page.locator("tr[data-tree]").evaluateAll((rows) => rows.map((r) => r.dataset.tree)), ["0", "1", "2"]);
    await page.getByRole("button", { name: "Children of 10.4.0.0/16" }).click();
    await row(page, "10.4.7.0/24").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Children of 10.4.0.0/16" }).click();
  }
  await page.goto(leaf);

  assert.equal(await page.locator("main .bar-used").first().getAttribute("width"), "0");
  await page.getByLabel("Host name").first().fill("press-1.bremen.example.net");
  await page.getByRole("button", { name: "Allocate next free address" }).click();
  assert.match(await message(page).innerText(), /Allocated 10\.4\.7\.1 \(press-1\.bremen\.example\.net\)/);
  assert.match(await row(page, "10.4.7.1").last().innerText(), /press-1\.bremen\.example\.net/);
  assert.notEqual(await page.locator("main .bar-used").first().getAttribute("width"), "0");
  assert.match(await page.locator("main").innerText(), /1 used/);

  for (const asked of ["10.4.7.1", "bremen.exam"]) {
    await search(page, asked);
    await page.getByRole("link", { name: "10.4.7.1", exact: true }).waitFor();
  }
  await search(page, "10.4.7.0/24");
  await page.getByRole("region", { name: "Subnets" }).getByRole("link", { name: "10.4.7.0/24" }).waitFor();
  await search(page, "no-such-name");
  await page.getByText("Nothing matches.").waitFor();

  await search(page, "press-1");
  await page.getByRole("link", { name: "10.4.7.1", exact: true }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await fill(page, { Owner: "Maintenance", "Host name": "press-one.bremen.example.net" });
  await page.getByRole("button", { name: "Save" }).click();
  await message(page).waitFor();
  const address = page.locator("main");
  await page.getByRole("heading", { level: 1, name: /10\.4\.7\.1/ }).waitFor();
  assert.match(await address.innerText(), /press-one\.bremen\.example\.net[\s\S]*Maintenance/);
  assert.match(await page.locator(".story").innerText(), /press-1\.bremen\.example\.net →\s+after:\s+press-one\.bremen\.example\.net/);

  const gone = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  assert.match(await message(page).innerText(), /Deleted 10\.4\.7\.1/);
  await search(page, "press-one");
  await page.getByText("Nothing matches.").waitFor();

  await page.getByRole("link", { name: "Audit" }).click();
  const words = (rows) => rows.map((r) => [...r.cells].slice(1, 4).map((cell) => cell.innerText.trim()).join(" "));
  const events = await page.locator("tbody tr").evaluateAll(words);
  const told = events.filter((event) => /address/.test(event));
  assert.equal(told.length, 3, `made, changed, deleted: ${told.join(" | ")}`);
  assert.ok(told.every((event) => event.startsWith("ada ")), told.join(" | "));
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("Intact.").first().waitFor();

  await page.goto(leaf);
  await page.locator("summary").click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login?out=1");
  await page.goto(leaf);
  await page.waitForURL((url) => url.pathname === "/login" && url.searchParams.get("next") === leaf);
  assert.ok(!(await page.locator("body").innerText()).includes("Line 7"));
  return { link, gone, leaf };
}

/** Uses the search box of the page. */
async function search(page, asked) {
  const box = page.getByRole("searchbox", { name: "Search the address plan" });
  await box.fill(asked);
  await box.press("Enter");
  await page.waitForURL((url) => url.pathname === "/search" && url.searchParams.get("q") === asked);
}

story("a first day, from the setup link to the logout", async ({ server, open, expectStatus }) => {
  const page = await open();
  const { link, gone, leaf } = await firstDay({ server, page, scripted: true });

  // The login leads back to where one wanted to go; an old link and a deleted object lead nowhere.
  await fill(page, { Name: "ada", Password: PASSWORD });
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(`**${leaf}`);
  for (const path of [gone, link]) {
    expectStatus(404);
    await page.goto(path);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  }
});

story("the same day without script", async ({ server, open }) => {
  const page = await open({ javaScriptEnabled: false });
  await firstDay({ server, page, scripted: false });
});
