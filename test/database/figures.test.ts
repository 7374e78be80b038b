import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { StoreAtLimit, StoreBusy, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { openWriter } from "#src/database/sqlite/connection.ts";
import { createWriter } from "#src/database/sqlite/writer.ts";
import { testFolder } from "#test/support/folder.ts";

/** A writer over one small table. */
function stage(limit: Parameters<typeof createWriter>[2] = null) {
  const folder = testFolder();
  const path = folder.file("writer.db");
  using made = new Database(path);
  made.run("pragma journal_mode = wal");
  made.run("create table t (id integer primary key, text)");
  const db = openWriter(path);
  const writer = createWriter(db, () => {}, limit);
  return {
    db,
    writer,
    insert:
      (text = "x") =>
      () =>
        void writer.prepare("insert into t (text) values ($text)").run({ text }),
    async [Symbol.asyncDispose]() {
      await writer.close();
      db.close(true);
      folder[Symbol.dispose]();
    },
  };
}

test("what waits is counted by line; then it is one batch, or two", async () => {
  await using on = stage();
  const { writer } = on;
  const writes = [
    writer.write(on.insert()),
    writer.write(on.insert()),
    writer.write(on.insert(), { weight: 1000 }),
    writer.write(on.insert(), { background: true }),
  ];
  expect(writer.figures.waiting).toEqual({ again: 0, small: 2, large: 1, background: 1 });
  await Promise.all(writes);
  const { waiting, batchWrites, commitSeconds } = writer.figures;
  expect(waiting).toEqual({ again: 0, small: 0, large: 0, background: 0 });
  expect(batchWrites.sum).toBe(4);
  const batches = batchWrites.counts.reduce((sum, count) => sum + count);
  expect(batches).toBeLessThan(4);
  expect(commitSeconds.counts.reduce((sum, count) => sum + count)).toBe(batches);
});

test("a batch in which nothing was written counts as none", async () => {
  await using on = stage();
  const fails = on.writer.write(() => {
    throw new Error("no");
  });
  await expect(fails).rejects.toThrow("no");
  expect(on.writer.figures.batchWrites.sum).toBe(0);
  expect(on.writer.figures.refused).toEqual({ overloaded: 0, busy: 0, disk_full: 0, limit: 0, damaged: 0 });
});

test("refused as too many: each is counted", async () => {
  await using on = stage();
  const answers = await Promise.allSettled(Array.from({ length: 10_003 }, () => on.writer.write(() => {})));
  const refused = answers.filter(({ status }) => status === "rejected");
  expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ reason: expect.any(StoreOverloaded) })));
  expect(on.writer.figures.refused.overloaded).toBe(3);
});

test("refused on a full disk", async () => {
  await using on = stage();
  const { page_count: pages } = on.db.query<{ page_count: number }, []>("pragma page_count").get()!;
  on.db.run(`pragma max_page_count = ${pages}`);
  await expect(on.writer.write(on.insert("x".repeat(100_000)))).rejects.toBeInstanceOf(StoreFull);
  expect(on.writer.figures.refused.disk_full).toBe(1);
});

test("refused at the limit of the store, and as busy", async () => {
  const checkpoints = { beforeBatch() {}, afterBatch() {}, copy() {}, close() {}, heldBytes: () => 0 };
  const limit = {
    refusal: () => new StoreAtLimit("nothing is left that may be removed"),
  };
  await using full = stage({ limit, checkpoints } as unknown as Parameters<typeof createWriter>[2]);
  await expect(full.writer.write(full.insert())).rejects.toBeInstanceOf(StoreAtLimit);
  expect(full.writer.figures.refused.limit).toBe(1);
  await using on = stage();
  const busy = on.writer.write(() => {
    throw new StoreBusy("another process holds the database");
  });
  await expect(busy).rejects.toBeInstanceOf(StoreBusy);
  expect(on.writer.figures.refused.busy).toBe(1);
});
