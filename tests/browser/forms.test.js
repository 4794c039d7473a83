// What happens when something is wrong: nothing typed is lost, the message stands where it belongs, and nothing is
// deleted or overwritten by accident.
import assert from "node:assert/strict";
import { fill, logIn, message, row, story } from "./kit.js";

/** The message that a field is described by. */
async function fieldError(page, label) {
  const field = page.getByLabel(label, { exact: true });
  assert.equal(await field.getAttribute("aria-invalid"), "true", `${label} is marked`);
  const [id] = (await field.getAttribute("aria-describedby")).split(" ");
  return page.locator(`[id="${id}"]`).innerText();
}

/** Makes a subnet in the Global VRF and returns the path of its page. */
async function subnet(page, prefix, name) {
  await page.goto("/subnets/new");
  await fill(page, { Prefix: prefix, Name: name });
  await page.getByRole("button", { name: "Make the subnet" }).click();
  await page.getByRole("heading", { level: 1, name: prefix }).waitFor();
  return new URL(page.url()).pathname;
}

story("a wrong form keeps what was typed and says what is wrong at the field", async ({ open, expectStatus }) => {
  const page = await open({ as: "operator" });
  await page.goto("/subnets/new");
  const typed = { Prefix: "10.4.7.9/24", Name: "Line 7", Gateway: "10.9.9.9", Tags: "prod pci", Notes: "first\nsecond" };
  await fill(page, typed);
  expectStatus(422);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  assert.match(await fieldError(page, "Prefix"), /10\.4\.7\.0\/24/);
  for (const [label, value] of Object.entries(typed)) {
    assert.equal(await page.getByLabel(label, { exact: true }).inputValue(), value, label);
  }
  // The summary's links lead to the fields.
  await page.getByRole("alert").getByRole("link").first().click();
  assert.match(new URL(page.url()).hash, /prefix/);

  await fill(page, { Prefix: "10.4.7.0/24" });
  expectStatus(422);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  assert.match(await fieldError(page, "Gateway"), /10\.4\.7\.0\/24/);
  await fill(page, { Gateway: "10.4.7.1" });
  await page.getByRole("button", { name: "Make the subnet" }).click();
  await page.getByRole("heading", { level: 1, name: "10.4.7.0/24" }).waitFor();

  await page.goto("/subnets/new");
  await fill(page, { Prefix: "10.4.7.0/24", Name: "Again" });
  expectStatus(409);
  await page.getByRole("button", { name: "Make the subnet" }).click();
  assert.match(await fieldError(page, "Prefix"), /exists already/);
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Again");

  for (const [path, values, button, label] of [
    ["/vlans", { Number: "5000", Name: "Too high" }, "Make the VLAN", "Number"],
    ["/vrfs", { Name: "Global" }, "Make the VRF", "Name"],
  ]) {
    await page.goto(path);
    await fill(page, values);
    expectStatus(path === "/vrfs" ? 409 : 422);
    await page.getByRole("button", { name: button }).click();
    assert.ok((await fieldError(page, label)).length > 5, path);
    for (const [name, value] of Object.entries(values)) {
      assert.equal(await page.getByLabel(name, { exact: true }).inputValue(), value);
    }
  }
});

