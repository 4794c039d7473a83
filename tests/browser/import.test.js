// Import on the page: the demo's button, and a file from the dry run to the second time that changes nothing.
import assert from "node:assert/strict";
import path from "node:path";
import { fill, root, row, story } from "./kit.js";

/** Chooses a file on the import page and sends it for a dry run. */
async function upload(page, { kind, name, content, ...rest }) {
  await page.goto("/import");
  await fill(page, { "What is in the file": kind, ...rest });
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
  await page.getByRole("button", { name: "Try it" }).click();
}

/** The totals as the page shows them: `{create: 1, …}`. */
async function totals(page) {
  const words = await page.locator("main .key").allInnerTexts();
  const pairs = words.map((word) => word.trim().split(/\s+/));
  return Object.fromEntries(pairs.map(([verdict, count]) => [verdict, Number(count.replace(/\D/g, ""))]));
}

/** Waits for the end of an import and returns every state of the progress that was seen. */
async function watchToTheEnd(page) {
  const seen = new Set();
  const label = page.locator("label[for=progress]");
  const done = page.getByText(/^Imported/);
  for (;;) {
    const now = await Promise.race([
      done.waitFor({ timeout: 60_000 }).then(() => null),
      label.waitFor({ timeout: 60_000 }).then(() => label.innerText({ timeout: 500 }).catch(() => "")),
    ]);
    if (now === null) {
      return [...seen];
    }
    if (now) {
      seen.add(now);
    }
    await page.waitForTimeout(50);
  }
}

/** The figure on the home page with this name. */
async function figure(page, label) {
  const shown = await page.locator("a.figure").filter({ hasText: label }).locator("b").innerText();
  return Number(shown.replace(/\D/g, ""));
}

story("the demo comes by one button", async ({ server, open }) => {
  const page = await open({ as: "admin" });
  await page.goto("/");
  await page.getByRole("button", { name: "Import demo data" }).click();
  await page.waitForURL("**/demo/run");
  const seen = await watchToTheEnd(page);
  assert.ok(seen.length > 0, "no progress was shown");
  assert.match(seen.at(-1), /^[\d,]+ of [\d,]+ lines$/);

  // The same files once more find nothing to do.
  for (const [kind, file, rows] of [
    ["addresses", "netbox-demo-addresses.csv", 180],
    ["subnets", "netbox-demo-subnets.csv", 90],
    ["subnets", "aws-ip-ranges.csv", 11_012],
  ]) {
    const again = JSON.parse(await server.cli(["import", kind, path.join(root, "demo", file), "--json"]));
    assert.deepEqual([again.create, again.same, again.change, again.refused], [0, rows, 0, 0], file);
  }
  await page.goto("/");
  assert.ok((await figure(page, "subnets")) >= 11_012 + 90);
  await page.goto("/search?q=192.168.0.1");
  await page.getByRole("region", { name: "Addresses" }).getByText("192.168.0.1", { exact: true }).first().waitFor();
});

const FILE = [
  "cidr,site,description,tags",
  "10.60.0.0/16,Bremen,Plant,prod",
  "10.60.1.0/24,,Line 1,prod pci",
  '10.60.2.5/24,,"Line 2, with a host bit",',
  "",
].join("\n");

story("a file: dry run, apply, and the second time nothing", async ({ open, expectStatus }) => {
  const page = await open({ as: "operator" });
  await upload(page, { kind: "subnets", name: "plant.csv", content: FILE });
  await page.waitForURL(/\/import\/\d+$/);
  assert.deepEqual(await totals(page), { create: 2, same: 0, change: 0, refused: 1 });
  const refused = row(page, "refused");
  assert.match(await refused.innerText(), /4[\s\S]*10\.60\.2\.0\/24/, "the line is named, and what would be right");
  assert.match(await page.locator("main").innerText(), /Bremen/, "the site that is made along is listed");
  await page.getByRole("navigation", { name: "Show lines" }).getByRole("link", { name: "refused" }).click();
  assert.equal(await page.locator("tbody tr").count(), 1);

  // Nothing has happened yet; then all of it at once.
  await page.goto("/subnets");
  await page.getByText("There is no subnet yet.").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Apply" }).click();
  await watchToTheEnd(page);
  assert.deepEqual(await totals(page), { create: 2, same: 0, change: 0, refused: 1 });
  await page.getByRole("link", { name: "Subnets" }).last().click();
  await row(page, "10.60.0.0/16").waitFor();

  await upload(page, { kind: "subnets", name: "plant.csv", content: FILE });
  await page.waitForURL(/\/import\/\d+$/);
  assert.deepEqual(await totals(page), { create: 0, same: 2, change: 0, refused: 1 });
  assert.equal(await page.getByRole("button", { name: "Apply" }).count(), 0);

  // A column nobody knows is named, the choices are kept, and naming it helps.
  const [head, ...lines] = FILE.trim().split("\n");
  const more = [`${head},rack`, ...lines.map((line) => `${line},R1`), ""].join("\n");
  expectStatus(422);
  await upload(page, { kind: "subnets", name: "plant.csv", content: more, "When an object exists already": "overwrite it" });
  await page.getByRole("alert").getByText(/rack/).first().waitFor();
  assert.equal(await page.getByLabel("When an object exists already").inputValue(), "overwrite");
  await upload(page, { kind: "subnets", name: "plant.csv", content: more, "Leave out": "rack" });
  await page.waitForURL(/\/import\/\d+$/);
  assert.equal((await totals(page)).same, 2);
});

story("a file of 30,000 lines shows how far it is", async ({ open }) => {
  const page = await open({ as: "operator" });
  const lines = ["address,dns_name,status"];
  for (let i = 1; i <= 30_000; i += 1) {
    lines.push(`10.70.${i >> 8}.${i & 255}/16,host-${i}.plant.example.net,active`);
  }
  await upload(page, { kind: "addresses", name: "hosts.csv", content: `${lines.join("\r\n")}\r\n` });
  await page.waitForURL(/\/import\/\d+$/, { timeout: 60_000 });
  assert.equal((await totals(page)).create, 30_000);
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/\/import\/\d+\/run$/);
  const seen = await watchToTheEnd(page);
  assert.ok(seen.length > 0, "no progress was shown");
  assert.equal((await totals(page)).create, 30_000);
  await page.goto("/search?q=host-29999");
  await page.getByText("host-29999.plant.example.net").waitFor();
});
