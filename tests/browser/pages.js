// Every page there is, with something on it: for what must hold on all of them, and for the screenshots.
import assert from "node:assert/strict";
import path from "node:path";
import { PASSWORD, fill, message, root } from "./kit.js";

/** Sends the form beside a list and waits for the message. */
async function make(page, at, values, button) {
  await page.goto(at);
  await fill(page, values);
  await page.getByRole("button", { name: button }).click();
  await message(page).waitFor();
}

/** The path that the link with this name on this page leads to. */
async function target(page, at, name) {
  await page.goto(at);
  return page.getByRole("link", { name, exact: true }).first().getAttribute("href");
}

/** Uploads a file for a dry run and returns the path of what it would do. */
async function dryRun(page, kind, file) {
  await page.goto("/import");
  await fill(page, { "What is in the file": kind });
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Try it" }).click();
  await page.waitForURL(/\/import\/\d+$/);
  return new URL(page.url()).pathname;
}

const MIXED = [
  "cidr,site,description,tags",
  "10.60.0.0/16,Bremen,Plant,prod",
  "10.60.1.0/24,Bremen,Line 1,prod pci",
  "10.60.2.5/24,Bremen,Line 2,prod",
  "10.112.0.0/15,,,",
  "",
].join("\n");

/**
 * What a viewer's eye rests on: a filled plan with history, keys and imports. Returns every page as
 * `{name, at, expect}`; the admin's window is `page`.
 */
export async function everyPage(server, page) {
  const leaf = await target(page, "/subnets?q=10.112.128.0/28", "10.112.128.0/28");
  await page.goto(leaf);
  for (const host of ["core-1.akron.example.net", "core-2.akron.example.net", "printer-4.akron.example.net"]) {
    await page.getByLabel("Host name").first().fill(host);
    await page.getByRole("button", { name: "Allocate next free address" }).click();
    await message(page).getByText(host).waitFor();
  }
  const address = await target(page, "/search?q=core-1.akron", /^10\.112\.128\.\d+$/);
  await page.goto(`${address}/edit`);
  await fill(page, { Owner: "Network team", MAC: "00:25:96:0a:1b:2c", Description: "Core switch, rack 4", Tags: "core" });
  await page.getByRole("button", { name: "Save" }).click();
  await message(page).waitFor();
  await make(page, "/api-keys", { Name: "Ansible" }, "Make the key");
  const mixed = await dryRun(page, "subnets", { name: "plant.csv", mimeType: "text/csv", buffer: Buffer.from(MIXED) });
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText(/^Imported/).waitFor();
  const sites = await dryRun(page, "subnets", path.join(root, "demo", "netbox-demo-subnets.csv"));
  const container = await target(page, "/subnets?q=10.112.0.0/15", "10.112.0.0/15");
  const site = await target(page, "/sites", "Edit DM-Akron");
  await server.account("viewer");
  const user = await target(page, "/users", "viewer");
  assert.ok(leaf && address && container && site && user);
  return [
    { name: "home", at: "/" },
    { name: "subnets", at: "/subnets" },
    { name: "subnets-filtered", at: "/subnets?q=10.112" },
    { name: "subnet", at: leaf },
    { name: "subnet-container", at: container },
    { name: "subnet-form", at: "/subnets/new" },
    { name: "subnet-edit", at: `${leaf}/edit` },
    { name: "subnet-delete", at: `${leaf}/delete` },
    { name: "address", at: address },
    { name: "address-edit", at: `${address}/edit` },
    { name: "address-delete", at: `${address}/delete` },
    { name: "search", at: "/search?q=akron" },
    { name: "search-address", at: "/search?q=10.112.128.9" },
    { name: "search-nothing", at: "/search?q=nowhere" },
    { name: "vrfs", at: "/vrfs" },
    { name: "sites", at: "/sites" },
    { name: "site-edit", at: site },
    { name: "site-delete", at: site.replace(/edit$/, "delete") },
    { name: "vlans", at: "/vlans" },
    { name: "tags", at: "/tags" },
    { name: "import-start", at: "/import" },
    { name: "import-plan", at: mixed },
    { name: "import-plan-again", at: sites },
    { name: "import-run", at: `${mixed}/run` },
    { name: "audit", at: "/audit" },
    { name: "api-keys", at: "/api-keys" },
    { name: "fence", at: "/security/fence" },
    { name: "fence-simulated", at: "/security/fence/simulate?name=ada&mode=form&address=203.0.113.9&failures=4" },
    { name: "sign-ins", at: "/security/sign-ins" },
    { name: "mail", at: "/settings/mail" },
    { name: "users", at: "/users" },
    { name: "user", at: user },
    { name: "user-delete", at: `${user}/delete` },
    { name: "account", at: "/account" },
    { name: "account-password", at: "/account/password" },
    { name: "account-sessions", at: "/account/sessions" },
    { name: "settings", at: "/settings" },
    { name: "settings-found", at: "/settings?q=captcha" },
    { name: "error", at: "/no-such-page", expect: 404 },
  ];
}

/** Makes the first admin by the setup link, as `everyPage` wants it. */
export async function setUp(server, page) {
  await page.goto(server.firstSetupPath());
  await fill(page, { Name: "ada", "E-mail": "ada@example.org", Password: PASSWORD });
  await page.getByRole("button", { name: "Make the admin and log in" }).click();
  await page.waitForURL((url) => url.pathname === "/");
}
