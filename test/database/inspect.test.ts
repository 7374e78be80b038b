import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  chmodSync,
  closeSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { inspectDatabase } from "#src/database/open.ts";
import { contents } from "#test/support/contents.ts";
import { openOnce, script, testDatabase } from "#test/support/database.ts";
import { copyFixture, FIXTURES, type TestFolder, testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";

const NEWEST = SQLITE_MIGRATIONS.length;

/** Overwrites pages in the middle of a file. */
function damage(path: string): void {
  const file = openSync(path, "r+");
  for (let page = 8; page < 20; page += 1) writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, page * 4096);
  closeSync(file);
}

type Case = {
  readonly what: string;
  readonly given: (path: string, folder: TestFolder) => unknown;
  readonly found: { readonly [Name in keyof Inspection]?: unknown };
};

const ENGINE = expect.stringMatching(/^SQLite 3\.\d+\.\d+$/);

const CASES: readonly Case[] = [
  { what: "nothing", given: () => {}, found: { kind: "missing", schema: null, bytes: 0, mode: null, fault: null } },
  {
    what: "nothing but what was written to a database",
    given: (path) => writeFileSync(`${path}-wal`, Buffer.alloc(5000)),
    found: {
      kind: "missing",
      fault: expect.stringMatching(/^its file is missing or empty, and \S+-wal holds what was written to it$/),
      advice: expect.stringMatching(/bring back a backup/),
    },
  },
  {
    what: "an empty file",
    given: (path) => writeFileSync(path, "", { mode: 0o640 }),
    found: { kind: "empty", schema: null, bytes: 0, mode: 0o640, fault: null },
  },
  {
    what: "a database of ours",
    given: openOnce,
    found: { kind: "ours", schema: NEWEST, mode: 0o600, bytes: expect.any(Number), fault: null },
  },
  {
    what: "a database of ours that others may read",
    given: async (path) => {
      await openOnce(path);
      chmodSync(path, 0o644);
    },
    found: { kind: "ours", mode: 0o644, fault: null },
  },
  {
    what: "one behind a link",
    given: async (path, folder) => {
      await openOnce(folder.file("real.db"));
      symlinkSync(folder.file("real.db"), path);
    },
    found: { kind: "ours", schema: NEWEST, fault: null },
  },
  {
    what: "a stranger's database",
    given: (path) => script(path, "create table songs (title text); insert into songs values ('a')"),
    found: { kind: "foreign", schema: null, fault: "it belongs to another program" },
  },
  {
    what: "a stranger's database in WAL mode",
    given: (path) => script(path, "pragma journal_mode = wal; create table songs (title text)"),
    found: { kind: "foreign", schema: null, fault: "it belongs to another program" },
  },
  {
    what: "a folder",
    given: (path) => mkdirSync(path),
    found: { kind: "unknown", schema: null, fault: "it is not a file" },
  },
  {
    what: "a pipe, which it does not wait for",
    given: (path) => Bun.spawnSync(["mkfifo", path]),
    found: { kind: "unknown", schema: null, fault: "it is not a file" },
  },
  {
    what: "a text",
    given: (path) => writeFileSync(path, "dear diary\n".repeat(1000)),
    found: { kind: "unknown", schema: null, bytes: 11_000, fault: "file is not a database" },
  },
  {
    what: "a database with damaged pages",
    given: async (path) => {
      await openOnce(path);
      damage(path);
    },
    found: { kind: "ours", schema: NEWEST, fault: expect.stringMatching(/^its check fails: /) },
  },
  {
    what: "a database that was cut off",
    given: async (path) => {
      await openOnce(path);
      truncateSync(path, 5000);
    },
    found: { fault: expect.stringMatching(/malformed|not a database/) },
  },
  {
    what: "a database of a newer version",
    given: async (path) => {
      await openOnce(path);
      script(path, "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')");
    },
    found: {
      kind: "ours",
      schema: 999,
      fault: expect.stringMatching(/has schema 999, this program knows \d+: start a newer version of it$/),
    },
  },
  {
    what: "a database of another build",
    given: async (path) => {
      await openOnce(path);
      script(path, "update orchestrator_migrations set checksum = 'other' where version = 2");
    },
    found: {
      kind: "ours",
      schema: NEWEST,
      fault: expect.stringMatching(/was migrated by another build: migration 2 differs from ours$/),
    },
  },
];

