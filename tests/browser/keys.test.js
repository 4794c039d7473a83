// API keys: the key is shown once, works, and stops working when it is revoked.
import assert from "node:assert/strict";
import { fill, message, row, story } from "./kit.js";

story("an API key is shown once, works, and can be revoked", async ({ server, open }) => {
  const page = await open({ as: "operator" });
  await page.goto("/api-keys");
  await fill(page, { Name: "Ansible" });
  await page.getByRole("button", { name: "Make the key" }).click();
  const shown = page.getByRole("status").locator("[data-copy]");
  await shown.waitFor();
  const key = await shown.getAttribute("data-copy");
  assert.ok(key.length > 20, "a key is long");

  const ask = () => server.status("/api/v1/subnets", key);
  assert.equal(await ask(), 200);

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await shown.click();
  await page.locator("[data-live]").getByText(/copied/).waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);

  await page.goto("/api-keys");
  assert.ok(!(await page.content()).includes(key), "it is not shown again");
  assert.match(await row(page, "Ansible").innerText(), /active/i);

  // Revoking asks first; Escape is no.
  const dialog = page.getByRole("dialog");
  await row(page, "Ansible").getByRole("button", { name: "Revoke" }).click();
  await dialog.getByText(/Ansible/).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await ask(), 200);
  await row(page, "Ansible").getByRole("button", { name: "Revoke" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await message(page).waitFor();
  assert.match(await row(page, "Ansible").innerText(), /revoked/i);
  assert.equal(await ask(), 401);
});
