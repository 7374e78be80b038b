import { describe, expect, test } from "bun:test";
import { copyFileSync, statSync } from "node:fs";
import { StoreFull } from "#src/database/manager.ts";
import { openDatabase, rebuildTotals } from "#src/database/open.ts";
import { aSystemLog } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { openOnce, query, script } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { runProgram } from "#test/support/program.ts";
import { smallDisk } from "#test/support/small-disk.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { type Answer, testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { setSince } from "#test/upkeep/aged.ts";

const MB = 1024 * 1024;

const aLogOf = (bytes: number) => ({ component: "c", message: "m", details: "x".repeat(bytes) });

function expectFull({ status, headers, body }: Answer): void {
  expect(status).toBe(507);
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  expect(body).toMatchObject({ code: "disk_full", detail: "The disk is full. Nothing was stored." });
}

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** Writes logs, one after another and together, until one is refused; returns how many were stored. */
async function writeUntilFull(call: Call): Promise<number> {
  for (let stored = 0; ;) {
    const answers = await Promise.all([1, 2, 3].map(() => call("POST", "/api/system/logs", aLogOf(20_000))));
    for (const answer of answers) if (answer.status !== 201) expectFull(answer);
    const created = answers.filter(({ status }) => status === 201).length;
    stored += created;
    if (created < answers.length) return stored;
  }
}

/** Rows, changes and totals agree, and the file is sound. */
async function expectWhole(path: string, logs: number): Promise<void> {
  const [counted] = query(
    path,
    `select (select count(*) from system_logs) as logs,
      (select rows from orchestrator_counts where name = 'system_logs') as kept,
      (select count(*) from changes where entity = 'system_log') as changes`,
  );
  expect(counted).toEqual({ logs, kept: logs, changes: logs });
  expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(await rebuildTotals(path)).toMatchObject({ wrong: 0 });
}

