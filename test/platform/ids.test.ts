import { expect, test } from "bun:test";
import { systemClock } from "#src/platform/clock.ts";
import { newUuid } from "#src/platform/ids.ts";

test("ids are UUIDv7, all different, and rise", () => {
  const ids = Array.from({ length: 5000 }, newUuid);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the clock tells UTC milliseconds", () => {
  const before = Date.now();
  const now = systemClock();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});
