import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Dashboard, Server } from "./support.mjs";

const tokens = { ops: "o".repeat(32), viewer: "v".repeat(32), gateway: "g".repeat(32) };
const file = `ops admin,status ${tokens.ops}\nviewer admin ${tokens.viewer}\ngateway heartbeat,status ${tokens.gateway}\n`;

const guarding = async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lastbeat-web-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "tokens"), file, { mode: 0o600 });
  return ["--auth-token-file", join(folder, "tokens")];
};
const startGuarded = async (t) => Server.start(t, { options: await guarding(t) });

const signIn = async (dashboard, token) => {
  await dashboard.isVisible("#sign-in");
  await dashboard.page.fill("#token", token);
  await dashboard.page.press("#token", "Enter");
};

// What the browser itself reports of requests that are refused, and of those that nobody answers.
const refused = /^Failed to load resource: .* 40[13] /;
const refusedOrUnanswered = /^Failed to load resource: (.* 40[13] |net::ERR_)/;

test("with authentication on, the page asks for a token and says what is wrong with it", async (t) => {
  const server = await startGuarded(t);
  await server.post("heartbeats", { user_ids: [1, 2] }, tokens.gateway);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.isVisible("#sign-in");
  await dashboard.shows("#link", "Token needed");
  assert.equal(await dashboard.page.title(), "Token needed · Lastbeat");
  assert.equal(await dashboard.page.locator("#token-error").textContent(), "");
  await dashboard.assertAccessible();
  await dashboard.screenshot("sign-in", { whole: false });

  await signIn(dashboard, "w".repeat(32));
  await dashboard.shows("#token-error", "This token is not valid.");
  await signIn(dashboard, tokens.gateway);
  await dashboard.shows("#token-error", /lacks the scope admin\.$/);
  await dashboard.page.keyboard.press("Escape");
  await dashboard.page.keyboard.press("Escape");
  await dashboard.isVisible("#sign-in");
  await signIn(dashboard, tokens.ops);
  await dashboard.isVisible("#sign-in", false);
  await dashboard.shows("#online", "2");
  await dashboard.lookUp("1");
  await dashboard.shows("#found-status", "online");
  dashboard.assertClean(refused);
});

test("a token without the scope status shows everything but users", async (t) => {
  const server = await startGuarded(t);
  const dashboard = await Dashboard.open(t, server.url);
  await signIn(dashboard, tokens.viewer);
  await dashboard.shows("#online", "0");
  await dashboard.lookUp("1");
  await dashboard.shows("#lookup-error", /lacks the scope status\.$/);
  await dashboard.shows("#link", "Live");
  dashboard.assertClean(refused);
});

test("the token stays in its tab and can be forgotten", async (t) => {
  const server = await startGuarded(t);
  const dashboard = await Dashboard.open(t, server.url);
  await signIn(dashboard, tokens.ops);
  await dashboard.shows("#link", "Live");
  await dashboard.page.reload();
  await dashboard.shows("#link", "Live");
  const elsewhere = await dashboard.page.evaluate(() => JSON.stringify(localStorage) + document.cookie + location.href);
  assert(!elsewhere.includes(tokens.ops));
  const other = await dashboard.page.context().newPage();
  await other.goto(server.url);
  await other.locator("#sign-in").waitFor({ state: "visible" });

  await dashboard.page.click("#sign-out");
  await dashboard.isVisible("#sign-in");
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);
  dashboard.assertClean(refused);
});

test("what can be no token is not sent: it is told, or dropped where it was kept", async (t) => {
  const server = await startGuarded(t);
  const prepare = (page) => page.addInitScript(() => sessionStorage.setItem("lastbeat.token", "kept, but not a token: \u20ac"));
  const dashboard = await Dashboard.open(t, server.url, { prepare });
  await dashboard.isVisible("#sign-in");
  assert.equal(await dashboard.page.locator("#token-error").textContent(), "");
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);
  for (const wrong of ["two words", "\u20ac", "x".repeat(4097)]) {
    await signIn(dashboard, wrong);
    await dashboard.shows("#token-error", "A token has up to 4,096 letters, digits and - . _ ~ + / =.");
    await signIn(dashboard, "w".repeat(4096));
    await dashboard.shows("#token-error", "This token is not valid.");
  }
  await signIn(dashboard, ` ${tokens.ops} `);
  await dashboard.shows("#link", "Live");
  dashboard.assertClean(refused);
});

test("a server that goes away while it asks for a token is said to be away, and the token waits for it", async (t) => {
  const options = await guarding(t);
  const server = await Server.start(t, { options });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.isVisible("#sign-in");
  await server.stop();
  await signIn(dashboard, tokens.ops);
  await dashboard.isVisible("#sign-in", false);
  await dashboard.shows("#link", "No answer");
  await dashboard.isVisible("#away");
  await dashboard.isVisible("#sign-out");
  await Server.start(t, { options, port: server.port });
  await dashboard.shows("#link", "Live");
  dashboard.assertClean(refusedOrUnanswered);
});

test("a token can be forgotten while nobody answers", async (t) => {
  const server = await startGuarded(t);
  const dashboard = await Dashboard.open(t, server.url);
  await signIn(dashboard, tokens.ops);
  await dashboard.shows("#link", "Live");
  await dashboard.page.route("**/stats", (route) => route.abort());
  await dashboard.page.reload();
  await dashboard.shows("#link", "No answer");
  await dashboard.page.click("#sign-out");
  await dashboard.isVisible("#sign-out", false);
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);
  await dashboard.page.unroute("**/stats");
  await dashboard.isVisible("#sign-in");
  dashboard.assertClean(refusedOrUnanswered);
});

test("where storage is forbidden, token and theme last as long as the page", async (t) => {
  const server = await startGuarded(t);
  const prepare = (page) =>
    page.addInitScript(() => {
      const forbidden = {
        get() {
          throw new DOMException("forbidden", "SecurityError");
        },
      };
      Object.defineProperties(globalThis, { localStorage: forbidden, sessionStorage: forbidden });
    });
  const dashboard = await Dashboard.open(t, server.url, { prepare });
  await signIn(dashboard, tokens.ops);
  await dashboard.shows("#link", "Live");
  await dashboard.page.selectOption("#theme", "dark");
  assert.equal(await dashboard.page.getAttribute("html", "data-theme"), "dark");
  await dashboard.page.click("#sign-out");
  await dashboard.isVisible("#sign-in");
  dashboard.assertClean(refused);
});
