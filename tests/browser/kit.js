// What every story stands on: the real program on a data directory of its own, real Chromium, and a record of everything
// that goes wrong on a page. A story fails if its own checks fail, and also if anything was recorded that it did not
// announce with `expectStatus`: errors on the console, reports of the content security policy, exceptions, failed requests.
//
//   story("name", async ({ server, open }) => {
//     const page = await open({ as: "admin" });      // a window of its own, logged in
//     await page.goto("/subnets");
//   });
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import readline from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The password of every account that a story makes. */
export const PASSWORD = "correct horse battery";

/** A phone's window. */
export const PHONE = { width: 390, height: 844 };

const DESK = { width: 1280, height: 800 };
const START_LIMIT = 60_000;
const STORY_LIMIT = 240_000;
const CHROMIUM = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A variable that `scripts/browser` sets. */
function told(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this through scripts/browser`);
  return value;
}

/** A port that nobody listens on now. */
async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** A serving process; `stop` ends it and removes its data. */
export class Server {
  /** Starts it on a free port and waits for its `ready` line. */
  static async start() {
    const server = new Server();
    server.room = await mkdtemp(path.join(tmpdir(), "ringfence-browser-"));
    server.data = path.join(server.room, "data");
    server.log = "";
    // Links are mailed only where the address is known that they begin with: so it is chosen before.
    const port = await freePort();
    server.environment = { ...process.env, RINGFENCE_PUBLIC_URL: `https://localhost:${port}` };
    server.child = spawn(told("RINGFENCE_BINARY"), ["serve", "--listen", `127.0.0.1:${port}`, "--data-dir", server.data], {
      cwd: server.room,
      env: server.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    server.child.stderr.setEncoding("utf8").on("data", (text) => (server.log += text));
    server.ended = once(server.child, "exit");
    const lines = readline.createInterface({ input: server.child.stdout });
    server.base = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ready line came; the log:\n${server.log}`)), START_LIMIT);
      server.child.once("exit", (code) => reject(new Error(`the server ended with ${code}; its log:\n${server.log}`)));
      lines.on("line", (line) => {
        const found = /^ready (https:\/\/\S+?)\/?$/.exec(line);
        if (found) {
          clearTimeout(late);
          resolve(found[1]);
        }
      });
    });
    return server;
  }

  /** Runs the command line on the same data, in the folder `cwd`, and returns what it printed. */
  async cli(args, input = "", cwd = this.room) {
    const child = spawn(told("RINGFENCE_BINARY"), [...args, "--data-dir", this.data], { cwd, env: this.environment });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    child.stdin.on("error", () => {}).end(input);
    const [code] = await once(child, "close");
    assert.equal(code, 0, `ringfence ${args.join(" ")} ended with ${code}: ${errors}`);
    return output;
  }

  /** The status that the API answers to this key. */
  async status(path, key) {
    const options = { headers: { authorization: `Bearer ${key}` }, rejectUnauthorized: false };
    const [response] = await once(https.get(`${this.base}${path}`, options), "response");
    response.resume();
    return response.statusCode;
  }

  /** Makes an account called like its role. */
  async account(role) {
    await this.cli(["user", "create", role, "--role", role, "--email", `${role}@example.org`, "--password-stdin"], `${PASSWORD}\n`);
  }

  /** The path of a fresh one-time setup link, on the port that is served. */
  async setupPath() {
    const printed = await this.cli(["setup"]);
    const found = /https:\/\/\S+?(\/setup\/\S+)/.exec(printed);
    assert.ok(found, `no link in ${printed}`);
    return found[1];
  }

  /** The path of the setup link that the server printed when it started. */
  firstSetupPath() {
    const found = /https:\/\/\S+?(\/setup\/[\w-]+)/.exec(this.log);
    assert.ok(found, `no link in the log:\n${this.log}`);
    return found[1];
  }

  /** Imports the files of the demo that `names` lists: "sites", "vrfs", "vlans", "subnets", "addresses", "aws". */
  async demo(names = ["sites", "vrfs", "vlans", "subnets", "addresses"]) {
    for (const name of names) {
      const [kind, file] = name === "aws" ? ["subnets", "aws-ip-ranges.csv"] : [name, `netbox-demo-${name}.csv`];
      await this.cli(["import", kind, file, "--apply"], "", path.join(root, "demo"));
    }
  }

  /** Ends the process and removes its data. Fails if it did not end well. */
  async stop() {
    this.child.kill("SIGTERM");
    const [code] = await this.ended;
    await rm(this.room, { recursive: true, force: true });
    assert.equal(code, 0, `the server ended with ${code}; its log:\n${this.log}`);
  }
}

/** Everything that went wrong in the windows of a story. */
class Record {
  faults = [];
  #expected = [];

  /** Announces one page that answers with this status. */
  expect(status) {
    this.#expected.push(status);
  }

  async watch(context) {
    await context.exposeBinding("ringfenceReport", (_source, text) => this.faults.push(`content security policy: ${text}`));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        window.ringfenceReport(`${event.violatedDirective} refused ${event.blockedURI} on ${location.pathname}`),
      );
    });
    context.on("weberror", (error) => this.faults.push(`exception: ${error.error()}`));
    context.on("console", (message) => this.#console(message));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // A page that is left takes the requests along that it was waiting for.
      if (!reason.includes("ERR_ABORTED")) {
        this.faults.push(`${request.method()} ${request.url()} failed: ${reason}`);
      }
    });
    context.on("response", (response) => {
      if (response.status() < 400) {
        return;
      }
      const at = response.request().isNavigationRequest() ? this.#expected.indexOf(response.status()) : -1;
      if (at < 0) {
        this.faults.push(`${response.request().method()} ${response.url()} answered ${response.status()}`);
      } else {
        this.#expected.splice(at, 1);
      }
    });
  }

  #console(message) {
    const text = message.text();
    // Told by `response` already, with the status that a story may expect.
    const answered = text.startsWith("Failed to load resource: the server responded with a status of");
    // The header also denies what only other browsers know.
    const foreign = text.startsWith("Error with Permissions-Policy header: Unrecognized feature");
    if (["error", "warning"].includes(message.type()) && !answered && !foreign) {
      this.faults.push(`console ${message.type()}: ${text} (${message.location().url})`);
    }
  }

  check() {
    const missing = this.#expected.map((status) => `no page answered ${status}, as was expected`);
    assert.deepEqual([...this.faults, ...missing], [], "something went wrong on a page");
  }
}

/** Logs in on the login page and waits until it is left. */
export async function logIn(page, name, password = PASSWORD) {
  await page.goto("/login");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** Starts Chromium. */
export function launch() {
  return chromium.launch({ executablePath: told("RINGFENCE_CHROMIUM"), args: CHROMIUM });
}

/** A server and a browser: what a story, or the taking of screenshots, happens in. */
export class World {
  #contexts = [];
  #accounts = new Set();
  record = new Record();

  static async begin() {
    const world = new World();
    [world.server, world.browser] = await Promise.all([Server.start(), launch()]);
    return world;
  }

  /** A window with cookies of its own. `as` is a role: its account is made and logged in. The rest goes to the browser. */
  async open({ as, ...options } = {}) {
    const context = await this.browser.newContext({
      baseURL: this.server.base,
      ignoreHTTPSErrors: true,
      viewport: DESK,
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(10_000);
    await this.record.watch(context);
    this.#contexts.push(context);
    const page = await context.newPage();
    if (as) {
      if (!this.#accounts.has(as)) {
        this.#accounts.add(as);
        await this.server.account(as);
      }
      await logIn(page, as);
    }
    return page;
  }

  /** Announces one page that answers with this status. */
  expectStatus(status) {
    this.record.expect(status);
  }

  async end() {
    for (const context of this.#contexts) {
      await context.close();
    }
    await this.browser.close();
    await this.server.stop();
  }
}

/** A test in a world of its own. */
export function story(name, run) {
  test(name, { timeout: STORY_LIMIT }, async (t) => {
    const world = await World.begin();
    try {
      await run({
        server: world.server,
        open: (options) => world.open(options),
        expectStatus: (status) => world.expectStatus(status),
        step: (text) => t.diagnostic(text),
      });
    } catch (error) {
      t.diagnostic(`recorded before the failure:\n${world.record.faults.join("\n")}`);
      throw error;
    } finally {
      await world.end();
    }
    world.record.check();
  });
}

/** The table row that holds this text. */
export function row(page, text) {
  return page.locator("tbody tr").filter({ hasText: text });
}

/** What the message after an act says. */
export function message(page) {
  return page.getByRole("status").filter({ hasText: /\S/ }).first();
}

/** Fills the fields by their labels; a selection is chosen by what it shows. */
export async function fill(place, values) {
  for (const [label, value] of Object.entries(values)) {
    const field = place.getByLabel(label, { exact: true });
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") {
      await field.selectOption({ label: value });
    } else {
      await field.fill(value);
    }
  }
}
