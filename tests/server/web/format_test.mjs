import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, clock, compact, count, duration, hourAndMinute, latency, rate } from "../../../server/web/format.js";

const space = (text) => text.replace("\u00a0", " ");

test("numbers are short enough to be read and exact enough to be of use", () => {
  assert.equal(count(1234567), "1,234,567");
  assert.equal(count(2n ** 64n - 1n), "18,446,744,073,709,551,615");
  assert.equal(compact(1234567), "1.2M");
  assert.deepEqual([0, 0.04, 0.4, 9.96, 12.4, 3456.7].map(rate), ["0", "0.0", "0.4", "10", "12", "3,457"]);
});

test("units fit the number", () => {
  const rows = [
    [bytes(0), "0 B"],
    [bytes(999), "999 B"],
    [bytes(1500), "1.5 kB"],
    [bytes(123456789), "123 MB"],
    [bytes(10.2e9), "10.2 GB"],
    [latency(0), "0 ns"],
    [latency(850), "850 ns"],
    [latency(21600), "21.6 µs"],
    [latency(3.2e6), "3.2 ms"],
    [latency(1.25e9), "1.3 s"],
  ];
  for (const [found, expected] of rows) assert.equal(space(found), expected);
});

test("durations have two units at most", () => {
  const rows = [
    [0, "0 s"],
    [0.9, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [125, "2 min 5 s"],
    [7500, "2 h 5 min"],
    [86400 + 5, "1 d"],
    [3 * 86400 + 4 * 3600, "3 d 4 h"],
  ];
  for (const [seconds, expected] of rows) assert.equal(duration(seconds), expected);
});

test("times of another day name it", () => {
  const now = Date.now() / 1000;
  assert.match(clock(now), /^\d\d:\d\d:\d\d$/);
  assert.equal(hourAndMinute(now), clock(now).slice(0, 5));
  assert.match(clock(now - 3 * 86400), /^\S.* \d\d:\d\d:\d\d$/);
});
