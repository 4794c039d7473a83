// The login form's challenges in a real browser: the puzzle is solved by the page, the picture is there for eye and ear, and what is locked says what to do.
import assert from "node:assert/strict";
import { PASSWORD, PHONE, story } from "./kit.js";
import { flaws, withAxe } from "./look.js";

const NO_WAITS = ["fence.slowdown_initial_duration", "fence.slowdown_duration_incrementation", "fence.slowdown_duration_max"];

/** Budgets out of reach and no waits, so that only the challenges are met. */
async function patient(server) {
  for (const key of ["security.login_max_attempts", "security.account_lockout_max_attempts"]) {
    await server.cli(["setting", "set", key, "1000000"]);
  }
  for (const key of NO_WAITS) {
    await server.cli(["setting", "set", key, "0"]);
  }
}

/** Sends the form on the page. */
async function send(page, name, password) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Wrong passwords until the shipped rules ask for more. */
async function fail(page, times, expectStatus) {
  await page.goto("/login");
  for (let time = 0; time < times; time += 1) {
    expectStatus(401);
    await send(page, "viewer", `wrong ${time}`);
    await page.getByText("Name or password is wrong.").waitFor();
  }
}

story("after five failures the page solves a puzzle, and nobody has to do anything", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await patient(server);
  const page = await open();
  await fail(page, 5, expectStatus);
  await page.getByText("Your browser has solved the puzzle.").waitFor();
  await send(page, "viewer", PASSWORD);
  await page.waitForURL((url) => url.pathname === "/");
  // What went on meanwhile is said at once.
  await page.getByText("5 failed attempts in a row came before this login.").waitFor();
});

story("a form that is sent before the puzzle is solved waits for it", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await patient(server);
  const page = await open();
  await fail(page, 5, expectStatus);
  await page.goto("/login");
  await send(page, "viewer", PASSWORD);
  await page.getByText("Your browser has solved the puzzle.").waitFor();
  await page.getByText("Nothing was checked yet.").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "viewer");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/");
});

story("without script a picture stands in the place of the puzzle", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await patient(server);
  const page = await open({ javaScriptEnabled: false });
  await fail(page, 5, expectStatus);
  await page.getByRole("button", { name: "Use a picture instead" }).click();
  const picture = page.getByRole("img", { name: /Five letters and digits/ });
  await picture.waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "viewer");
  assert.equal(await page.locator("[data-work]").count(), 0);
  // A wrong answer brings another picture, not the puzzle again.
  expectStatus(401);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("What you see, or hear").fill("?????");
  await page.getByLabel("Password").press("Enter");
  await page.getByText("Name or password is wrong.").waitFor();
  await picture.waitFor();
  assert.equal(await page.locator("[data-work]").count(), 0);
});

story("the picture is there for the eye and the ear, another one can be had, and axe finds nothing", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await patient(server);
  await server.cli(["setting", "set", "login_protection.method", "captcha"]);
  const page = await open();
  await withAxe(page);
  await page.goto("/login");
  const picture = page.getByRole("img", { name: /Five letters and digits/ });
  const shown = () => picture.getAttribute("src");
  const size = await picture.evaluate((image) => [image.naturalWidth, image.naturalHeight]);
  assert.deepEqual(size, [240, 80]);
  const first = await shown();
  const seconds = await page.locator("audio").evaluate(
    (audio) =>
      new Promise((resolve, reject) => {
        audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
        audio.addEventListener("error", () => reject(new Error("the sound cannot be played")));
        audio.load();
        audio.preload = "metadata";
      }),
  );
  assert.ok(seconds > 2 && seconds < 40, `${seconds} s`);
  await page.getByLabel("Name").fill("viewer");
  await page.getByRole("button", { name: "Another one" }).click();
  await page.waitForFunction((before) => document.querySelector("img.captcha").src !== before, first);
  assert.equal(await page.getByLabel("Name").inputValue(), "viewer");
  for (const [theme, size] of [["light", null], ["dark", null], ["light", PHONE]]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(size ?? { width: 1280, height: 800 });
    assert.deepEqual(await flaws(page), [], `${theme} ${size ? "phone" : ""}`);
  }
  expectStatus(401);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("What you see, or hear").fill("?????");
  // Enter logs in: it does not ask for another picture.
  await page.getByLabel("What you see, or hear").press("Enter");
  await page.getByText("Name or password is wrong.").waitFor();
});

story("what is locked says what to do, the same for every name", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await server.cli(["setting", "set", "fence.rules", "[]"]);
  for (const [key, value] of [["smtp.host", "127.0.0.1"], ["smtp.from_address", "r@example.org"], ["smtp.enabled", "true"]]) {
    await server.cli(["setting", "set", key, value]);
  }
  const page = await open();
  await withAxe(page);
  await page.goto("/login");
  const seen = [];
  for (let time = 0; time < 5; time += 1) {
    expectStatus(401);
    await send(page, "viewer", "wrong");
    await page.getByText("Name or password is wrong.").waitFor();
  }
  for (const name of ["viewer", "nobody"]) {
    expectStatus(429);
    await send(page, name, PASSWORD);
    await page.getByText("Too many attempts.").waitFor();
    await page.getByText("A browser that has logged in to the account before").waitFor();
    seen.push((await page.locator("main").innerText()).replace(/\d+ (seconds|minutes)/, "soon"));
  }
  assert.equal(seen[0], seen[1]);
  for (const [theme, size] of [["light", null], ["dark", null], ["light", PHONE]]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(size ?? { width: 1280, height: 800 });
    assert.deepEqual(await flaws(page), [], `${theme} ${size ? "phone" : ""}`);
  }
  await page.getByRole("button", { name: "Mail me a link for this browser" }).click();
  await page.getByText("If an account is called that and has an e-mail address, a link is on its way.").waitFor();
});
