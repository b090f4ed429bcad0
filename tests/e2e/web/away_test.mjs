import assert from "node:assert/strict";
import { test } from "node:test";
import { Dashboard, eventually, Server } from "./support.mjs";

const colour = (dashboard, selector) => dashboard.page.locator(selector).evaluate((element) => getComputedStyle(element).color);

// What the browser itself reports of requests that nobody answers.
const unanswered = /^Failed to load resource: net::ERR_/;

test("the page says that the server is gone, since when, and comes back with it", async (t) => {
  const server = await Server.start(t);
  await server.post("heartbeats", { user_ids: [1, 2, 3] });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "3");
  const before = await colour(dashboard, "#online");
  dashboard.assertClean();

  await server.stop();
  await dashboard.shows("#link", "No answer");
  await dashboard.shows("#away-what", /^No answer from the server since \d\d:\d\d:\d\d\.$/);
  await dashboard.shows("#away-next", /^The figures below are \d+ s old\. Trying again/);
  assert.equal(await dashboard.text("#online"), "3");
  await dashboard.shows("[data-when=online]", /^at \d\d:\d\d:\d\d$/);
  assert.equal(await dashboard.page.title(), "No answer · Lastbeat");
  assert.notEqual(await colour(dashboard, "#online"), before);
  await dashboard.assertAccessible();
  await dashboard.screenshot("away");

  await Server.start(t, { port: server.port });
  await dashboard.shows("#link", "Live");
  await dashboard.shows("#news", /^The server is back after \d+ s\. It was started anew/);
  await dashboard.shows("#online", "0");
  await dashboard.shows("[data-when=online]", "now");
  await dashboard.isVisible("#away", false);
  assert.equal(await colour(dashboard, "#online"), before);
  // What was before the restart is still in the picture.
  await eventually(
    () => "both lives in the chart",
    async () => /Users online: 0 to 3/.test(await dashboard.page.getAttribute("#chart-online", "aria-label")),
  );
  dashboard.assertClean(unanswered);
});

test("the page waits longer after each try, and tries at once when asked to", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#link", "Live");
  await server.stop();
  await dashboard.shows("#away-next", /Trying again in [5-8] s\.$/);
  await Server.start(t, { port: server.port });
  await dashboard.page.click("#try-now");
  await dashboard.shows("#link", "Live");
  dashboard.assertClean(unanswered);
});

test("a server that is started anew between two looks is noticed", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#link", "Live");
  await dashboard.page.route("**/stats", async (route) => {
    const stats = await (await route.fetch()).json();
    await route.fulfill({ json: { ...stats, started_at_us: stats.started_at_us + 1 } });
  });
  await dashboard.shows("#news", "The server was started anew, and has forgotten who was there before.");
  await dashboard.isVisible("#away", false);
  await dashboard.page.unrouteAll({ behavior: "wait" }); // what is being fetched comes before the server's end
  dashboard.assertClean();
});

test("a server that is there but does not answer counts as gone", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#link", "Live");
  server.signal("SIGSTOP");
  await dashboard.shows("#link", "No answer");
  server.signal("SIGCONT");
  await dashboard.shows("#link", "Live");
  assert.doesNotMatch(await dashboard.text("#news"), /anew/);
  dashboard.assertClean(unanswered);
});

test("figures that are some seconds old are said to be so before the server is given up", async (t) => {
  const server = await Server.start(t);
  const prepare = (page) =>
    page.addInitScript(() => {
      AbortSignal.timeout = () => new AbortController().signal; // patience without end
    });
  const dashboard = await Dashboard.open(t, server.url, { prepare });
  await dashboard.shows("#link", "Live");
  await dashboard.shows("[data-when=online]", "now");
  server.signal("SIGSTOP");
  await dashboard.shows("#link", /^As of \d\d:\d\d:\d\d$/);
  await dashboard.shows("[data-when=online]", /^at \d\d:\d\d:\d\d$/);
  await dashboard.assertAccessible();
  await dashboard.screenshot("old");
  server.signal("SIGCONT");
  await dashboard.shows("#link", "Live");
  await dashboard.shows("[data-when=online]", "now");
  dashboard.assertClean();
});

test("an answer that is an error, or that the page does not understand, is not called silence", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#link", "Live");
  await dashboard.page.route("**/stats", (route) => route.fulfill({ status: 502, body: "<h1>Bad Gateway</h1>" }));
  await dashboard.shows("#link", "Errors");
  await dashboard.shows("#away-what", /^The server answers with errors since [\d:]{8}: status 502\.$/);
  await dashboard.page.unroute("**/stats");
  await dashboard.shows("#link", "Live");
  await dashboard.page.route("**/stats", (route) => route.fulfill({ json: null }));
  await dashboard.shows("#link", "Page failed");
  await dashboard.shows("#away-what", /^This page has failed since [\d:]{8}, and the server may be well: /);
  dashboard.assertClean(/^Failed to load resource: .* 502 |^TypeError: /);
});
