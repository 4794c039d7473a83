// The record, axe and the width check find what they look for: without this, the other stories could not fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, World } from "./kit.js";
import { axe, overflow, withAxe } from "./look.js";

test("what goes wrong on a page is recorded", async () => {
  const world = await World.begin();
  try {
    const page = await world.open();
    await withAxe(page);
    await page.goto("/login");
    assert.deepEqual([await axe(page), await overflow(page), world.record.faults], [[], [], []]);

    await page.evaluate(() => {
      console.error("told on the console");
      document.body.insertAdjacentHTML("beforeend", '<p style="color: red">inline</p>');
      document.querySelector("main").insertAdjacentHTML("beforeend", "<button></button>");
      return fetch("/no-such-page");
    });
    await page.evaluate(() => setTimeout(() => Promise.reject(new Error("thrown and not caught")), 0));
    await page.setViewportSize(PHONE);
    await page.evaluate(() => {
      const wide = document.createElement("div");
      wide.style.width = "900px";
      wide.textContent = "wide";
      document.body.append(wide);
    });
    assert.match((await axe(page)).join("\n"), /button-name/);
    assert.match((await overflow(page)).join("\n"), /HTML.* > 390/);
    await page.goto("/no-such-page");
    world.expectStatus(404);
    await page.goto("/no-other-page");
    world.expectStatus(403);
    const found = world.record.faults.join("\n");
    assert.match(found, /told on the console/);
    assert.match(found, /content security policy: style-src/);
    assert.match(found, /thrown and not caught/);
    assert.match(found, /GET \S+no-such-page answered 404/);
    assert.doesNotMatch(found, /no-other-page/, "what was announced is no fault");
    assert.throws(() => world.record.check(), /403/, "what was announced has to happen");
  } finally {
    await world.end();
  }
});