story("saving a form that nobody touched changes nothing", async ({ server, open }) => {
  await server.demo();
  const page = await open({ as: "operator" });
  for (const [list, name] of [
    ["/subnets?q=10.112.128.0/28", "10.112.128.0/28"],
    ["/search?q=192.168.0.1", "192.168.0.1"],
  ]) {
    await page.goto(list);
    await page.getByRole("link", { name, exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    const facts = () => page.locator("dl.facts div").filter({ hasNotText: "Changed" }).allInnerTexts();
    const before = await facts();
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    assert.deepEqual(await facts(), before);
  }
  await page.goto("/subnets?q=10.112.128.0/28");
  assert.match(await row(page, "10.112.128.0/28").innerText(), /Dunder-Mifflin, Inc\./, "a tag with blanks and a comma is one tag");
});

story("who saves second is told, loses nothing, and overwrites nothing", async ({ open, expectStatus }) => {
  const one = await open({ as: "operator" });
  const path = await subnet(one, "10.4.7.0/24", "Line 7");
  const two = await one.context().newPage();
  await Promise.all([one.goto(`${path}/edit`), two.goto(`${path}/edit`)]);
  await fill(two, { Name: "Line seven", Description: "Presses" });
  await two.getByRole("button", { name: "Save" }).click();
  await message(two).waitFor();

  await fill(one, { Name: "Line VII", Notes: "typed for an hour" });
  expectStatus(412);
  await one.getByRole("button", { name: "Save" }).click();
  await one.getByRole("alert").getByText(/changed it meanwhile/).waitFor();
  assert.match(await fieldError(one, "Name"), /Line seven/);
  assert.equal(await one.getByLabel("Name", { exact: true }).inputValue(), "Line VII");
  assert.equal(await one.getByLabel("Notes", { exact: true }).inputValue(), "typed for an hour");
  await two.goto(path);
  assert.match(await two.locator("h1").innerText(), /Line seven/, "nothing was overwritten");

  // Having seen it, the second save is a decision.
  await one.getByRole("button", { name: "Save" }).click();
  await message(one).waitFor();
  assert.match(await one.locator("h1").innerText(), /Line VII/);
});

story("deleting asks for the name and says what goes along", async ({ open, expectStatus }) => {
  const page = await open({ as: "operator" });
  await subnet(page, "10.4.0.0/16", "Halls");
  const path = await subnet(page, "10.4.7.0/24", "Line 7");
  await subnet(page, "10.4.7.64/26", "Half a line");
  await page.goto(path);
  await page.getByLabel("Host name").first().fill("press-1.example.net");
  await page.getByRole("button", { name: "Allocate next free address" }).click();
  await message(page).waitFor();

  await page.getByRole("link", { name: "Delete", exact: true }).click();
  assert.match(await page.locator("main").innerText(), /1 address[\s\S]*1 subnet/);
  const confirm = page.getByLabel("Type 10.4.7.0/24 to confirm");
  await confirm.fill("10.4.0.0/16");
  expectStatus(422);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText(/Type 10\.4\.7\.0\/24 to confirm\./).first().waitFor();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.waitForURL(`**${path}`);
  await row(page, "press-1.example.net").first().waitFor();

  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await confirm.fill("10.4.7.0/24");
  await page.getByRole("button", { name: "Delete" }).click();
  assert.match(await message(page).innerText(), /Deleted 10\.4\.7\.0\/24/);
  await page.getByRole("heading", { level: 1, name: "10.4.0.0/16" }).waitFor();
  await row(page, "10.4.7.64/26").waitFor();

  // What is still named cannot go.
  await page.goto("/sites");
  await fill(page, { Name: "Bremen" });
  await page.getByRole("button", { name: "Make the site" }).click();
  await message(page).waitFor();
  await page.goto("/vlans");
  await fill(page, { Number: "7", Site: "Bremen" });
  await page.getByRole("button", { name: "Make the VLAN" }).click();
  await message(page).waitFor();
  await page.goto("/sites");
  await page.getByRole("link", { name: "Delete Bremen" }).click();
  await page.getByText("cannot be deleted").waitFor();
  assert.equal(await page.getByRole("button", { name: "Delete" }).count(), 0);
});

story("a viewer sees everything and is refused everything else", async ({ server, open, expectStatus }) => {
  await server.demo(["sites", "vrfs", "vlans", "subnets", "addresses"]);
  const page = await open({ as: "viewer" });
  await page.goto("/subnets");
  await page.getByRole("link", { name: "10.112.0.0/15" }).click();
  await page.getByRole("heading", { level: 1, name: "10.112.0.0/15" }).waitFor();
  const path = new URL(page.url()).pathname;
  assert.equal(await page.getByRole("link", { name: /^(Edit|Delete)/ }).count(), 0);
  assert.equal(await page.locator("main form[method=post]").count(), 0);
  for (const name of ["Import", "Audit"]) {
    assert.equal(await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).count(), 0);
  }
  for (const closed of [`${path}/edit`, `${path}/delete`, "/subnets/new", "/import", "/audit"]) {
    expectStatus(403);
    await page.goto(closed);
    await page.getByRole("heading", { name: "This is not open to you" }).waitFor();
  }
  for (const nowhere of ["/subnets/999999", "/no-such-page"]) {
    expectStatus(404);
    await page.goto(nowhere);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  }
  await page.getByRole("link", { name: "Home" }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
});

story("a wrong password says so and keeps the name", async ({ server, open, expectStatus }) => {
  await server.account("operator");
  const page = await open();
  await page.goto("/subnets?q=10");
  await fill(page, { Name: "operator", Password: "not this one at all" });
  expectStatus(401);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").getByText("Name or password is wrong.").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "operator");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await fill(page, { Password: "correct horse battery" });
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname === "/subnets" && url.search === "?q=10");
  // Who is logged in has no use for the login page.
  await page.goto("/login");
  await page.waitForURL((url) => url.pathname === "/");
  await page.context().clearCookies();
  await logIn(page, "operator");
});
