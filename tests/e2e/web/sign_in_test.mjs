import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Dashboard, Server } from "./support.mjs";

const tokens = { ops: "o".repeat(32), viewer: "v".repeat(32), gateway: "g".repeat(32) };
const file = `ops admin,status ${tokens.ops}\nviewer admin ${tokens.viewer}\ngateway heartbeat,status ${tokens.gateway}\n`;

const startGuarded = async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lastbeat-web-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "tokens"), file, { mode: 0o600 });
  return Server.start(t, { options: ["--auth-token-file", join(folder, "tokens")] });
};

const signIn = async (dashboard, token) => {
  await dashboard.isVisible("#sign-in");
  await dashboard.page.fill("#token", token);
  await dashboard.page.press("#token", "Enter");
};

// What the browser itself reports of requests that are refused.
const refused = /^Failed to load resource: .* 40[13] /;

test("with authentication on, the page asks for a token and says what is wrong with it", async (t) => {
  const server = await startGuarded(t);
  await server.post("heartbeats", { user_ids: [1, 2] }, tokens.gateway);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.isVisible("#sign-in");
  await dashboard.shows("#link", "Token needed");
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
