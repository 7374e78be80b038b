import { expect, test } from "bun:test";
import { openDatabase } from "#src/database/open.ts";
import { createRedactor } from "#src/domain/redact.ts";
import { purgeOld } from "#src/upkeep/retention.ts";
import { aSystemLog } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { query, testDatabase } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { count, DAY, purging } from "#test/upkeep/aged.ts";

const TABLE = "orchestrator_idempotency";
const ANSWER = { status: 201, body: "{}", location: null, rowId: null };
const command = (key: string) => ({ key, request: "request" });
const never = new AbortController().signal;

test("a key is free again after 24 hours, and not a millisecond before", async () => {
  await using on = await testDatabase();
  const { idempotency } = on.db;
  await idempotency.keep(command("k"), ANSWER);
  on.clock.advance(DAY - 1);
  expect(await idempotency.find(command("k"))).not.toBeNull();
  expect(await idempotency.forget()).toBe(true);
  on.clock.advance(1);
  expect(await idempotency.find(command("k"))).toBeNull();
  await idempotency.keep(command("k"), { ...ANSWER, status: 200 });
  expect(await idempotency.find(command("k"))).toMatchObject({ answer: { status: 200 } });
  expect(count(on.path, TABLE)).toBe(1);
});

test("a key of a clock that was a day ahead is free", async () => {
  await using on = await testDatabase();
  on.clock.advance(DAY);
  await on.db.idempotency.keep(command("k"), ANSWER);
  on.clock.advance(-DAY);
  expect(await on.db.idempotency.find(command("k"))).toBeNull();
  await purgeOld(purging(on, {}), never);
  expect(count(on.path, TABLE)).toBe(0);
});

test("retention deletes those older than a day in small writes, whatever it is told to keep, and tells nobody", async () => {
  await using on = await testDatabase();
  const body = "x".repeat(100_000);
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => on.db.idempotency.keep(command(`old ${index}`), { ...ANSWER, body })),
  );
  on.clock.advance(DAY / 2);
  await on.db.idempotency.keep(command("new"), ANSWER);
  on.clock.advance(DAY / 2);
  await purgeOld(purging(on, {}), never);
  expect(count(on.path, TABLE)).toBe(1);
  expect(count(on.path, "system_logs")).toBe(0);
  expect(await on.db.idempotency.find(command("new"))).not.toBeNull();
});

test("at the limit of the store long answers go, the oldest first, and that they were given stays known", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  const clock = testClock();
  await using db = await openDatabase({ path, clock, log: memoryLog(), limitBytes: 8 * 1024 * 1024 });
  const body = "x".repeat(100_000);
  for (let index = 0; index < 120; index += 1) {
    await db.idempotency.keep(command(`${index}`), { ...ANSWER, body, rowId: `${index}` });
    clock.advance(1);
  }
  const kept = query(path, `select body is not null as kept from ${TABLE} order by number`).map((row) => row["kept"]);
  expect(kept).toHaveLength(120);
  const first = kept.indexOf(1);
  expect(first).toBeGreaterThan(20);
  expect(kept.slice(first)).not.toContain(0);
  expect(await db.idempotency.find(command("0"))).toEqual({
    answer: { ...ANSWER, body: null, rowId: "0" },
    isSame: true,
  });
});

test("what is kept of an answer is what the store has, without secrets", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await using db = await openDatabase({ path, clock: testClock(), log: memoryLog(), redactor: createRedactor([]) });
  const secret = "ghp_0123456789abcdefABCDEF0123456789abcd";
  const keeping = db.idempotency.keeping(command("k"), (row) => ({ ...ANSWER, body: JSON.stringify(row) }));
  await keeping.systemLogs.append(aSystemLog({ message: `token ${secret}` }));
  const [row] = query(path, `select body from ${TABLE}`);
  expect(row!["body"]).toContain("token ");
  expect(row!["body"]).not.toContain(secret);
});
