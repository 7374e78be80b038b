import type { Clock } from "#src/platform/clock.ts";

/** A clock that stands still until it is moved. */
export type TestClock = Clock & { advance(millis: number): void };

export const START = Date.parse("2026-02-05T10:30:00.000Z");

export function testClock(start = START): TestClock {
  let now = start;
  return Object.assign(() => now, {
    advance(millis: number) {
      now += millis;
    },
  });
}

/** Ids in a row: `id-1`, `id-2`, … */
export function testIds(prefix = "id"): () => string {
  let last = 0;
  return () => `${prefix}-${(last += 1)}`;
}
