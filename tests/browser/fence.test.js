// The fence's page and what stands beside it: rules are edited with and without script, a configuration of iTop is imported, a
// login is imagined, and a lock is seen and opened.
import assert from "node:assert/strict";
import { PASSWORD, PHONE, fill, message, row, story } from "./kit.js";
import { flaws, withAxe } from "./look.js";

// The example of the document: three failures, then no answer for an hour.
const PHP = String.raw`'itop-fence' => array (
    'no_answer_duration' => 3600,
    'checker_to_countermeasure' => array (
        0 => array (
            'checker' => 'Combodo\\iTop\\Fence\\Checker\\LoginFailedListener',
            'countermeasure' => 'Combodo\\iTop\\Fence\\Countermeasure\\NoAnswerUntil',
            'min_level' => 3,
        ),
    ),
),
`;

/** The countermeasures that the editor shows, in order. */
function order(page) {
  return page.getByLabel("Countermeasure").evaluateAll((all) => all.map((select) => select.value));
}

/** The rule with this number. */
function rule(page, number) {
  return page.locator("[data-rule]").nth(number - 1);
}

/** Sends the login form with a wrong password. */
async function guess(page, name) {
  await page.goto("/login");
  await fill(page, { Name: name, Password: "not this one" });
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Log in" }).click()]);
}

story("an admin edits the rules of the fence", async ({ open, expectStatus, step }) => {
  const page = await open({ as: "admin" });
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Security" }).click();
  await page.getByRole("heading", { level: 2, name: "Rules" }).waitFor();
  assert.deepEqual(await order(page), ["slowdown", "proof_of_work"]);

  step("a rule is added, filled and moved");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("Not saved yet.").waitFor();
  await rule(page, 3).getByLabel("Countermeasure").selectOption({ label: "Notify" });
  await rule(page, 3).getByLabel("From level").fill("8");
  await rule(page, 3).getByText("Save to see what this rule does now.").waitFor();
  await page.getByRole("button", { name: "Move rule 3 up" }).click();
  assert.deepEqual(await order(page), ["slowdown", "notify", "proof_of_work"]);
  await rule(page, 2).getByRole("heading", { name: "Rule 2" }).waitFor();
  await page.getByRole("button", { name: "Save the rules" }).click();
  await message(page).getByText("3 rules are saved").waitFor();
  assert.deepEqual(await order(page), ["slowdown", "notify", "proof_of_work"]);
  await rule(page, 2).getByText("After 8 or more failures in a row for a name, tell the owner and the admins by mail.").waitFor();

  step("a rule is dragged");
  await rule(page, 3).locator("[data-rule-grip]").dragTo(rule(page, 1), { targetPosition: { x: 40, y: 4 } });
  assert.deepEqual(await order(page), ["proof_of_work", "slowdown", "notify"]);

  step("what is wrong stands at its rule, and nothing typed is lost");
  await rule(page, 3).getByLabel("From level").fill("many");
  expectStatus(422);
  await page.getByRole("button", { name: "Save the rules" }).click();
  await rule(page, 3).getByText("Must be a number of at least 0, or empty.").waitFor();
  assert.equal(await rule(page, 3).getByLabel("From level").inputValue(), "many");
  assert.deepEqual(await order(page), ["proof_of_work", "slowdown", "notify"]);
  await page.getByRole("button", { name: "Remove rule 3" }).click();
  await page.getByRole("button", { name: "Save the rules" }).click();
  await message(page).getByText("2 rules are saved").waitFor();
});

story("the rules are edited without script", async ({ open }) => {
  const page = await open({ as: "admin", javaScriptEnabled: false });
  await page.goto("/security/fence");
  await page.getByRole("button", { name: "Duplicate rule 1" }).click();
  assert.deepEqual(await order(page), ["slowdown", "slowdown", "proof_of_work"]);
  await rule(page, 2).getByLabel("From level").fill("7");
  await page.getByRole("button", { name: "Move rule 2 down" }).click();
  assert.equal(await rule(page, 3).getByLabel("From level").inputValue(), "7");
  await page.getByRole("button", { name: "Remove rule 1" }).click();
  assert.deepEqual(await order(page), ["proof_of_work", "slowdown"]);
  await page.getByRole("button", { name: "Save the rules" }).click();
  await message(page).getByText("2 rules are saved").waitFor();
  await rule(page, 2).getByText("After 7 or more failures").waitFor();
});

story("a configuration of iTop is imported, and a login imagined with it", async ({ open, expectStatus }) => {
  const page = await open({ as: "admin" });
  await withAxe(page);
  await page.goto("/security/fence");
  const text = page.getByLabel("TOML, or the PHP of an iTop configuration");
  await text.fill("no_answer_duration = \n");
  expectStatus(422);
  await page.getByRole("button", { name: "Look at it first" }).click();
  await page.getByText("Line 1:").first().waitFor();
  await text.fill(PHP);
  await page.getByRole("button", { name: "Look at it first" }).click();
  const section = page.locator("#import");
  await section.getByText("Nothing is saved yet.").waitFor();
  await section.getByText("900 (default)").waitFor();
  await section.getByText("After 3 or more failures in a row for a name").waitFor();
  assert.deepEqual(await flaws(page), []);
  await section.getByRole("button", { name: "Apply" }).click();
  await message(page).getByText("The import is applied").waitFor();
  assert.deepEqual(await order(page), ["no_answer_until"]);

  const simulator = page.locator("#simulator");
  await fill(simulator, { "Login name": "admin", Address: "203.0.113.9", "Failures before": "3" });
  await simulator.getByRole("button", { name: "Imagine it" }).click();
  await simulator.getByText("Rule 1 matches.").waitFor();
  await simulator.getByText("Status 429 and no answer").first().waitFor();
  await page.setViewportSize(PHONE);
  assert.deepEqual(await flaws(page), []);
});

story("a lock is seen in the sign-in activity, and opened with a reason", async ({ server, open, expectStatus }) => {
  const page = await open({ as: "admin" });
  await server.account("viewer");
  await page.goto("/security/fence");
  await fill(page.locator("#parameters"), { "Login max attempts": "2" });
  await page.getByRole("button", { name: "Save the parameters" }).click();
  await message(page).getByText("one setting is changed").waitFor();

  const stranger = await open();
  for (const status of [401, 401, 429]) {
    expectStatus(status);
    await guess(stranger, "viewer");
  }
  await page.getByRole("link", { name: "Sign-in activity" }).click();
  const locked = page.getByRole("region", { name: "Locked now" });
  const lock = locked.locator("tbody tr").filter({ hasText: "127.0.0.1" });
  await lock.getByText("2 attempts failed from this address").waitFor();
  await row(page, "Login failed").filter({ hasText: "viewer" }).first().waitFor();
  await lock.locator("summary").click();
  await lock.getByLabel("Reason").fill("It was me, with capitals locked");
  await lock.getByRole("button", { name: "Open the lock" }).click();
  await message(page).getByText("The lock is open.").waitFor();
  await locked.getByText("Nothing is locked").waitFor();

  await stranger.goto("/login");
  await fill(stranger, { Name: "viewer", Password: PASSWORD });
  await stranger.getByRole("button", { name: "Log in" }).click();
  await stranger.waitForURL((url) => url.pathname === "/");
});
