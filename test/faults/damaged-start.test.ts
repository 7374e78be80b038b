import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { openDatabase } from "#src/database/open.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { aSystemLog } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { contents } from "#test/support/contents.ts";
import { overwrite } from "#test/support/copies.ts";
import { damagePages, pagesOf } from "#test/support/damage.ts";
import { openOnce, query, script } from "#test/support/database.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { runProgram, startProgram } from "#test/support/program.ts";
import { smallDisk } from "#test/support/small-disk.ts";
import { testServer } from "#test/support/test-server.ts";

/** A database with rows. */
async function filled(path: string): Promise<void> {
  await writeNewDatabase(path);
  const db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
  await Promise.all(Array.from({ length: 100 }, () => db.systemLogs.append(aSystemLog({ details: "x".repeat(3000) }))));
  await db[Symbol.asyncDispose]();
}

/** A database as a server leaves it that was killed: its last writes stand in the log beside it. */
async function killed(folder: TestFolder, path: string): Promise<void> {
  const live = folder.file("live.db");
  if (!existsSync(live)) await writeNewDatabase(live);
  const db = await openDatabase({ path: live, clock: testClock(), log: memoryLog() });
  await Promise.all(Array.from({ length: 100 }, () => db.systemLogs.append(aSystemLog({ details: "x".repeat(3000) }))));
  for (const suffix of ["", "-wal"]) copyFileSync(live + suffix, path + suffix);
  await db[Symbol.asyncDispose]();
}

