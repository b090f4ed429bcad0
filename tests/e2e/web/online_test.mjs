import assert from "node:assert/strict";
import { test } from "node:test";
import { Dashboard, Server } from "./support.mjs";

// Of a chart: whether something is drawn in the colour of a series.
const hasColour = (figure) => {
  const probe = document.createElement("span");
  probe.style.color = "var(--first)";
  document.body.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/\d+/g).map(Number);
  probe.remove();
  const canvas = figure.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255) return true;
  }
  return false;
};

test("the online count moves with heartbeats, and so does the rest", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "0");
  await dashboard.shows("#link", "Live");
  await server.post("heartbeats", { user_ids: [1, 2, 3] });
  await dashboard.shows("#online", "3");
  assert.equal(await dashboard.page.title(), "3 online · Lastbeat");
  await dashboard.shows("#heartbeats", /^0\.[1-9]|^[1-9]/);
  await server.post("leave", { user_id: 3 });
  await dashboard.shows("#online", "2");
  await dashboard.shows("#held", "3");
  for (const tile of ["#memory", "#connections", "#sweep", "#process"]) await dashboard.shows(tile, /^[\d.,]+/);
  dashboard.assertClean();
});

test("where the store does not tell how many are online, and is away, the page says so instead of a number", async (t) => {
  const nowhere = "127.0.0.1:1";
  const server = await Server.start(t, { options: ["--upstream", nowhere] });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "–");
  await dashboard.shows("#uncounted", /does not tell/);
  await dashboard.shows("#store", /cannot reach its store/);
  for (const hidden of ["#counted", "#chart-online"]) await dashboard.isVisible(hidden, false);
  assert.equal(await dashboard.page.title(), "Lastbeat");
  await dashboard.assertAccessible();
  dashboard.assertClean();
});

test("who opens the page later sees how it was before", async (t) => {
  const server = await Server.start(t);
  await server.post("heartbeats", { user_ids: [1, 2, 3] });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "3");
  // The first sample was taken at the start, when nobody was there.
  const figure = dashboard.page.locator("#chart-online");
  assert.match(await figure.getAttribute("aria-label"), /^Chart of the last .*Users online: 0 to 3/);
  assert(await figure.evaluate(hasColour));
  dashboard.assertClean();
});

test("charts are read with the keyboard", async (t) => {
  const server = await Server.start(t);
  await server.post("heartbeats", { user_ids: [1, 2] });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#online", "2");
  await dashboard.page.focus("#chart-online");
  await dashboard.page.keyboard.press("Home");
  await dashboard.shows("#reading", /^\d\d:\d\d:\d\d: 0$/);
  await dashboard.shows("#online", "0");
  await dashboard.shows("[data-when=traffic]", /^at \d\d:\d\d:\d\d$/);
  await dashboard.page.keyboard.press("End");
  await dashboard.shows("#reading", /: 2$/);
  await dashboard.page.keyboard.press("Home");
  await dashboard.page.keyboard.press("Escape");
  await dashboard.shows("#online", "2");
  dashboard.assertClean();
});
