import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { openDatabase } from "#src/database/open.ts";
import { checkStore } from "#src/upkeep/check.ts";
import { aSystemLog } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { damagePages, pagesOf } from "#test/support/damage.ts";
import { query, testDatabase } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { runProgram } from "#test/support/program.ts";
import { testApp } from "#test/support/test-app.ts";

const never = new AbortController().signal;

/** A database that is too large for a start to read all of it. */
async function large(path: string): Promise<void> {
  await writeNewDatabase(path);
  const db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
  await Promise.all(
    Array.from({ length: 100 }, () => db.systemLogs.append(aSystemLog({ details: "x".repeat(100_000) }))),
  );
  await db[Symbol.asyncDispose]();
  expect(statSync(path).size).toBeGreaterThan(8 * 1024 * 1024);
}

describe("damaged file: what a start has no time to see", () => {
  test("is found by a process of its own, told by health and the system log; the server goes on", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await large(path);
    damagePages(path, pagesOf(path, "orchestrator_stale_texts")[0] ?? pagesOf(path, "agents")[0]!);
    await using app = await testApp({ path });
    expect((await app.call("GET", "/health")).status).toBe(200);
    await checkStore({ db: app.db, clock: app.clock, log: app.log, path }, never);
    const { status, body } = await app.call("GET", "/health");
    expect([status, body.status, body.checks.damage.status]).toEqual([503, "unhealthy", "failed"]);
    expect(body.checks.damage.detail).toMatch(/^its check fails: .*; run `orchestrator doctor`/);
    expect(JSON.stringify(body)).not.toContain(path);
    const [told] = query(path, "select log_level, component, message from system_logs order by id desc limit 1");
    expect(told).toEqual({
      log_level: "ERROR",
      component: "check",
      message: "The database file is damaged: run `orchestrator doctor`, and restore a backup",
    });
    expect(app.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  }, 20_000);

  test("is told by health alone where the system log is what is damaged", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await large(path);
    await using app = await testApp({ path });
    damagePages(path, ...pagesOf(path, "changes"));
    await checkStore({ db: app.db, clock: app.clock, log: app.log, path }, never);
    expect((await app.call("GET", "/health")).status).toBe(503);
    expect(app.log.lines.findLast(({ message }) => message !== "request")).toMatchObject({
      level: "warn",
      message: "the system log cannot tell of the damage",
    });
  }, 20_000);

  test("of an index alone, it says that no row is lost, and what may mend it", async () => {
    await using app = await testApp();
    const [index] = query(
      app.path,
      "select name from sqlite_master where type = 'index' and tbl_name = 'system_logs' and sql is not null",
    );
    const name = String(index!["name"]);
    damagePages(app.path, ...pagesOf(app.path, name));
    await checkStore({ db: app.db, clock: app.clock, log: app.log, path: app.path }, never);
    const { status, body } = await app.call("GET", "/health");
    expect([status, body.checks.damage.status]).toEqual([503, "failed"]);
    expect(body.checks.damage.detail).toMatch(/^its check fails: .*; only indexes are damaged \(\w+\), .*`REINDEX`/);
    expect(body.checks.damage.detail).toContain(`(${name})`);
    expect(JSON.stringify(body)).not.toContain(app.path);
    expect(app.log.lines.find(({ level }) => level === "error")?.message).toContain("`REINDEX`");
  }, 20_000);

  test("a file that is well and in use passes, and nothing is written", async () => {
    await using on = await testDatabase();
    await on.db.systemLogs.append(aSystemLog());
    await checkStore({ db: on.db, clock: on.clock, log: on.log, path: on.path }, never);
    expect((await on.db.health()).damage).toBe(null);
    expect(query(on.path, "select count(*) as n from system_logs")).toEqual([{ n: 1 }]);
    expect(on.log.lines).toEqual([]);
  });

  test("told to stop, it ends; and what cannot be checked says why", async () => {
    await using on = await testDatabase();
    const deps = { db: on.db, clock: on.clock, log: on.log };
    await checkStore({ ...deps, path: on.path }, AbortSignal.abort());
    const path = on.folder.file("nothing.db");
    await expect(checkStore({ ...deps, path }, never)).rejects.toThrow(`cannot check ${path}`);
    const { code, stdout } = await runProgram(on.folder.path, {}, ["check", on.path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "null\n" });
  });
});
