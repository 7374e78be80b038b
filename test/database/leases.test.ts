import { expect, test } from "bun:test";
import { openDatabase } from "#src/database/open.ts";
import { query, script, testDatabase } from "#test/support/database.ts";
import { memoryLog } from "#test/support/log.ts";

test("a lease is held by one process, until it lets go or its time is up", async () => {
  await using on = await testDatabase();
  await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
  expect(await on.db.leases.take("work", 1000)).toBe(true);
  expect(await other.leases.take("work", 1000)).toBe(false);
  expect(await other.leases.take("other work", 1000)).toBe(true);
  // Nobody else can let go of it.
  await other.leases.release("work");
  expect(await other.leases.take("work", 1000)).toBe(false);
  on.clock.advance(900);
  expect(await on.db.leases.take("work", 1000)).toBe(true);
  on.clock.advance(999);
  expect(await other.leases.take("work", 1000)).toBe(false);
  on.clock.advance(1);
  expect(await other.leases.take("work", 1000)).toBe(true);
  expect(await on.db.leases.take("work", 1000)).toBe(false);
  await other.leases.release("work");
  expect(await on.db.leases.take("work", 1000)).toBe(true);
});

test("of many that ask at once, one gets it", async () => {
  await using on = await testDatabase();
  await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
  const taken = await Promise.all([on.db, other].map((db) => db.leases.take("work", 1000)));
  expect(taken.toSorted()).toEqual([false, true]);
});

test("a clock that was set back keeps nobody out for ever", async () => {
  await using on = await testDatabase();
  script(on.path, `insert into orchestrator_leases values ('work', 'gone', ${on.clock() + 7 * 24 * 3_600_000})`);
  expect(await on.db.leases.take("work", 1000)).toBe(true);
  expect(query(on.path, "select until_ms from orchestrator_leases")).toEqual([{ until_ms: on.clock() + 1000 }]);
});
