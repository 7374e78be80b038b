import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { createCheckpoints, logBytes } from "#src/database/sqlite/checkpoint.ts";
import { openWriter } from "#src/database/sqlite/connection.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { until } from "#test/support/until.ts";

const MB = 1024 * 1024;

/** A connection over one table, whose log is cut from 1 MB on. */
function stage() {
  const folder = testFolder();
  const path = folder.file("log.db");
  using made = new Database(path);
  made.run("pragma journal_mode = wal");
  made.run("create table t (id integer primary key, text)");
  const db = openWriter(path);
  const log = memoryLog();
  const checkpoints = createCheckpoints(db, MB, log);
  const progress = () => db.query<{ log: number; checkpointed: number }, []>("pragma wal_checkpoint(noop)").get()!;
  return {
    path,
    db,
    log,
    checkpoints,
    progress,
    /** Commits so many kilobytes. */
    write(kilobytes: number) {
      checkpoints.beforeBatch();
      db.run("insert into t (text) values (?)", ["x".repeat(kilobytes * 1024)]);
      checkpoints.afterBatch();
    },
    walBytes: () => statSync(`${path}-wal`).size,
    [Symbol.dispose]() {
      checkpoints.close();
      db.close(true);
      folder[Symbol.dispose]();
    },
  };
}

test("no commit checkpoints by itself", () => {
  using on = stage();
  on.checkpoints.close();
  for (let batch = 0; batch < 60; batch += 1) on.db.run("insert into t (text) values (?)", ["x".repeat(100_000)]);
  expect(on.progress()).toMatchObject({ checkpointed: 0 });
  expect(on.progress().log).toBeGreaterThan(1400);
});

test("the log is copied after a batch, when the thread is free", async () => {
  using on = stage();
  on.write(300);
  expect(on.progress()).toMatchObject({ checkpointed: 0 });
  on.write(300);
  expect(on.progress()).toMatchObject({ checkpointed: 0 });
  await until("the log to be copied", () => on.progress().checkpointed === on.progress().log);
});

test("a small log is copied when nobody has written for a while", async () => {
  using on = stage();
  on.write(1);
  await until("the log to be copied", () => on.progress().checkpointed === on.progress().log);
});

test("without a pause between batches the log stays within its bound and a batch", () => {
  using on = stage();
  let most = 0;
  for (let batch = 0; batch < 100; batch += 1) {
    on.write(200);
    most = Math.max(most, on.walBytes());
  }
  expect(most).toBeLessThan(1.4 * MB);
});

test("a reader that stays makes it grow, and no batch waits long; when it is gone the log is small again", async () => {
  using on = stage();
  using reader = new Database(on.path, { readonly: true });
  on.write(100);
  reader.run("begin");
  reader.query("select count(*) from t").get();
  for (let batch = 0; batch < 40; batch += 1) on.write(200);
  expect(on.walBytes()).toBeGreaterThan(4 * MB);
  reader.run("commit");
  on.write(2000);
  await until("the log to be copied", () => on.progress().checkpointed === on.progress().log);
  on.write(1);
  expect(on.progress().log).toBeLessThan(10);
  expect(on.log.lines).toMatchObject([
    { level: "warn", message: "the write-ahead log grows: somebody reads the database without end" },
  ]);
});

test("what a reader keeps in the log counts as held until it is gone, and is told anew when it comes again", () => {
  using on = stage();
  for (let round = 1; round <= 2; round += 1) {
    using reader = new Database(on.path, { readonly: true });
    reader.run("begin");
    reader.query("select count(*) from t").get();
    for (let batch = 0; batch < 20; batch += 1) on.write(200);
    on.checkpoints.copy();
    expect(on.checkpoints.heldBytes()).toBeWithin(on.walBytes() - 100_000, on.walBytes() + 1);
    expect(on.log.lines).toHaveLength(round);
    reader.run("commit");
    on.checkpoints.copy();
    expect(on.checkpoints.heldBytes()).toBe(0);
  }
});

test("a reader of the newest in the log keeps it from being cut too", () => {
  using on = stage();
  using reader = new Database(on.path, { readonly: true });
  on.write(3000);
  reader.run("begin");
  reader.query("select count(*) from t").get();
  on.checkpoints.copy();
  expect(on.progress().checkpointed).toBe(on.progress().log);
  expect(on.checkpoints.heldBytes()).toBeGreaterThan(2 * MB);
  reader.run("commit");
  on.checkpoints.copy();
  expect(on.checkpoints.heldBytes()).toBe(0);
});

test("a checkpoint that fails is logged, and writing goes on", async () => {
  using on = stage();
  on.write(300);
  on.db.run("begin immediate");
  on.db.run("insert into t (text) values (?)", ["x".repeat(MB)]);
  on.checkpoints.afterBatch();
  expect(on.log.lines).toMatchObject([{ level: "warn", message: "a checkpoint failed" }]);
  on.db.run("commit");
  on.write(600);
  await until("the log to be copied", () => on.progress().checkpointed === on.progress().log);
});

test("a log may take an eighth of the limit, and 64 MB at most", () => {
  expect(logBytes(null)).toBe(64 * MB);
  expect(logBytes(4096 * MB)).toBe(64 * MB);
  expect(logBytes(16 * MB)).toBe(2 * MB);
});
