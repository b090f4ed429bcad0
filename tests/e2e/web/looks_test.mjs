// The page in the sizes and colours in which it is met. Screenshots are left in the build folder, to be looked at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dashboard, Server } from "./support.mjs";

// What GET /history says of an hour with some millions of users, in which things go up and down.
const anHour = () => {
  const samples = 361;
  const list = (value) => Array.from({ length: samples }, (_, i) => Math.round(value(i / samples, i)));
  const grown = (value) => {
    let sum = 0;
    return list((x, i) => (sum += value(x, i)));
  };
  const online = (x) => 3.1e6 + 1.6e6 * Math.sin(5 * x - 1) + 1e5 * Math.sin(90 * x);
  const noise = (i) => ((i * 7919) % 101) / 101;
  return {
    age_ms: list((_, i) => (samples - 1 - i) * 10_000),
    online: list(online),
    heartbeats: grown((x, i) => online(x) * (1 + 0.05 * noise(i))),
    statuses: grown((x, i) => online(x) * (0.2 + 0.1 * Math.sin(30 * x) + 0.05 * noise(i))),
    turn_p50_ns: list((x, i) => 19e3 + 3e3 * Math.sin(8 * x) + 2e3 * noise(i)),
    turn_p99_ns: list((x, i) => 95e3 + 25e3 * Math.sin(8 * x) + 3e4 * noise(i)),
    turn_p999_ns: list((_, i) => 4e5 + 2e5 * noise(i) ** 3 + (i % 97 === 0 ? 3e6 : 0)),
  };
};

// Gives the page that hour, and stats that go on where it ends.
const prepare = async (page) => {
  const hour = anHour();
  const [online, heartbeats, statuses] = [hour.online.at(-1), hour.heartbeats.at(-1), hour.statuses.at(-1)];
  const start = Date.now();
  await page.route("**/history", (route) => route.fulfill({ json: hour }));
  await page.route("**/stats", async (route) => {
    const seconds = (Date.now() - start) / 1000;
    const stats = await (await route.fetch()).json();
    const [entries, connections] = [Math.round(online * 1.2), 812];
    Object.assign(stats, { online, entries, connections, table_bytes: entries * 10.6, rss_bytes: entries * 10.8 + 7e6 });
    stats.heartbeats = heartbeats + seconds * (heartbeats - hour.heartbeats.at(-2)) * 0.1;
    stats.statuses = statuses + seconds * (statuses - hour.statuses.at(-2)) * 0.1;
    await route.fulfill({ json: stats });
  });
};

const looks = [
  { name: "light", context: { colorScheme: "light", viewport: { width: 1280, height: 900 } } },
  { name: "dark", context: { colorScheme: "dark", viewport: { width: 1280, height: 900 } } },
  { name: "phone", context: { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true } },
  { name: "small-phone", context: { colorScheme: "dark", viewport: { width: 320, height: 640 } } },
];

for (const { name, context } of looks) {
  test(`${name}: everything fits, and can be read`, async (t) => {
    const server = await Server.start(t);
    await server.post("heartbeats", { user_ids: [42, 43] });
    const dashboard = await Dashboard.open(t, server.url, { context, prepare });
    await dashboard.shows("#p99", /µs$/);
    await dashboard.shows("#heartbeats", /^\d{3},\d{3}$/);
    await dashboard.lookUp("42");
    await dashboard.shows("#found-status", "online");
    const overflow = await dashboard.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0);
    await dashboard.assertAccessible();
    await dashboard.screenshot(name);
    await dashboard.page.unrouteAll({ behavior: "wait" }); // what is being fetched comes before the server's end
    dashboard.assertClean();
  });
}

test("the theme that was chosen wins over the system's, and is remembered", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url, { context: { colorScheme: "light" } });
  const background = () => dashboard.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await dashboard.shows("#link", "Live");
  const light = await background();
  await dashboard.page.selectOption("#theme", "dark");
  const dark = await background();
  assert.notEqual(dark, light);
  await dashboard.page.reload();
  assert.equal(await background(), dark);
  await dashboard.page.selectOption("#theme", "system");
  assert.equal(await background(), light);
  await dashboard.page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await background(), dark);
  dashboard.assertClean();
});

test("everything can be reached with the keyboard, in the order of the page", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "0");
  const reached = [];
  for (let i = 0; i < 6; ++i) {
    await dashboard.page.keyboard.press("Tab");
    reached.push(await dashboard.page.evaluate(() => document.activeElement.id || document.activeElement.innerText));
  }
  assert.deepEqual(reached, ["theme", "chart-online", "user-id", "Look up", "chart-traffic", "chart-latency"]);
  dashboard.assertClean();
});
