// All settings on one page: found while typing and without script, saved by group, wrong values told at their fields, and in force at once.
import assert from "node:assert/strict";
import { PHONE, fill, message, story } from "./kit.js";
import { flaws, withAxe } from "./look.js";

/** The card of a group. */
function group(page, name) {
  return page.getByRole("region", { name, exact: true });
}

/** Saves a group. */
function save(page, name) {
  return group(page, name).getByRole("button", { name: "Save" }).click();
}

/** The keys that are in sight. */
function inSight(page) {
  return page.locator("[data-find]:visible").evaluateAll((all) => all.map((element) => element.id));
}

story("an admin finds a setting, changes it, and it holds at once", async ({ open, expectStatus, step }) => {
  const page = await open({ as: "admin" });
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  const all = await inSight(page);
  assert.ok(all.length > 60, `${all.length} settings`);

  step("it is searched while somebody types, by keyboard alone");
  const search = page.getByLabel("Search the settings");
  await search.focus();
  await page.keyboard.type("session idle_seconds");
  await page.getByText("1 found").waitFor();
  assert.deepEqual(await inSight(page), ["security.session_idle_seconds"]);
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).search, "?q=session%20idle_seconds");
  const idle = page.getByLabel("Session idle seconds");
  await idle.fill("900");

  step("what is changed and not saved stays in sight");
  await search.fill("mail server");
  assert.ok((await inSight(page)).includes("security.session_idle_seconds"));
  await search.fill("no such words");
  await page.getByText("0 found").waitFor();
  await search.fill("");
  assert.deepEqual(await inSight(page), all);

  step("a wrong value is told at its field, and nothing typed is lost");
  const lifetime = page.getByLabel("Absolute lifetime minutes");
  await lifetime.fill("4");
  expectStatus(422);
  await lifetime.press("Enter");
  await group(page, "Sessions").getByText("Must be 0 for off, or a whole number between 5 and 43200.").first().waitFor();
  assert.deepEqual([await lifetime.inputValue(), await idle.inputValue()], ["4", "900"]);
  await lifetime.fill("0");
  await save(page, "Sessions");
  await message(page).getByText("2 settings are changed.").waitFor();
  await page.locator("[id='security.session_idle_seconds']").getByText("database, default 1800").waitFor();

  step("the installation has another name and zone");
  await fill(group(page, "Branding"), { "Site name": "Example Networks", Timezone: "Asia/Tokyo" });
  await save(page, "Branding");
  await message(page).getByText("2 settings are changed.").waitFor();
  assert.equal(await page.title(), "Settings · Example Networks");
  await page.goto("/audit");
  const time = page.locator("time[data-time=exact]").first();
  const shown = await time.evaluate((element) => [
    element.textContent,
    new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "Asia/Tokyo" }).format(new Date(element.dateTime)),
  ]);
  assert.equal(shown[0], shown[1]);
  const stranger = await open();
  await stranger.goto("/login");
  assert.equal(await stranger.title(), "Log in · Example Networks");
});

story("a link leads to a setting whatever is searched, and the page does without script", async ({ open }) => {
  const page = await open({ as: "admin" });
  await page.goto("/settings?q=idle_seconds#smtp.host");
  await page.locator("[id='smtp.host']").waitFor();
  assert.equal(await page.getByLabel("Search the settings").inputValue(), "");

  const plain = await open({ as: "admin", javaScriptEnabled: false });
  await plain.goto("/settings");
  await plain.getByLabel("Search the settings").fill("idle_seconds");
  await plain.getByRole("search", { name: "Settings" }).getByRole("button", { name: "Search" }).click();
  assert.deepEqual(await inSight(plain), ["security.session_idle_seconds"]);
  await plain.getByLabel("Session idle seconds").fill("901");
  await save(plain, "Sessions");
  await message(plain).getByText("one setting is changed.").waitFor();
});

story("axe finds nothing on the settings in light, dark and on a phone", async ({ open, expectStatus }) => {
  const page = await open({ as: "admin" });
  await withAxe(page);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/settings");
    assert.deepEqual(await flaws(page), []);
  }
  await page.goto("/settings#fence.enabled");
  await page.getByLabel("No answer duration").fill("soon");
  expectStatus(422);
  await save(page, "Fence");
  await group(page, "Fence").getByText("Must be a whole number").first().waitFor();
  assert.deepEqual(await flaws(page), []);
  await page.setViewportSize(PHONE);
  assert.deepEqual(await flaws(page), []);
});
