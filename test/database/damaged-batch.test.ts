import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { StoreAtLimit } from "#src/database/manager.ts";
import { openWriter } from "#src/database/sqlite/connection.ts";
import { createWriter } from "#src/database/sqlite/writer.ts";
import { damagePages, pagesOf } from "#test/support/damage.ts";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";

/** A writer over two tables, one of which lies on a damaged page. */
function stage(bounds: Parameters<typeof createWriter>[2] = null) {
  const folder = testFolder();
  const path = folder.file("writer.db");
  {
    using made = new Database(path);
    made.run("pragma journal_mode = wal");
    made.run("create table t (id integer primary key)");
    made.run("create table damaged (id integer primary key)");
  }
  damagePages(path, ...pagesOf(path, "damaged"));
  const db = openWriter(path);
  let commits = 0;
  const writer = createWriter(db, () => (commits += 1), bounds);
  const insert = (id: number) => writer.prepare("insert into t values ($id)").run({ id });
  const meet = () => writer.prepare("insert into damaged values (1)").run({});
  return {
    writer,
    insert,
    meet,
    commits: () => commits,
    ids: () => query(path, "select id from t order by id").map((row) => Number(row["id"])),
    async [Symbol.asyncDispose]() {
      await writer.close();
      db.close(true);
      folder[Symbol.dispose]();
    },
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const namesOf = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((one) => (one.status === "fulfilled" ? "stored" : (one.reason as Error).name));

test("invariant 5: one that meets damage fails alone; its batch mates are stored, by one more commit", async () => {
  await using on = stage();
  const { writer } = on;
  const settled = await Promise.allSettled(
    upTo(21).map((id) => writer.write(() => void (id === 11 ? on.meet() : on.insert(id)))),
  );
  expect(namesOf(settled)).toEqual(upTo(21).map((id) => (id === 11 ? "StoreDamaged" : "stored")));
  expect(on.ids()).toEqual(upTo(21).filter((id) => id !== 11));
  // Those before it, again and together, and those behind it.
  expect(on.commits()).toBe(2);
  expect(writer.figures.batchWrites.sum).toBe(20);
  expect(writer.figures.refused.damaged).toBe(1);
});

test("while it is met by one of eight, a batch is still most of a batch", async () => {
  await using on = stage();
  const settled = await Promise.allSettled(
    upTo(160).map((id) => on.writer.write(() => void (id % 8 === 0 ? on.meet() : on.insert(id)))),
  );
  expect(namesOf(settled).filter((name) => name === "stored")).toHaveLength(140);
  expect(on.ids()).toHaveLength(140);
  // 21, where no batch has to end early for its time.
  expect(on.commits()).toBeLessThan(40);
});

test("met again by those who run once more, each runs alone, and only who meets it fails", async () => {
  await using on = stage();
  const { writer } = on;
  let runs = 0;
  const settled = await Promise.allSettled([
    writer.write(() => void on.insert(1)),
    writer.write(() => void on.insert(2)),
    // Well the first time, damaged the second.
    writer.write(() => void ((runs += 1) === 1 ? on.insert(3) : on.meet())),
    writer.write(() => void on.insert(4)),
    writer.write(() => void on.meet()),
    writer.write(() => void on.insert(6)),
  ]);
  expect(namesOf(settled)).toEqual(["stored", "stored", "StoreDamaged", "stored", "StoreDamaged", "stored"]);
  expect(on.ids()).toEqual([1, 2, 4, 6]);
  // 1 and 2, each alone; 4, which was behind it; 6.
  expect(on.commits()).toBe(4);
});

test("those who run once more and find the store at its limit are told apart", async () => {
  let settles = 0;
  const alone: boolean[] = [];
  const limit = {
    refusal: () => null,
    begin: (isAlone: boolean) => (alone.push(isAlone), "ready" as const),
    settle: () => ((settles += 1) === 1 ? new StoreAtLimit("nothing is left that may be removed") : null),
    undone() {},
  };
  const checkpoints = { beforeBatch() {}, afterBatch() {} };
  await using on = stage({ limit, checkpoints } as unknown as Parameters<typeof createWriter>[2]);
  const { writer } = on;
  const settled = await Promise.allSettled([
    writer.write(() => void on.insert(1)),
    writer.write(() => void on.insert(2)),
    writer.write(() => void on.meet()),
  ]);
  expect(namesOf(settled)).toEqual(["stored", "stored", "StoreDamaged"]);
  // All three, the first two together, and each of them.
  expect(alone).toEqual([false, false, true, true]);
  expect(on.ids()).toEqual([1, 2]);
});
