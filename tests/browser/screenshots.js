// Takes every page in light, dark and at 390 px: node screenshots.js FOLDER. The files are FOLDER/<page>-<mode>.png.
// Ends with 1 when something went wrong on a page.
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { PHONE, World } from "./kit.js";
import { everyPage, setUp } from "./pages.js";

const MODES = [
  { mode: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { mode: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { mode: "phone", colorScheme: "light", viewport: PHONE },
];
/** Pages that show no more than another one does. */
const LEFT_OUT = ["import-plan-again", "subnets-filtered", "search-nothing", "site-edit", "address-delete", "site-delete"];

const [folder] = process.argv.slice(2);
if (!folder) {
  process.stderr.write("usage: node screenshots.js FOLDER\n");
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const old of await readdir(folder)) {
  if (old.endsWith(".png")) {
    await rm(path.join(folder, old));
  }
}

const world = await World.begin();
const page = await world.open();

/** One page in all modes. */
async function take({ name, at, expect }) {
  for (const { mode, colorScheme, viewport } of MODES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    if (expect) {
      world.expectStatus(expect);
    }
    await page.goto(at);
    await page.screenshot({ path: path.join(folder, `${name}-${mode}.png`), animations: "disabled", caret: "hide" });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(MODES[0].viewport);
}

/** The login page after too many failures; last of all, because it stays like that. */
async function locked() {
  await page.context().clearCookies();
  await world.server.cli(["setting", "set", "security.login_max_attempts", "1"]);
  for (const status of [401, 429]) {
    world.expectStatus(status);
    await page.goto("/login");
    await page.getByLabel("Name").fill("nobody");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForLoadState();
  }
  for (const { mode, colorScheme, viewport } of MODES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: path.join(folder, `login-locked-${mode}.png`), animations: "disabled", caret: "hide" });
  }
}

try {
  await take({ name: "setup", at: world.server.firstSetupPath() });
  await take({ name: "login", at: "/login" });
  await world.server.cli(["setting", "set", "login_protection.method", "captcha"]);
  await take({ name: "login-picture", at: "/login" });
  await world.server.cli(["setting", "set", "login_protection.method", "--default"]);
  await setUp(world.server, page);
  await take({ name: "home-empty", at: "/" });
  await world.server.demo(["sites", "vrfs", "vlans", "subnets", "addresses", "aws"]);
  for (const one of await everyPage(world.server, page)) {
    if (!LEFT_OUT.includes(one.name)) {
      await take(one);
    }
  }
  await locked();
} finally {
  await world.end();
}
world.record.check();