/** Why a file is not opened: the line that a start ends with. */
async function refusalOf(path: string): Promise<string> {
  const error: unknown = await openDatabase({ path, clock: testClock(), log: memoryLog() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseUnusable);
  return (error as Error).message;
}

type Case = {
  readonly what: string;
  readonly given: (path: string, folder: TestFolder) => unknown;
  readonly says: RegExp;
};

const RESTORE = /bring back a backup: `orchestrator restore <backup>`; nothing was changed, and `orchestrator doctor`/;

const REFUSED: readonly Case[] = [
  {
    what: "cut off between two pages",
    given: async (path) => {
      await filled(path);
      truncateSync(path, statSync(path).size - 3 * 4096);
    },
    says: /it is damaged \(it was cut off: \d+ of \d+ bytes are there\)/,
  },
  {
    what: "cut off inside a page",
    given: async (path) => {
      await filled(path);
      truncateSync(path, statSync(path).size - 1000);
    },
    says: /it is damaged \(it was cut off: \d+ of \d+ bytes are there\)/,
  },
  {
    what: "with half a page too much",
    given: async (path) => {
      await filled(path);
      truncateSync(path, statSync(path).size + 1000);
    },
    says: /it was cut off: \d+ bytes are no whole pages of 4096/,
  },
  {
    what: "with a page that is none",
    given: async (path) => {
      await filled(path);
      damagePages(path, pagesOf(path, "system_logs")[3]!);
    },
    says: /it is damaged \(its check fails: [^\n]*page \d+/,
  },
  {
    what: "killed with a page that is none",
    given: async (path, folder) => {
      await killed(folder, path);
      damagePages(path, pagesOf(path, "orchestrator_meta")[0]!);
    },
    says: /it is damaged \(its check fails: /,
  },
];

const gone: readonly Case[] = [
  {
    what: "that is gone, with its log left",
    given: async (path, folder) => {
      await killed(folder, path);
      rmSync(path);
    },
    says: /its file is missing or empty, and \S+-wal holds what was written to it; bring the file back/,
  },
  {
    what: "that is empty, with its log left",
    given: async (path, folder) => {
      await killed(folder, path);
      truncateSync(path, 0);
    },
    says: /its file is missing or empty, and \S+-wal holds what was written to it; bring the file back/,
  },
  {
    what: "that is gone, with the journal of a write that was cut off",
    given: (path) => writeFileSync(`${path}-journal`, journalOfFile(40)),
    says: /its file is missing or empty, and \S+-journal holds what was written to it; bring the file back/,
  },
];

/** The head of a rollback journal of a file that had so many pages. */
function journalOfFile(pages: number): Buffer {
  const journal = Buffer.alloc(512);
  Buffer.from("d9d505f920a163d7", "hex").copy(journal);
  journal.writeUInt32BE(pages, 16);
  journal.writeUInt32BE(512, 20);
  journal.writeUInt32BE(4096, 24);
  return journal;
}

describe("damaged file: a start refuses one", () => {
  test.each(gone)("$what, in one line, and changes nothing", async ({ given, says }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(path, folder);
    const before = contents(folder);
    const line = await refusalOf(path);
    expect(line).toMatch(/^cannot use the database [^\n]+; nothing was changed$/);
    expect(line).toMatch(says);
    expect(contents(folder)).toEqual(before);
  });

  test.each(REFUSED)("$what, in one line, and changes nothing", async ({ given, says }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(path, folder);
    const before = withoutLocks(folder);
    const line = await refusalOf(path);
    expect(line).toMatch(/^cannot use the database [^\n]+$/);
    expect(line).toMatch(says);
    expect(line).toMatch(RESTORE);
    expect(withoutLocks(folder)).toEqual(before);
  });

  test("the program ends with that line, and as it ends for other reasons not to start", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await filled(path);
    damagePages(path, pagesOf(path, "system_logs")[3]!);
    const before = contents(folder);
    const { code, stdout, stderr } = await runProgram(folder.path, { PORT: "0", DATABASE_PATH: path });
    expect(stderr).toMatch(/^cannot use the database [^\n]+ it is damaged [^\n]+\n$/);
    expect(stderr).toMatch(RESTORE);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(contents(folder)).toEqual(before);
  });

  test("and names the newest copy beside it", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await filled(path);
    for (const [name, at] of [
      ["7-20260301T000000Z", 2],
      ["6-20260401T000000Z", 1],
    ] as const) {
      copyFileSync(path, `${path}.backup-${name}`);
      utimesSync(`${path}.backup-${name}`, at, at);
    }
    truncateSync(path, 9000);
    expect(await refusalOf(path)).toContain(`\`orchestrator restore ${path}.backup-7-20260301T000000Z\``);
  });

  test("and names no journal of a copy, but the newest scheduled backup of this very database", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    const dir = folder.file("backups");
    mkdirSync(dir);
    await filled(path);
    const feed = query(path, "select value from orchestrator_meta where key = 'feed'")[0]!["value"] as string;
    const named = (file: string, at: number) => {
      writeFileSync(file, "");
      utimesSync(file, at, at);
      return file;
    };
    const beside = named(`${path}.backup-20260301T000000Z`, 1000);
    for (const suffix of ["-wal", "-shm", "-journal", ".partial"]) named(beside + suffix, 4000);
    const line = (backupDir: string | null) =>
      openDatabase({ path, backupDir, clock: testClock(), log: memoryLog() }).then(
        () => "",
        (error: Error) => error.message,
      );
    damagePages(path, pagesOf(path, "system_logs")[3]!);
    expect(await line(null)).toContain(`the backup of 1970-01-01 00:16 UTC: \`orchestrator restore ${beside}\``);
    named(`${dir}/orchestrator.db.scheduled-00000000-20260302T000000Z`, 3000);
    expect(await line(dir)).toContain(`\`orchestrator restore ${beside}\``);
    const own = named(`${dir}/orchestrator.db.scheduled-${feed.slice(0, 8)}-20260302T000000Z`, 2000);
    expect(await line(dir)).toContain(`the backup of 1970-01-01 00:33 UTC: \`orchestrator restore ${own}\``);
  });

  test("with the write-ahead log of another file, and says that it is the log", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    const other = folder.file("other.db");
    await writeNewDatabase(path);
    await filled(folder.file("live.db"));
    await killed(folder, other);
    copyFileSync(`${other}-wal`, `${path}-wal`);
    const before = withoutLocks(folder);
    expect(await refusalOf(path)).toMatch(
      /^cannot use the database \S+: \S+-wal does not belong to it, or is damaged [^\n]+$/,
    );
    expect(withoutLocks(folder)).toEqual(before);
  });

  test("that is a folder, or a text", async () => {
    using folder = testFolder();
    mkdirSync(folder.file("a"));
    writeFileSync(folder.file("b"), "dear diary\n".repeat(1000));
    for (const [name, says] of [
      ["a", /^\S+ is not a file$/],
      ["b", /^\S+ is no SQLite database; it was left as it is$/],
    ] as const) {
      const before = contents(folder);
      expect(await refusalOf(folder.file(name))).toMatch(says);
      expect(contents(folder)).toEqual(before);
    }
  });
});

