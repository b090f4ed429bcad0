import assert from "node:assert/strict";
import { test } from "node:test";
import { Stored } from "../../../server/web/storage.js";

// What a browser's storage does, of which this program needs no more.
const pretend = (t, storage) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get: storage });
  t.after(() => (before ? Object.defineProperty(globalThis, "localStorage", before) : delete globalThis.localStorage));
};
const working = () => {
  const values = new Map();
  return {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => values.set(name, value),
    removeItem: (name) => values.delete(name),
  };
};

test("what is kept is there for the next page, until it is forgotten", (t) => {
  const storage = working();
  pretend(t, () => storage);
  const stored = new Stored("localStorage", "name");
  assert.equal(stored.value, null);
  stored.value = "kept";
  assert.equal(stored.value, "kept");
  assert.equal(new Stored("localStorage", "name").value, "kept");
  assert.equal(new Stored("localStorage", "other").value, null);
  stored.value = null;
  assert.equal(stored.value, null);
  assert.equal(new Stored("localStorage", "name").value, null);
});

test("where storage is forbidden, a page keeps what it was told", (t) => {
  pretend(t, () => {
    throw new Error("forbidden");
  });
  const stored = new Stored("localStorage", "name");
  assert.equal(stored.value, null);
  stored.value = "kept";
  assert.equal(stored.value, "kept");
  assert.equal(new Stored("localStorage", "name").value, null);
});