describe("disk full:", () => {
  test("writes answer 507, reads and live streams go on, and writes go on once there is room, without a restart", async () => {
    using disk = smallDisk(6 * MB);
    if (disk === null) return;
    const path = disk.file("orchestrator.db");
    await writeNewDatabase(path);
    await using server = await testServer(path, { limits: { bookmarkMs: 20 } });
    await using socket = await openSocket(server.url, "/ws/events");
    await using sse = await openSse(server.url, "/api/events");
    await socket.next("hello", ({ type }) => type === "hello");
    await sse.next("hello", ({ type }) => type === "hello");
    disk.fill(200_000);
    const before = await writeUntilFull(server.call);
    disk.fill();

    for (let times = 0; times < 20; times += 1) {
      const { body } = await server.call("GET", "/api/system/logs?limit=1000");
      expect(body).toHaveLength(before);
    }
    expect(await server.call("GET", "/health")).toMatchObject({
      status: 200,
      body: {
        status: "healthy",
        checks: { writer: { status: "degraded", reason: "disk_full" }, disk: { status: "degraded" } },
      },
    });
    // What was stored before is told, and both streams live on.
    for (const stream of [socket, sse]) {
      await stream.next("the last that was stored", ({ seq }) => seq === before);
      const told = stream.frames.length;
      await until("a bookmark", () => stream.frames.slice(told).find(({ type }) => type === "bookmark"));
    }

    disk.empty();
    expect((await server.call("POST", "/api/system/logs", aLogOf(20_000))).status).toBe(201);
    for (const stream of [socket, sse]) {
      await stream.next("the new one", ({ seq }) => seq === before + 1);
      expect(stream.frames.filter(({ id }) => id !== undefined).map(({ seq }) => seq)).toEqual(
        Array.from({ length: before + 1 }, (_, index) => index + 1),
      );
    }
    expect((await server.call("GET", "/health")).body.checks.writer).toEqual({
      status: "ok",
      reason: null,
      waiting_ms: null,
    });
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    await server.stop();
    await expectWhole(path, before + 1);
  }, 20_000);

  test("the same on a file that may have no more pages: what is deleted is room", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    const pages = statSync(path).size / 4096;
    await using db = await openDatabase({ path, clock: testClock(), log: memoryLog(), mostPages: pages + 60 });
    await using app = await testApp({ db });
    const created = await app.call("POST", "/api/agents", {
      name: "large",
      agent_type: "planner",
      metadata: "x".repeat(100_000),
    });
    const before = await writeUntilFull(app.call);
    expect((await app.call("GET", "/api/system/logs?limit=1000")).body).toHaveLength(before);
    expectFull(await app.call("POST", "/api/system/logs", aLogOf(100_000)));
    const full = await app.call("GET", "/health");
    expect(full).toMatchObject({
      status: 200,
      body: { checks: { writer: { reason: "disk_full" }, disk: { status: "ok" } } },
    });
    expect((await app.call("DELETE", `/api/agents/${created.body.id}`)).status).toBe(204);
    expect((await app.call("POST", "/api/system/logs", aLogOf(20_000))).status).toBe(201);
    expect((await app.call("GET", "/health")).body.checks.writer.reason).toBe(null);
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: before + 1 }]);
    expect(query(path, "select rows from orchestrator_counts where name = 'system_logs'")).toEqual([
      { rows: before + 1 },
    ]);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("a checkpoint that finds no room loses nothing, is told once, and neither it nor the end of the server fails", async () => {
    using disk = smallDisk(6 * MB);
    if (disk === null) return;
    const path = disk.file("orchestrator.db");
    await writeNewDatabase(path);
    const log = memoryLog();
    const db = await openDatabase({ path, clock: testClock(), log });
    // The log takes all there is: nothing of it can be copied into the file.
    const append = () => db.systemLogs.append(aSystemLog({ details: "x".repeat(20_000) }));
    let stored = 0;
    const refused: unknown = await (async () => {
      for (; ; stored += 1) await append();
    })().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreFull);
    disk.fill();
    await until("the checkpoint of a quiet moment", () =>
      log.lines.find(({ message }) => message === "a checkpoint failed"),
    );
    // What is short may still fit where the long one did not.
    const short = await Promise.allSettled(Array.from({ length: 5 }, () => db.systemLogs.append(aSystemLog())));
    stored += short.filter(({ status }) => status === "fulfilled").length;
    await db[Symbol.asyncDispose]();
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "a checkpoint failed"],
      ["warn", "the write-ahead log stays beside the database until the next start"],
    ]);
    // On a disk with room all of it is there.
    using larger = testFolder();
    const copy = larger.file("orchestrator.db");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
    await openOnce(copy);
    await expectWhole(copy, stored);
  });

  test("where the index of the log finds no room, while the log itself would: 507, and it goes on once there is some", async () => {
    using disk = smallDisk(32 * MB);
    if (disk === null) return;
    const path = disk.file("orchestrator.db");
    await writeNewDatabase(path);
    await using db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
    // Who reads there keeps the log from beginning anew.
    await using reader = await openForeignWriter(path);
    await db.systemLogs.append(aSystemLog());
    await reader.run("begin");
    await reader.run("select count(*) from system_logs");
    const logSize = () => statSync(`${path}-wal`).size;
    const append = (bytes: number) => db.systemLogs.append(aSystemLog({ details: "x".repeat(bytes) }));
    let stored = 1;
    // The first part of the index holds 4062 frames; large writes that do not go together would step over its end.
    while (logSize() < 3700 * 4120) stored += (await Promise.all([1, 2, 3, 4].map(() => append(30_000)))).length;
    for (; logSize() < 4000 * 4120; stored += 1) await append(10);
    // Room for the eight frames of a write that begins before that end and ends behind it; not for 32 KB of index after one.
    disk.fill(4062 * 4120 - logSize() + 34 * 1024);
    const refused = await (async () => {
      for (; ; stored += 1) await append(10);
    })().catch((error: unknown) => error as StoreFull);
    expect(refused).toBeInstanceOf(StoreFull);
    expect((refused.cause as { code: string }).code).toBe("SQLITE_IOERR_SHMSIZE");
    expect((await db.health()).writer).toEqual({ state: "refused", reason: "disk_full" });
    expect((await db.health()).damage).toBe(null);
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: stored }]);
    disk.empty();
    await append(10);
    expect((await db.health()).writer).toEqual({ state: "ready" });
    await reader.run("commit");
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: stored + 1 }]);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  }, 20_000);

  test("a start without room for the index of the log says so in one line, and starts once there is some", async () => {
    using disk = smallDisk(2 * MB);
    if (disk === null) return;
    const path = disk.file("orchestrator.db");
    await writeNewDatabase(path);
    disk.fill();
    const refused = await runProgram(disk.path, { PORT: "0", DATABASE_PATH: path });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^cannot use the database \S+: its disk is full; free some space and start again\n$/,
    );
    disk.empty();
    await openOnce(path);
  });

  test("a new database on a full disk is refused in one line", async () => {
    using disk = smallDisk(64 * 1024);
    if (disk === null) return;
    disk.fill();
    const { code, stderr } = await runProgram(disk.path, { PORT: "0", DATABASE_PATH: disk.file("new.db") });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*disk is full[^\n]*\n$/);
  });

  test("the text index waits for room and then catches up; jobs of upkeep are logged and come again", async () => {
    using disk = smallDisk(6 * MB);
    if (disk === null) return;
    const path = disk.file("orchestrator.db");
    await writeNewDatabase(path);
    setSince(path, 0);
    // Enough that what failed writes have left of the log is no room for their removal.
    script(
      path,
      `insert into system_logs (component, message, created_at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 500)
        select 'old', printf('%.900c', 'x'), '2020-01-01 10:00:00' from n`,
    );
    const config = { databasePath: path, host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info" as const };
    await using server = await testServer(path, { config: { ...config, ...KEEP_ALL, retentionDays: 30 } });
    // Who reads there keeps the log from beginning anew: whatever is written needs room.
    await using reader = await openForeignWriter(path);
    await reader.run("begin");
    await reader.run("select count(*) from system_logs");
    disk.fill(300_000);
    await writeUntilFull(server.call);
    disk.fill();
    const find = (message: string) => server.log.lines.filter((line) => line.message === message);
    expect((await server.call("POST", "/api/storage/purge")).status).toBe(202);
    await until("upkeep to meet the full disk", () => find("upkeep failed").length > 0);
    await until("the index to meet it", () => find("texts cannot be indexed; trying again").length > 0);
    disk.empty();
    await reader.run("commit");
    await server.call("POST", "/api/system/logs", { component: "c", message: "unmistakable" });
    await until("the text index", async () => {
      const { body } = await server.call("GET", "/api/system/logs?q=unmistakable");
      return body.length === 1;
    });
    expect((await server.call("POST", "/api/storage/purge")).status).toBe(202);
    await until("the purge", async () => {
      const { body } = await server.call("GET", "/api/system/logs?component=retention");
      return body.length === 1;
    });
    expect(find("upkeep failed")).toHaveLength(1);
  }, 20_000);
});
