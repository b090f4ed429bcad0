import assert from "node:assert/strict";
import { test } from "node:test";
import { Dashboard, Server } from "./support.mjs";

test("a user is looked up and then followed", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.lookUp("42");
  await dashboard.shows("#found-status", "offline");
  await dashboard.shows("#found-detail", "Nothing has been heard of this user lately.");
  await server.post("heartbeat", { user_id: 42 });
  await dashboard.shows("#found-status", "online");
  await dashboard.shows("#found-detail", /^Last heartbeat (just now|\d+ s ago), at \d\d:\d\d:\d\d\.$/);
  await server.post("leave", { user_id: 42 });
  await dashboard.shows("#found-status", "offline");
  await dashboard.shows("#found-detail", /^Signed off /);
  await dashboard.page.click("#forget-user");
  await dashboard.isVisible("#found", false);
  dashboard.assertClean();
});

test("ids keep all their digits, and what is none is told", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await server.post("heartbeats", { user_ids: ["18446744073709551615", "9007199254740993"] });
  for (const id of ["18446744073709551615", "9007199254740993"]) {
    await dashboard.lookUp(id);
    await dashboard.shows("#found-id", id);
    await dashboard.shows("#found-status", "online");
  }
  for (const wrong of ["alice", "-1", "1.5", "18446744073709551616", ""]) {
    await dashboard.lookUp(wrong);
    await dashboard.shows("#lookup-error", "A user id is a whole number from 0 to 18,446,744,073,709,551,615.");
    await dashboard.isVisible("#found", false);
    assert.equal(await dashboard.page.getAttribute("#user-id", "aria-invalid"), "true");
  }
  await dashboard.lookUp(" 7 ");
  await dashboard.shows("#found-id", "7");
  await dashboard.isVisible("#lookup-error", false);
  dashboard.assertClean();
});

test("a server in doubt says so, and of a user that it does not know", async (t) => {
  const server = await Server.start(t, { options: ["--doubt-at-start", "yes"] });
  const dashboard = await Dashboard.open(t, server.url);
  await dashboard.shows("#doubt", /^For \d+ s more the server is in doubt/);
  await dashboard.lookUp("42");
  await dashboard.shows("#found-status", "unknown");
  dashboard.assertClean();
});

test("a look-up that fails is told where it was asked for, and asked again; the rest of the page stays live", async (t) => {
  const server = await Server.start(t);
  const dashboard = await Dashboard.open(t, server.url);
  await server.post("heartbeat", { user_id: 42 });
  await dashboard.lookUp("42");
  await dashboard.shows("#found-status", "online");
  const error = { error: { code: "store_unavailable", message: "the store cannot be reached" } };
  await dashboard.page.route("**/status/42", (route) => route.fulfill({ status: 503, json: error }));
  await dashboard.shows("#lookup-error", "The server has no answer about user 42: the store cannot be reached. Asking again.");
  await dashboard.isVisible("#found", false);
  await dashboard.shows("#link", "Live");
  await dashboard.isVisible("#away", false);
  await dashboard.assertAccessible();
  await dashboard.page.unroute("**/status/42");
  await dashboard.shows("#found-status", "online");
  await dashboard.shows("#lookup-error", "");
  dashboard.assertClean(/^Failed to load resource: .* 503 /);
});
