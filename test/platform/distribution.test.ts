import { expect, test } from "bun:test";
import { count, newDistribution, SECONDS } from "#src/platform/distribution.ts";
import { watchEventLoop } from "#src/platform/event-loop.ts";
import { until } from "#test/support/until.ts";

test("a value is counted in the first bucket whose bound it does not exceed, and above all bounds in the last", () => {
  const distribution = newDistribution([1, 2, 5]);
  for (const value of [0, 1, 1.5, 2, 2.1, 5, 5.1, 1000]) count(distribution, value);
  expect(distribution.counts).toEqual([2, 2, 2, 2]);
  expect(distribution.sum).toBeCloseTo(1016.7, 6);
});

test("two distributions share nothing", () => {
  const [one, other] = [newDistribution(SECONDS), newDistribution(SECONDS)];
  count(one, 0.1);
  expect(other.counts.every((counted) => counted === 0)).toBe(true);
});

test("what holds the thread shows as delay; after `close` nothing is counted", async () => {
  const watch = watchEventLoop();
  const counted = () => watch.delays.counts.reduce((sum, value) => sum + value);
  const end = performance.now() + 120;
  while (performance.now() < end);
  await until("a look", () => counted() > 0);
  expect(watch.delays.sum).toBeGreaterThan(0.05);
  watch.close();
  const after = counted();
  await until("the next look to be due", () => performance.now() > end + 200);
  expect(counted()).toBe(after);
});
