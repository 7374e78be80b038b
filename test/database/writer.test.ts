import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { setImmediate as nextTick } from "node:timers/promises";
import { DecisionOutdated, StoreBusy, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { openWriter } from "#src/database/sqlite/connection.ts";
import { createWriter, type Writer } from "#src/database/sqlite/writer.ts";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { until } from "#test/support/until.ts";

type Stage = AsyncDisposable & {
  readonly path: string;
  readonly db: Database;
  readonly writer: Writer;
  /** Commits that somebody was told of. */
  readonly commits: () => number;
  readonly insert: (id: number) => Promise<void>;
  readonly ids: () => number[];
};

/** A writer over one small table. */
function stage(): Stage {
  const folder = testFolder();
  const path = folder.file("writer.db");
  using made = new Database(path);
  made.run("pragma journal_mode = wal");
  made.run("create table t (id integer primary key, text)");
  const db = openWriter(path);
  let commits = 0;
  const writer = createWriter(db, () => void (commits += 1));
  return {
    path,
    db,
    writer,
    commits: () => commits,
    insert: (id) => writer.write(() => void writer.prepare("insert into t values ($id, 'x')").run({ id })),
    ids: () => query(path, "select id from t order by id").map((row) => Number(row["id"])),
    async [Symbol.asyncDispose]() {
      await writer.close();
      db.close(true);
      folder[Symbol.dispose]();
    },
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("all writes of a tick are one commit", async () => {
  await using on = stage();
  using watcher = new Database(on.path, { readonly: true });
  const version = () => watcher.query<{ data_version: number }, []>("pragma data_version").get()!.data_version;
  const before = version();
  await Promise.all(upTo(20).map(on.insert));
  expect(on.commits()).toBe(1);
  expect(version()).toBe(before + 1);
  expect(on.ids()).toEqual(upTo(20));
});

test("many writes are few commits, and all of them are stored in order", async () => {
  await using on = stage();
  await Promise.all(upTo(2000).map(on.insert));
  expect(on.commits()).toBeLessThan(1000);
  expect(on.ids()).toEqual(upTo(2000));
});

test("invariant 3: a write is answered after its commit: another connection sees it then, and not before", async () => {
  await using on = stage();
  let seenInside: number[] | null = null;
  const answer = on.writer.write(() => {
    on.writer.prepare("insert into t values ($id, 'x')").run({ id: 1 });
    seenInside = on.ids();
    return "stored";
  });
  expect(on.ids()).toEqual([]);
  expect(await answer).toBe("stored");
  expect(seenInside as number[] | null).toEqual([]);
  expect(on.ids()).toEqual([1]);
});

test("invariant 5: a write that fails is undone whole and alone; its batch mates are stored", async () => {
  await using on = stage();
  const settled = await Promise.allSettled([
    on.insert(1),
    on.writer.write(() => {
      on.writer.prepare("insert into t values ($id, 'x')").run({ id: 2 });
      throw new Error("mine");
    }),
    on.insert(1),
    on.writer.write(() => {
      throw new DecisionOutdated("moved");
    }),
    on.insert(3),
  ]);
  expect(settled.map((one) => (one.status === "fulfilled" ? "stored" : (one.reason as Error).name))).toEqual([
    "stored",
    "Error",
    "DecisionOutdated",
    "DecisionOutdated",
    "stored",
  ]);
  expect(on.commits()).toBe(1);
  expect(on.ids()).toEqual([1, 3]);
});

test("nobody is told of a batch in which every write failed", async () => {
  await using on = stage();
  const failing = on.writer.write(() => {
    throw new Error("mine");
  });
  await expect(failing).rejects.toThrow("mine");
  expect(on.commits()).toBe(0);
});

test("invariant 4: a lock of another process is waited for while the event loop goes on", async () => {
  await using on = stage();
  await using other = await openForeignWriter(on.path);
  await other.run("begin immediate");
  let answered = false;
  const answers = Promise.all([on.insert(1), on.insert(2)]).then(() => (answered = true));
  for (let ticks = 200; ticks > 0; ticks -= 1) await nextTick();
  expect(answered).toBe(false);
  expect(on.ids()).toEqual([]);
  await other.run("commit");
  await answers;
  expect(on.ids()).toEqual([1, 2]);
});

test("a lock held for five seconds gives StoreBusy and stores nothing; later writes work", async () => {
  await using on = stage();
  await using other = await openForeignWriter(on.path);
  await other.run("begin immediate");
  const started = performance.now();
  const refusal: unknown = await on.insert(1).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreBusy);
  expect(performance.now() - started).toBeGreaterThan(4_900);
  await other.run("rollback");
  await on.insert(2);
  expect(on.ids()).toEqual([2]);
}, 20_000);

test("a full disk gives StoreFull, stores nothing of the batch, and ends when there is room", async () => {
  await using on = stage();
  const { page_count: pages } = on.db.query<{ page_count: number }, []>("pragma page_count").get()!;
  on.db.run(`pragma max_page_count = ${pages + 2}`);
  const settled = await Promise.allSettled([
    on.insert(1),
    on.writer.write(() => void on.writer.prepare("insert into t values (2, $text)").run({ text: "x".repeat(100_000) })),
    on.insert(3),
  ]);
  expect(settled[1]).toMatchObject({ status: "rejected", reason: expect.any(StoreFull) });
  const stored = settled.flatMap((one, index) => (one.status === "fulfilled" ? [index + 1] : []));
  expect(on.ids()).toEqual(stored);
  on.db.run("pragma max_page_count = 100000");
  await on.insert(4);
  expect(on.ids()).toEqual([...stored, 4]);
});

test("a savepoint that cannot be ended fails its batch as a whole, and later writes work", async () => {
  await using on = stage();
  const settled = await Promise.allSettled([
    on.insert(1),
    on.writer.write(() => void on.db.run("release job")),
    on.insert(3),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  expect(on.ids()).toEqual([3]);
  await on.insert(4);
  expect(on.ids()).toEqual([3, 4]);
});

test("closing waits for what is queued, and refuses later writes", async () => {
  const on = stage();
  const answers = Promise.all(upTo(300).map(on.insert));
  const closed = on.writer.close();
  await expect(on.insert(999)).rejects.toBeInstanceOf(StoreBusy);
  await closed;
  expect(on.ids()).toEqual(upTo(300));
  await answers;
  await on[Symbol.asyncDispose]();
});

test("the lock is left free for a millisecond now and then, though the queue runs empty between writes", async () => {
  await using on = stage();
  const insert = on.writer.prepare("insert into t default values");
  const pauses: number[] = [];
  let freed = performance.now();
  for (let writes = 0; writes < 20_000 && pauses.length < 10; writes += 1) {
    await on.writer.write(() => {
      const pause = performance.now() - freed;
      if (pause >= 0.9) pauses.push(pause);
      insert.run({});
    });
    freed = performance.now();
  }
  expect(pauses).toHaveLength(10);
});

test("another process gets its turn while this one writes without end", async () => {
  await using on = stage();
  await using other = await openForeignWriter(on.path);
  const stopping = new AbortController();
  const writing = upTo(8).map(async (worker) => {
    for (let id = worker * 1_000_000; !stopping.signal.aborted; id += 1) await on.insert(id);
  });
  await until("writing to begin", () => on.commits() > 10);
  for (let turn = 1; turn <= 3; turn += 1) {
    await other.run("begin immediate");
    await other.run(`insert into t values (${turn}, 'other')`);
    await other.run("commit");
  }
  stopping.abort();
  await Promise.all(writing);
  expect(query(on.path, "select count(*) as n from t where text = 'other'")).toEqual([{ n: 3 }]);
}, 40_000);

test("beyond what may wait a write is refused at once, and nothing of it is stored; later writes work", async () => {
  await using on = stage();
  const waiting = upTo(10_000).map(on.insert);
  await expect(on.insert(10_001)).rejects.toBeInstanceOf(StoreOverloaded);
  await Promise.all(waiting);
  await on.insert(10_002);
  expect(on.ids()).toEqual([...upTo(10_000), 10_002]);
});

test("a small write does not stand behind a line of large ones", async () => {
  await using on = stage();
  const order: string[] = [];
  const large = (name: number) =>
    on.writer
      .write(
        () => {
          for (let row = 0; row < 1000; row += 1) on.writer.prepare("insert into t default values").run({});
        },
        { weight: 1000 },
      )
      .then(() => order.push(`large ${name}`));
  await Promise.all([...upTo(20).map(large), on.insert(1_000_000).then(() => order.push("small"))]);
  expect(order).toEqual(["small", ...upTo(20).map((name) => `large ${name}`)]);
});

test("upkeep writes when nobody else does, and also while others write without end", async () => {
  await using on = stage();
  const upkeep = (id: number) =>
    on.writer.write(() => void on.writer.prepare("insert into t values ($id, 'upkeep')").run({ id }), {
      background: true,
    });
  await upkeep(1);
  const stopping = new AbortController();
  const writing = upTo(4).map(async (worker) => {
    for (let id = worker * 1_000_000; !stopping.signal.aborted; id += 1) await on.insert(id);
  });
  await until("writing to begin", () => on.commits() > 10);
  for (const id of [2, 3, 4, 5]) await upkeep(id);
  stopping.abort();
  await Promise.all(writing);
  // One last that is waiting when the writer closes is written.
  const last = upkeep(6);
  await on.writer.close();
  await last;
  expect(query(on.path, "select id from t where text = 'upkeep'").map(({ id }) => id)).toEqual(upTo(6));
});
