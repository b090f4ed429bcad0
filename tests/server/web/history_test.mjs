import assert from "node:assert/strict";
import { test } from "node:test";
import { History, Rates } from "../../../server/web/history.js";

// GET /history of a server with a sample every ten seconds, the last one `age` seconds ago.
const served = ({ online, heartbeats = online.map(() => 0), p99 = online.map(() => 0), age = 0 }) => ({
  age_ms: online.map((_, i) => 1000 * (age + 10 * (online.length - 1 - i))),
  online,
  heartbeats,
  statuses: online.map(() => 0),
  turn_p50_ns: online.map(() => 0),
  turn_p99_ns: p99,
  turn_p999_ns: online.map(() => 0),
});
const noRates = { heartbeats: null, statuses: null };

test("counters become rates, and latencies that are not there become gaps", () => {
  const history = new History();
  history.update(served({ online: [1, 2, 3], heartbeats: [100, 120, 120], p99: [0, 7000, 0] }), 1000);
  const columns = history.columns({ at: 1005, online: 4, heartbeats: 2.5, statuses: 0 });
  assert.deepEqual(columns.at, [980, 990, 1000, 1005]);
  assert.deepEqual(columns.online, [1, 2, 3, 4]);
  assert.deepEqual(columns.heartbeats, [null, 2, 0, 2.5]);
  assert.deepEqual(columns.p99, [null, 7000, null, null]);
  assert.equal(history.latest("p99"), 7000);
  assert.equal(history.latest("p50"), null);
});

test("what the server tells again takes the place of what it told before", () => {
  const history = new History();
  history.update(served({ online: [1, 2] }), 1000);
  history.columns({ at: 1004, online: 9, ...noRates });
  history.update(served({ online: [1, 2, 3], age: 2 }), 1012.05);
  const { online } = history.columns({ at: 1013, online: 4, ...noRates });
  assert.deepEqual(online, [1, 2, 3, 4]);
});

test("an earlier life of the server stays in the picture, with a gap behind it", () => {
  const history = new History();
  history.update(served({ online: [5, 6] }), 1000);
  history.columns({ at: 1004, online: 7, ...noRates });
  history.update(served({ online: [0] }), 1100);
  const { at, online } = history.columns({ at: 1101, online: 1, ...noRates });
  assert.deepEqual(online, [5, 6, 7, null, 0, 1]);
  assert.deepEqual(at, [990, 1000, 1004, 1052, 1100, 1101]);
});

test("after an hour points are forgotten, also when the clock went back meanwhile", () => {
  const history = new History();
  history.update(served({ online: [5] }), 1000);
  history.update(served({ online: [6] }), 1000 + 3601);
  assert.deepEqual(history.columns({ at: 4602, online: 7, ...noRates }).online, [6, 7]);
  history.update(served({ online: [8] }), 500);
  const { at } = history.columns({ at: 501, online: 9, ...noRates });
  assert.deepEqual(at, [...at].sort((a, b) => a - b));
  assert.equal(at.at(-1), 501);
});

test("rates are of the last seconds, and start anew with the server", () => {
  const rates = new Rates();
  assert.equal(rates.of("heartbeats"), null);
  const add = (now, heartbeats, start = 1) => rates.add({ heartbeats, started_at_us: start }, now);
  add(0, 1000);
  assert.equal(rates.of("heartbeats"), null);
  add(2, 1010);
  assert.equal(rates.of("heartbeats"), 5);
  for (let now = 3; now <= 20; ++now) add(now, 1010 + now);
  assert.equal(rates.of("heartbeats"), 1);
  // It may count more by now than before, and its clock may have been set back.
  add(21, 5000, 2);
  assert.equal(rates.of("heartbeats"), null);
  add(22, 5004, 2);
  assert.equal(rates.of("heartbeats"), 4);
  add(23, 7, 1);
  assert.equal(rates.of("heartbeats"), null);
});