describe("damaged file: a start", () => {
  test.each(["sqlite_sequence", "orchestrator_tokens"])(
    "of a file too large to be read whole, whose %s is damaged, ends with one line and leaves nothing open",
    async (table) => {
      using folder = testFolder();
      const path = folder.file("orchestrator.db");
      await filled(path);
      damagePages(path, pagesOf(path, table)[0]!);
      truncateSync(path, 9 * 1024 * 1024);
      const error: unknown = await testServer(path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DatabaseUnusable);
      expect((error as Error).message).toMatch(/^cannot use the database [^\n]+ it is damaged [^\n]+$/);
      expect(readdirSync(folder.path)).toEqual(["orchestrator.db"]);
    },
  );

  test("by a link goes by the log that stands beside the file", async () => {
    using folder = testFolder();
    const [path, link] = [folder.file("real.db"), folder.file("links/link.db")];
    mkdirSync(folder.file("links"));
    symlinkSync("../real.db", link);
    await killed(folder, path);
    // As in the midst of a checkpoint: the first page is there and tells of others that are only in the log.
    const pages = Buffer.alloc(4);
    pages.writeUInt32BE(statSync(path).size / 4096 + 50);
    overwrite(path, pages, 28);
    await using db = await openDatabase({ path: link, clock: testClock(), log: memoryLog() });
    await db.systemLogs.append(aSystemLog());
    expect(query(link, "select count(*) as n from system_logs")).toEqual([{ n: 101 }]);
    expect((await db.storage.facts()).walBytes).toBeGreaterThan(0);
    expect(readdirSync(folder.file("links"))).toEqual(["link.db"]);
  });

  test("takes away what is left of one that was cut off while it was first made", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    writeFileSync(path, "");
    writeFileSync(`${path}-journal`, journalOfFile(0));
    await openOnce(path);
    expect(readdirSync(folder.path)).toEqual(["orchestrator.db"]);
  });

  test("takes a file whose last pages stand in the log of a server that was killed", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await killed(folder, path);
    await openOnce(path);
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: 100 }]);
  });

  test("takes one whose log ends in the midst of a write: what was committed before it is there", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await killed(folder, path);
    truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 2000);
    await openOnce(path);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("takes one with rows that break a rule of theirs: no page is damaged", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await filled(path);
    script(path, "pragma ignore_check_constraints = on; update system_logs set log_level = 'LOUD' where id = 1");
    await openOnce(path);
    expect(query(path, "select log_level from system_logs where id = 1")).toEqual([{ log_level: "LOUD" }]);
  });

  test("makes a database of an empty file", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("orchestrator.db"), "");
    await using program = startProgram(folder.path, { PORT: "0", DATABASE_PATH: folder.file("orchestrator.db") });
    expect((await fetch(`${await program.url}/health`)).status).toBe(200);
  });
});

describe("damaged file: what may not be written", () => {
  test("is refused in one line that says what to do", async () => {
    using folder = testFolder();
    // Root may write whatever the permissions say: there a disk that is mounted read-only stands for them.
    const isRoot = process.getuid?.() === 0;
    using disk = isRoot ? smallDisk(4 * 1024 * 1024) : null;
    if (isRoot && disk === null) return;
    const path = (disk ?? folder).file("orchestrator.db");
    await filled(path);
    if (disk === null) chmodSync(path, 0o400);
    else disk.makeReadOnly();
    const file = /^cannot write the database \S+: the file [^\n]+: make it writable, or set DATABASE_PATH [^\n]+$/;
    expect(await refusalOf(path)).toMatch(file);
    if (isRoot) return;
    chmodSync(path, 0o600);
    chmodSync(folder.path, 0o500);
    const line = await refusalOf(path);
    chmodSync(folder.path, 0o700);
    expect(line).toMatch(/^cannot write the database \S+: its folder [^\n]+: make it writable, [^\n]+$/);
  });
});

/** The lock file of readers is left out: to read along is to stand in it. */
function withoutLocks(folder: TestFolder): Record<string, string> {
  return Object.fromEntries(Object.entries(contents(folder)).filter(([name]) => !name.endsWith("-shm")));
}
