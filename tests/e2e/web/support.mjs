// A real lastbeatd and a real Chromium, for one scenario each.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

export const patienceMs = 30_000;

const needed = async (module) => {
  try {
    return await import(module);
  } catch {
    throw new Error(`${module} is not installed: run scripts/deps.sh test`);
  }
};
const { chromium } = await needed("playwright-core");
const { default: axe } = await needed("axe-core");

const binDir = process.env.LASTBEAT_BIN_DIR;
const screenshotDir = process.env.LASTBEAT_SCREENSHOT_DIR;
assert(binDir && screenshotDir, "ctest sets LASTBEAT_BIN_DIR and LASTBEAT_SCREENSHOT_DIR");

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// Ubuntu's packages are scripts that call a snap, which is there or is not: if it is, PATH leads to it as well.
const callsSnap = (path) => readFileSync(path).subarray(0, 4096).includes("/snap/bin/chromium");

const findBrowser = () => {
  for (const path of programs.flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name)))) {
    try {
      accessSync(path, constants.X_OK);
      if (!callsSnap(path)) return path;
    } catch {
      // the next one
    }
  }
  throw new Error(`none of ${programs.join(", ")} is installed, but for stubs that call a snap: run scripts/deps.sh test`);
};

// Waits until `look` returns, or resolves to, something true, and returns that. `what`: for whom it was in vain.
export const eventually = async (what, look) => {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export class Server {
  #process;
  #log = "";
  #hasEnded = true;
  url;

  // Serves when this returns. `t`: the test with which it ends. `port` 0: any.
  static async start(t, { options = [], port = 0 } = {}) {
    const server = new Server();
    t.after(() => server.stop("SIGKILL"));
    // Of a port that was in use a moment ago somebody else may have made use for a moment.
    await eventually(
      () => `a server on port ${port}, ${server.#said}`,
      () => server.#start([...options, "--http", `127.0.0.1:${port}`]),
    );
    return server;
  }

  // False when the port is in use.
  async #start(options) {
    this.#spawn(["--listen", "127.0.0.1:0", ...options]);
    await eventually(
      () => `a server that is ready, or ends, ${this.#said}`,
      () => this.#hasEnded || this.#log.includes("is ready"),
    );
    if (this.#hasEnded && this.#log.includes("Address already in use")) return false;
    const [, address] = this.#log.match(/HTTP on (\S+)/) ?? [];
    assert(address !== undefined, `a server that does not serve, ${this.#said}`);
    this.url = `http://${address}/`;
    return true;
  }

  #spawn(options) {
    this.#log = "";
    this.#hasEnded = false;
    this.#process = spawn(join(binDir, "lastbeatd"), options, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr.setEncoding("utf8").on("data", (text) => (this.#log += text));
    this.#process.on("error", (error) => (this.#log += error)); // there is no such program, say
    this.#process.on("close", () => (this.#hasEnded = true)); // and all that it said has been read
  }

  get #said() {
    return `which said: ${this.#log || "nothing"}`;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  async post(path, body, token) {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const reply = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(reply.status, 200);
  }

  signal(name) {
    this.#process.kill(name);
  }

  async stop(signal = "SIGTERM") {
    if (this.#hasEnded) return;
    const ended = once(this.#process, "close");
    this.#process.kill(signal);
    await ended;
  }
}

export class Dashboard {
  page;
  #complaints = [];

  // `context`: options of a browser context, such as colorScheme and viewport.
  static async open(t, url, { context = {}, prepare = async () => {} } = {}) {
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    });
    const dashboard = new Dashboard();
    t.after(async () => {
      await dashboard.page?.unrouteAll({ behavior: "ignoreErrors" }); // the page may be asking just now
      await browser.close();
    });
    dashboard.page = await (await browser.newContext(context)).newPage();
    dashboard.page.setDefaultTimeout(patienceMs);
    dashboard.#listen(new URL(url).origin);
    await prepare(dashboard.page);
    await dashboard.page.goto(url);
    return dashboard;
  }

  #listen(origin) {
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#complaints.push(message.text());
    });
    this.page.on("pageerror", (error) => this.#complaints.push(String(error)));
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== origin) this.#complaints.push(`a request to ${url}`);
    });
  }

  // Nothing in the console and no request off the host, but for messages that the scenario brings about.
  assertClean(expected = /^$/) {
    assert.deepEqual(
      this.#complaints.filter((text) => !expected.test(text)),
      [],
    );
  }

  text(selector) {
    return this.page.locator(selector).innerText();
  }

  async shows(selector, expected) {
    const matches = (text) => (expected instanceof RegExp ? expected.test(text) : text === expected);
    let text = "";
    await eventually(
      () => `${selector}: ${expected}; it says: ${text}`,
      async () => matches((text = await this.text(selector))),
    );
  }

  async isVisible(selector, wanted = true) {
    await this.page.locator(selector).waitFor({ state: wanted ? "visible" : "hidden" });
  }

  async lookUp(user) {
    await this.page.fill("#user-id", user);
    await this.page.press("#user-id", "Enter");
  }

  // Nothing that axe finds wrong for people who see or hear the page in another way.
  async assertAccessible() {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`),
      [],
    );
  }

  // `whole`: also what must be scrolled to.
  async screenshot(name, { whole = true } = {}) {
    await mkdir(screenshotDir, { recursive: true });
    await this.page.screenshot({ path: join(screenshotDir, `${name}.png`), fullPage: whole });
  }
}
