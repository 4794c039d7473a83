// Passwords, accounts and sessions in a real browser: links to set a password, the strength meter, one's own account in two languages, users as admins
// keep them, and what was typed outliving a session.
import assert from "node:assert/strict";
import { PASSWORD, PHONE, fill, logIn, message, row, story } from "./kit.js";
import { flaws, withAxe } from "./look.js";

const NEW = "quince-Marble-orbit-77";

/** What axe and the ruler find on the page as it is, in both themes and on a phone. */
async function look(page) {
  for (const [theme, size] of [["light", null], ["dark", null], ["light", PHONE]]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(size ?? { width: 1280, height: 800 });
    assert.deepEqual(await flaws(page), [], `${page.url()} ${theme} ${size ? "phone" : ""}`);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** What a password manager reads of the fields of a page, in order. */
function tokens(page) {
  return page.locator("main form input[autocomplete]").evaluateAll((fields) => fields.map((field) => `${field.type} ${field.autocomplete}`));
}

/** Mail is set up; nobody answers there, so that letters wait. */
async function mails(server) {
  for (const [key, value] of [["smtp.host", "127.0.0.1"], ["smtp.from_address", "r@example.org"], ["smtp.enabled", "true"]]) {
    await server.cli(["setting", "set", key, value]);
  }
}

story("a forgotten password is asked for, and set with a link", async ({ server, open, expectStatus }) => {
  await server.account("viewer");
  await mails(server);
  const page = await open();
  await withAxe(page);
  await page.goto("/login");
  assert.deepEqual(await tokens(page), ["text username", "password current-password"]);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("Name or e-mail address").fill("viewer@example.org");
  await page.keyboard.press("Enter");
  await page.getByText("If there is such an account and it has an e-mail address").waitFor();
  assert.deepEqual(await tokens(page), ["text username"]);
  await look(page);
  const link = new URL((await server.cli(["user", "link", "viewer"])).trim());
  await page.goto(link.pathname);
  assert.deepEqual(await tokens(page), ["text username", "password new-password"]);
  const field = page.getByLabel("New password");
  // The meter speaks while one types; what is shown can be hidden again.
  await field.pressSequentially("password12");
  const judged = page.locator("[data-strength-says]");
  await judged.getByText("Use at least 12 characters (this has 10).").waitFor();
  assert.match(await page.locator("[data-strength-bar]").getAttribute("data-score"), /^[01]$/);
  await page.getByRole("button", { name: "Show" }).click();
  assert.equal(await field.getAttribute("type"), "text");
  await look(page);
  expectStatus(422);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.locator(".invalid-feedback").getByText("Use at least 12 characters (this has 10).").waitFor();
  assert.equal(await field.inputValue(), "", "a secret does not come back");
  assert.equal(await field.getAttribute("type"), "password");
  await look(page);
  await field.pressSequentially(NEW);
  await page.waitForFunction(() => document.querySelector("[data-strength-bar]").dataset.score === "4");
  await look(page);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/login");
  await page.getByText("Your password is set. Log in with it.").waitFor();
  await logIn(page, "viewer", NEW);
  // The link is over.
  expectStatus(404);
  await page.goto(link.pathname);
  await look(page);
});

story("one's own account: language, colours, password and sessions", async ({ server, open, expectStatus }) => {
  const page = await open({ as: "viewer" });
  await withAxe(page);
  const other = await open({ userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" });
  await logIn(other, "viewer");
  await page.goto("/account");
  await look(page);
  await fill(page.getByRole("region", { name: "Profile" }), { "Name shown": "Vera", "Time zone": "Europe/Paris", Language: "Français", Colours: "Dark" });
  await page.getByRole("button", { name: "Save" }).click();
  await message(page).getByText("Enregistré").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "fr");
  assert.equal(await page.locator("html").getAttribute("data-bs-theme"), "dark");
  for (const at of ["/account", "/account/password", "/account/sessions"]) {
    await page.goto(at);
    await look(page);
  }
  await page.goto("/account");
  await page.getByLabel("Langue").selectOption({ label: "English" });
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await message(page).getByText("Saved.").waitFor();
  await page.goto("/account/sessions");
  await row(page, "Firefox").getByRole("button", { name: "End" }).click();
  await message(page).getByText("The session is ended.").waitFor();
  await other.goto("/subnets");
  assert.equal(new URL(other.url()).pathname, "/login");
  await page.goto("/account/password");
  assert.deepEqual(await tokens(page), ["text username", "password current-password", "password new-password"]);
  await page.getByLabel("Present password").fill("not it");
  await page.getByLabel("New password").fill(NEW);
  expectStatus(422);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.locator(".invalid-feedback").getByText("This is not your present password.").waitFor();
  await look(page);
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByLabel("New password").fill(NEW);
  await page.getByRole("button", { name: "Change the password" }).click();
  await message(page).waitFor();
  await logIn(other, "viewer", NEW);
});

story("an admin invites, cuts, keeps out and deletes", async ({ server, open, expectStatus }) => {
  const page = await open({ as: "admin" });
  await withAxe(page);
  await page.goto("/users");
  await look(page);
  await fill(page, { "Login name": "cleo", "E-mail": "cleo@example.org" });
  await page.getByLabel("Operator").check();
  await page.getByLabel("Show it to me").check();
  await page.getByRole("button", { name: "Make the user" }).click();
  await page.getByRole("heading", { name: /The link for cleo/ }).waitFor();
  await look(page);
  const url = new URL((await page.locator(".secret").innerText()).match(/https:\S+/)[0]);
  const cleo = await open();
  await cleo.goto(url.pathname);
  await cleo.getByLabel("New password").fill(NEW);
  await cleo.keyboard.press("Enter");
  await cleo.waitForURL((url) => url.pathname === "/login");
  await logIn(cleo, "cleo", NEW);
  await page.goto("/users");
  await page.getByRole("link", { name: "cleo" }).click();
  await look(page);
  const role = page.getByRole("region", { name: "Role" });
  await role.getByLabel("Viewer").check();
  expectStatus(422);
  await role.getByRole("button", { name: "Change the role" }).click();
  await page.getByRole("alert").waitFor();
  await look(page);
  await page.getByRole("region", { name: "Role" }).getByLabel("Viewer").check();
  await page.getByRole("region", { name: "Role" }).getByLabel("Reason").fill("moves to the archive");
  await page.getByRole("region", { name: "Role" }).getByRole("button", { name: "Change the role" }).click();
  await message(page).getByText("cleo is Viewer now.").waitFor();
  await cleo.goto("/subnets");
  assert.equal(new URL(cleo.url()).pathname, "/login", "the session ended with the role");
  const access = page.getByRole("region", { name: "Access" });
  await access.getByLabel("Reason").fill("has left");
  await access.getByRole("button", { name: "Deactivate" }).click();
  await message(page).getByText("cleo cannot log in any more.").waitFor();
  await page.getByRole("link", { name: "Delete cleo" }).click();
  await page.getByLabel("Reason").fill("has left");
  await page.getByLabel("Type the login name: cleo").fill("cleopatra");
  expectStatus(422);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator(".invalid-feedback").waitFor();
  assert.equal(await page.getByLabel("Reason").inputValue(), "has left");
  await look(page);
  await page.getByLabel("Type the login name: cleo").fill("cleo");
  await page.getByRole("button", { name: "Delete" }).click();
  await message(page).getByText("cleo is deleted.").waitFor();
  assert.equal(await page.getByRole("link", { name: "cleo" }).count(), 0);
});

story("a session that ends unused asks before, and what was typed is there again", async ({ server, open }) => {
  await server.cli(["setting", "set", "security.session_idle_seconds", "60"]);
  const page = await open({ as: "operator" });
  await withAxe(page);
  await page.goto("/subnets/new");
  await fill(page, { Prefix: "10.9.0.0/24", Name: "Half typed" });
  const dialog = page.getByRole("dialog", { name: "Are you still there?" });
  await dialog.waitFor({ timeout: 45_000 });
  await dialog.getByText(/Your session ends in \d+ seconds/).waitFor();
  await look(page);
  await dialog.getByRole("button", { name: "Stay logged in" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.getByLabel("Prefix").inputValue(), "10.9.0.0/24");
  const stayed = Date.now();
  await dialog.waitFor({ timeout: 45_000 });
  assert.ok(Date.now() - stayed > 20_000, "to stay is to begin anew");
  await page.waitForURL((url) => url.pathname === "/login", { timeout: 60_000 });
  await page.getByText("Your session ended because it was not used.").waitFor();
  await page.getByLabel("Name").fill("operator");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/subnets/new");
  assert.equal(await page.getByLabel("Prefix").inputValue(), "10.9.0.0/24");
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Half typed");
  await page.locator(".alert-info").waitFor();
  assert.equal(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("ringfence")).length), 0, "nothing is kept any longer than it is wanted");
});

story("a form that is sent too late comes back, but for its passwords", async ({ open, expectStatus }) => {
  const page = await open({ as: "operator" });
  await page.goto("/subnets/new");
  await fill(page, { Prefix: "10.9.0.0/24", Name: "Too late" });
  await page.context().clearCookies();
  expectStatus(403);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  await page.locator("[data-keep]").waitFor({ state: "attached" });
  await logIn(page, "operator");
  await page.goto("/subnets/new");
  assert.equal(await page.getByLabel("Prefix").inputValue(), "10.9.0.0/24");
  // A secret is kept nowhere, not even while it is shown.
  await page.goto("/account/password");
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByLabel("New password").fill(NEW);
  for (const button of await page.getByRole("button", { name: "Show" }).all()) {
    await button.click();
  }
  await page.context().clearCookies();
  expectStatus(403);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.locator("[data-keep]").waitFor({ state: "attached" });
  const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  assert.ok(stored.length > 2 && !stored.includes(NEW) && !stored.includes(PASSWORD), stored);
});

story("the doors speak two languages", async ({ open }) => {
  const page = await open();
  await withAxe(page);
  await page.goto("/login");
  await page.getByRole("button", { name: "Français" }).click();
  await page.getByRole("heading", { name: "Connexion" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "fr");
  await look(page);
  await page.goto("/login");
  await page.getByRole("heading", { name: "Connexion" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  const french = await open({ locale: "fr-FR" });
  await french.goto("/login");
  await french.getByRole("heading", { name: "Connexion" }).waitFor();
});