describe("a look at the database finds, and leaves as it was,", () => {
  test.each(CASES)("$what", async ({ given, found }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(path, folder);
    const before = contents(folder);
    expect(await inspectDatabase(path)).toEqual(expect.objectContaining({ engine: ENGINE, newest: NEWEST, ...found }));
    expect(contents(folder)).toEqual(before);
  });

  test.each(FIXTURES)("the ancestor's: %s", async (fixture) => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    const before = contents(folder);
    expect(await inspectDatabase(path)).toMatchObject({ kind: "ancestor", schema: null, fault: null });
    expect(contents(folder)).toEqual(before);
  });

  test.each(["a b.db", "a?mode=rw.db", "a#b.db", "a%41.db", "日本.db", "'a'.db"])("one named %s", async (name) => {
    using folder = testFolder();
    await openOnce(folder.file(name));
    const before = contents(folder);
    expect(await inspectDatabase(folder.file(name))).toMatchObject({ kind: "ours", schema: NEWEST, fault: null });
    expect(contents(folder)).toEqual(before);
  });
});

/** The lock file of readers is left out: to read along is to stand in it. */
function withoutLocks(folder: TestFolder): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contents(folder)).map(([name, hash]) => [name, name.endsWith("-shm") ? "" : hash]),
  );
}

describe("a look at a database that is in use", () => {
  test("finds what was committed last, and leaves file and journal as they were", async () => {
    await using given = await testDatabase();
    await given.db.systemLogs.append({
      log_level: "INFO",
      component: "c",
      message: "m".repeat(100_000),
      details: null,
      created_at: "2026-02-05T10:30:00.000Z",
    });
    const before = withoutLocks(given.folder);
    expect(Object.keys(before)).toEqual(["orchestrator.db", "orchestrator.db-shm", "orchestrator.db-wal"]);
    expect(await inspectDatabase(given.path)).toMatchObject({ kind: "ours", schema: NEWEST, fault: null });
    expect(withoutLocks(given.folder)).toEqual(before);
  });

  test("waits for nobody: another program holds the write lock", async () => {
    await using given = await testDatabase();
    await using other = await openForeignWriter(given.path);
    await other.run("begin immediate");
    const begin = performance.now();
    expect(await inspectDatabase(given.path)).toMatchObject({ kind: "ours", fault: null });
    expect(performance.now() - begin).toBeLessThan(2000);
    await other.run("rollback");
  });

  test("does not lock it: the other goes on writing", async () => {
    await using given = await testDatabase();
    await using other = await openForeignWriter(given.path);
    await inspectDatabase(given.path);
    await other.run("insert into system_logs (component, message) values ('c', 'm')");
    expect(await other.run("select count(*) as count from system_logs")).toEqual([{ count: 1 }]);
  });
});

test("a look at a database whose program was killed finds what it had committed", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await openOnce(path);
  const writer = Bun.spawn([process.execPath, `${import.meta.dir}/../support/other-process.ts`, path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const sql = "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')";
  writer.stdin.write(`${JSON.stringify({ sql })}\n`);
  await writer.stdin.flush();
  await writer.stdout.getReader().read();
  writer.kill("SIGKILL");
  await writer.exited;
  mkdirSync(folder.file("links"));
  symlinkSync("../orchestrator.db", folder.file("links/link.db"));
  const before = withoutLocks(folder);
  expect(Object.keys(before)).toContain("orchestrator.db-wal");
  // Only the journal has it, which stands beside the file and not beside a link to it.
  for (const name of [path, folder.file("links/link.db")]) {
    expect((await inspectDatabase(name)).fault).toStartWith(`${name} has schema 999`);
  }
  expect(withoutLocks(folder)).toEqual(before);
  using db = new Database(path);
  expect(db.query("select max(version) as version from orchestrator_migrations").get()).toEqual({ version: 999 });
});

test("a database whose writer was cut off in a transaction, with a rollback journal, is none that is damaged", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  copyFixture(folder, "tac-0.8.0-orchestrator.db");
  const cutOff = `
    const { Database } = require("bun:sqlite");
    const db = new Database(process.argv[1]);
    for (const pragma of ["journal_mode = delete", "cache_size = 5"]) db.run("pragma " + pragma);
    db.run("create table big (id integer primary key, text text)");
    db.run("with recursive n (id) as (select 1 union all select id + 1 from n where id < 3000) " +
      "insert into big select id, hex(randomblob(200)) from n");
    db.run("begin immediate");
    db.run("update big set text = hex(randomblob(210))");
    db.run("delete from big where id % 2 = 0");
    process.kill(process.pid, "SIGKILL");`;
  await Bun.spawn([process.execPath, "-e", cutOff, path]).exited;
  expect(existsSync(`${path}-journal`)).toBe(true);
  const before = readFileSync(path);
  expect(await inspectDatabase(path)).toMatchObject({ kind: "interrupted", schema: null, fault: null });
  expect(readFileSync(path).equals(before)).toBe(true);
  await openOnce(path);
  expect(await inspectDatabase(path)).toMatchObject({ kind: "ours", fault: null });
});
