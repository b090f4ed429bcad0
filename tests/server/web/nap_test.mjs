import assert from "node:assert/strict";
import { test } from "node:test";
import { Nap } from "../../../server/web/nap.js";

const long = 3_600_000;

test("who is woken gets up", async () => {
  const nap = new Nap();
  const slept = nap.sleep(long);
  nap.wake();
  await slept;
});

test("who is woken while awake does not sleep the next time, and only then", async () => {
  const nap = new Nap();
  nap.wake();
  nap.wake();
  await nap.sleep(long);
  let isAwake = false;
  const slept = nap.sleep(long).then(() => (isAwake = true));
  await new Promise(setImmediate);
  assert.equal(isAwake, false);
  nap.wake();
  await slept;
});

test("who is not woken sleeps for as long as was said", async () => {
  await new Nap().sleep(1);
});
