import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { StoreBusy } from "#src/database/manager.ts";
import { openDatabase, restoreDatabase } from "#src/database/open.ts";
import { partialName } from "#src/database/partial.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { contents } from "#test/support/contents.ts";
import {
  expectConsistent,
  feedOf,
  headOf,
  later,
  namesIn,
  NEWER,
  oldSchema,
  ours,
  replacedIn,
  RESTORED_AT as NOW,
  restore,
  spoil,
  withBackup,
} from "#test/support/copies.ts";
import { openOnce, query, script, storedRows } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";

describe("a restore", () => {
  test("puts the backup in place, as a new history, and keeps the old database beside it", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    const feed = feedOf(path);
    const untouched = contents(folder)["b.db"];
    const restored = restore(path, file);
    const replaced = `${path}.replaced-20260205T103000Z`;
    expect(restored).toMatchObject({ replaced, headSeq: headOf(file), bytes: statSync(path).size, feed: feedOf(path) });
    expect([later(path), later(replaced)]).toEqual([0, 2]);
    expect(feedOf(path)).toMatch(/^[\da-f]{32}$/);
    expect(feedOf(path)).not.toBe(feed);
    expect([feedOf(file), feedOf(replaced)]).toEqual([feed, feed]);
    expect(headOf(path)).toBe(headOf(file));
    expectConsistent(path);
    expect(query(path, "select rowid, id from agents")).toEqual(query(file, "select rowid, id from agents"));
    expect(query(path, "pragma auto_vacuum")).toEqual([{ auto_vacuum: 2 }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(contents(folder)["b.db"]).toBe(untouched);
    expect(namesIn(folder)).toEqual(["b.db", "orchestrator.db", "orchestrator.db.replaced-20260205T103000Z"]);
    // Another one within the same second replaces nothing that is kept.
    expect(restore(path, file).replaced).toBe(`${replaced}-2`);
    expect(later(replaced)).toBe(2);
  });

  test("makes a database that is not there yet, unless somebody makes one meanwhile", async () => {
    using folder = testFolder();
    const { file } = await withBackup(folder);
    const path = folder.file("x.db");
    expect(restore(path, file)).toMatchObject({ replaced: null, feed: feedOf(path) });
    expect(storedRows(path)["agents"]).toEqual(storedRows(file)["agents"]!);
    const other = folder.file("y.db");
    expect(() => restore(other, file, () => writeFileSync(other, "theirs"))).toThrow(StoreBusy);
    expect(readFileSync(other, "utf8")).toBe("theirs");
  });

  test("replaces the file that a link leads to", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    symlinkSync(path, folder.file("link.db"));
    restore(folder.file("link.db"), file);
    expect([later(path), later(folder.file("link.db")), later(replacedIn(folder))]).toEqual([0, 0, 2]);
  });

  test("takes a backup of an older schema, which the next start migrates", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    for (const migrations of [1, 4]) {
      const file = folder.file(`old-${migrations}.db`);
      oldSchema(file, migrations);
      const { schema, feed } = restore(path, file);
      expect([schema, feed === null]).toEqual([migrations, migrations === 1]);
      await openOnce(path);
      expect(query(path, "select id from orchestrator_agents")).toEqual([{ id: "d" }]);
      if (feed !== null) expect([feedOf(path), feed === feedOf(file)]).toEqual([feed, false]);
    }
  });

  test.each(FIXTURES)("takes the ancestor's %s, of which a migration made a copy once", async (fixture) => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    const agents = query(path, "select count(*) as n from orchestrator_agents");
    await openOnce(path);
    const copy = namesIn(folder).find((name) => name.includes(".backup-0-"));
    restore(path, folder.file(copy!));
    await openOnce(path);
    expect(query(path, "select count(*) as n from orchestrator_agents")).toEqual(agents);
  });

  test("lets nothing be removed for its age that the backup brought back, and leaves no lease to anybody", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    script(file, "update orchestrator_meta set value = '1000' where key = 'retention_since'");
    script(file, "insert into orchestrator_leases values ('retention', 'x', 9000000000000)");
    restore(path, file);
    const since = query(path, "select value from orchestrator_meta where key = 'retention_since'");
    expect(since).toEqual([{ value: String(NOW) }]);
    expect(query(path, "select * from orchestrator_leases")).toEqual([]);
  });
});

describe("a restore over", () => {
  type Case = { readonly what: string; readonly spoilt: (path: string) => void };
  const CASES: readonly Case[] = [
    { what: "a database whose first page is gone", spoilt: (path) => spoil(path, 0) },
    { what: "a database with a page of rubbish", spoilt: (path) => spoil(path, 3) },
    { what: "a database that was cut off", spoilt: (path) => truncateSync(path, 9000) },
    { what: "an empty file", spoilt: (path) => writeFileSync(path, "") },
    { what: "a database of a newer version", spoilt: (path) => script(path, NEWER) },
  ];

  test.each(CASES)("$what keeps it beside", async ({ spoilt }) => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    spoilt(path);
    // But for its journal mode, which may change and is told on the first page.
    const rest = (of: string) => readFileSync(of).subarray(4096).toString("base64");
    const before = rest(path);
    restore(path, file);
    expectConsistent(path);
    expect(later(path)).toBe(0);
    expect(rest(replacedIn(folder)) === before).toBe(true);
  });

  test.each([
    { what: "one that cannot be read", spoilt: (path: string) => spoil(path, 0) },
    { what: "an empty one", spoilt: (path: string) => writeFileSync(path, "") },
  ])("$what moves the log that lies beside it too", async ({ spoilt }) => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    spoilt(path);
    writeFileSync(`${path}-wal`, "what is left of a log");
    const { replaced } = restore(path, file);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(readFileSync(`${replaced}-wal`, "utf8")).toBe("what is left of a log");
    expectConsistent(path);
  });
});

describe("a restore refuses, with everything as it was,", () => {
  test("while another process has the database open and does nothing; once that has gone, it goes on", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    {
      await using other = await openForeignWriter(path);
      await other.run("select count(*) from agents");
      expect(() => restore(path, file)).toThrow(StoreBusy);
      expect(query(path, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
      await other.run("insert into system_logs (component, message) values ('later', 'z')");
      expect([later(path), namesIn(folder)]).toEqual([3, ["b.db", "orchestrator.db"]]);
    }
    restore(path, file);
    expect([later(path), later(replacedIn(folder))]).toEqual([0, 3]);
  });

  test("for others while it is under way: nobody writes what would be lost", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    await using other = await openForeignWriter(path);
    await other.run("pragma busy_timeout = 0");
    let asked: Promise<unknown> | undefined;
    restore(path, file, () => {
      asked ??= other.run("insert into system_logs (component, message) values ('later', 'z')").catch(String);
      Bun.sleepSync(50);
    });
    expect(await asked).toContain("locked");
    expect(later(path)).toBe(0);
  });

  type Case = { readonly what: string; readonly given: (file: string, path: string) => unknown; readonly says: RegExp };
  const CASES: readonly Case[] = [
    { what: "a backup that is not there", given: () => {}, says: /^there is no file \S+$/ },
    { what: "a folder", given: (file) => mkdirSync(file), says: /is not a file$/ },
    {
      what: "an empty backup",
      given: (file) => writeFileSync(file, ""),
      says: /is no backup of this program; nothing/,
    },
    {
      what: "a text",
      given: (file) => writeFileSync(file, "dear diary\n".repeat(999)),
      says: /cannot be read \(file is not a database\): take another backup$/,
    },
    {
      what: "a stranger's file",
      given: (file) => script(file, "create table songs (title text)"),
      says: /is no backup of this program/,
    },
    {
      what: "a backup of a newer version",
      given: (file) => ours(file, NEWER),
      says: /has schema 999, this program knows \d+: start a newer version of it$/,
    },
    {
      what: "a backup of another history",
      given: (file) => ours(file, "update orchestrator_migrations set checksum = 'x' where version = 2"),
      says: /was migrated by another build/,
    },
    {
      what: "a backup with a page of rubbish",
      given: async (file) => {
        await ours(file);
        spoil(file, 6);
      },
      says: /is damaged \(|cannot be read \(/,
    },
    {
      what: "a backup that was cut off",
      given: async (file) => {
        await ours(file);
        truncateSync(file, 4096 * 20);
      },
      says: /is damaged \(|cannot be read \(/,
    },
    { what: "the database itself", given: (file, path) => linkSync(path, file), says: /is the database itself$/ },
  ];

  test.each(CASES)("$what", async ({ given, says }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, "pragma journal_mode = wal");
    await given(folder.file("b.db"), path);
    const before = contents(folder);
    expect(() => restore(path, folder.file("b.db"))).toThrow(DatabaseUnusable);
    expect(() => restore(path, folder.file("b.db"))).toThrow(says);
    expect(namesIn(folder)).toEqual(Object.keys(before).filter((name) => !/-(shm|wal)$/.test(name)));
    expect(contents(folder)["orchestrator.db"]).toBe(before["orchestrator.db"]!);
  });

  test("to replace another program's database", async () => {
    using folder = testFolder();
    const { file } = await withBackup(folder);
    const path = folder.file("songs.db");
    script(path, "create table songs (title text)");
    const before = contents(folder)["songs.db"];
    expect(() => restore(path, file)).toThrow(/belongs to another program; it was left as it is$/);
    expect(contents(folder)["songs.db"]).toBe(before);
  });

  test("when it cannot be moved to its place: the old database is there, in its mode", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    const partial = partialName(path, folder.path);
    const lose = ({ step }: { step: string }) => {
      if (step === "placing") renameSync(partial, folder.file("stolen"));
    };
    expect(() => restoreDatabase({ from: file, path, partial, nowMillis: NOW }, lose)).toThrow();
    expect([later(path), query(path, "pragma journal_mode")]).toEqual([2, [{ journal_mode: "wal" }]]);
  });
});

test("a restore killed between its last two moves has left the old database; the next one takes its second name away", async () => {
  using folder = testFolder();
  const { path, file } = await withBackup(folder);
  const second = `${path}.replaced-20260205T102900Z`;
  const mine = `${path}.replaced-20250205T103000Z`;
  linkSync(path, second);
  copyFileSync(path, mine);
  expect(later(path)).toBe(2);
  restore(path, file);
  expect([existsSync(second), existsSync(mine)]).toEqual([false, true]);
  expect(readdirSync(folder.path).filter((name) => name.includes(".replaced-"))).toHaveLength(2);
});

test("a start that meets a file which is replaced while it opens it does not serve what was there before", async () => {
  using folder = testFolder();
  const { path, file } = await withBackup(folder);
  oldSchema(folder.file("old.db"), 5);
  renameSync(folder.file("old.db"), path);
  const log = memoryLog();
  const replaceOnce = () => {
    if (existsSync(file)) renameSync(file, path);
  };
  const opening = openDatabase({ path, clock: () => NOW, log: { ...log, debug: replaceOnce } });
  await expect(opening).rejects.toThrow(/was replaced while it was opened: start again$/);
  await openOnce(path);
  expect(query(path, "select id from agents")).toEqual([{ id: "a" }]);
});
