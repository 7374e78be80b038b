import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, statfsSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type Copied, stampOf, timeOfStamp } from "#src/database/copies.ts";
import { StoreFull } from "#src/database/manager.ts";
import { copyDatabase } from "#src/database/open.ts";
import { partialName, placePartial, removeLeft, removePartial } from "#src/database/partial.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { contents } from "#test/support/contents.ts";
import { headOf, namesIn, NEWER, oldSchema, ours, overwrite, spoil } from "#test/support/copies.ts";
import { openOnce, query, script, storedRows } from "#test/support/database.ts";
import { copyFixture, type TestFolder, testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";

const copy = (path: string, to: string): Copied => copyDatabase(path, to, () => {});

describe("a copy", () => {
  test("holds every row, with its number, and says how many there are", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const steps: string[] = [];
    const copied = copyDatabase(path, folder.file("b.db"), ({ step }) => steps.push(step));
    const rows = storedRows(path);
    expect(storedRows(folder.file("b.db"))).toEqual(rows);
    for (const [table, count] of Object.entries(copied.tables)) expect(count, table).toBe(rows[table]!.length);
    expect(copied.tables).toMatchObject({ agents: 1, prompts: 1, system_logs: 1, changes: headOf(path) });
    expect(Object.keys(copied.tables)).not.toContain("prompts_text_data");
    expect(copied).toMatchObject({ bytes: statSync(folder.file("b.db")).size, headSeq: headOf(path), orphans: 0 });
    expect(statSync(folder.file("b.db")).mode & 0o777).toBe(0o600);
    expect(steps).toEqual(["copying", "checking"]);
  });

  test("is of one moment: what is committed while it is made is not in it, nor counted", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, "pragma journal_mode = wal");
    const head = headOf(path);
    const copied = copyDatabase(path, folder.file("b.db"), ({ step }) => {
      if (step === "copying") script(path, "insert into system_logs (component, message) values ('late', 'x')");
    });
    expect(headOf(path)).toBe(head + 1);
    expect([copied.headSeq, headOf(folder.file("b.db"))]).toEqual([head, head]);
    expect(query(folder.file("b.db"), "select id from system_logs where component = 'late'")).toEqual([]);
  });

  test("that is not what it was made from is none", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, "create table parent (id integer primary key); insert into parent values (1)");
    script(path, "create table child (parent references parent); insert into child values (1)");
    const file = folder.file("b.db");
    const change = (sql: string) => () =>
      copyDatabase(path, file, ({ step }) => {
        if (step === "checking") script(file, sql);
      });
    expect(change("delete from orchestrator_meta")).toThrow(/orchestrator_meta has \d+ rows there, 0 in the copy/);
    expect(change("drop trigger feed_agents_before_insert")).toThrow(/\(its schema\)/);
    expect(change("update sqlite_sequence set seq = seq + 1")).toThrow(/\(its counters\)/);
    expect(change("update child set parent = 2")).toThrow(/\(its foreign keys\)/);
    const damage = () =>
      copyDatabase(path, file, ({ step }) => {
        if (step === "checking") spoil(file, 6);
      });
    expect(damage).toThrow(DatabaseUnusable);
    // What is wrong with the copy is no fault of the database.
    const unreadable = () =>
      copyDatabase(path, file, ({ step }) => {
        if (step === "checking") spoil(file, 0);
      });
    expect(unreadable).toThrow(/^the copy in \S+ is damaged, its disk may be failing: file is not a database$/);
    expect(existsSync(file)).toBe(false);
  });

  test("of a database that a program left its log beside holds what is in the log", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    await using other = await openForeignWriter(path);
    await other.run("pragma journal_mode = wal");
    await other.run("insert into system_logs (component, message) values ('x', 'only in the log')");
    copy(path, folder.file("b.db"));
    expect(query(folder.file("b.db"), "select message from system_logs where component = 'x'")).toHaveLength(1);
  });

  test("keeps rows that refer to none, as other programs write them, and says so", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, "pragma foreign_keys = off; delete from orchestrator_agents");
    expect(copy(path, folder.file("b.db")).orphans).toBe(1);
  });
});

describe("a copy is refused, and nothing is left,", () => {
  type Case = {
    readonly what: string;
    readonly given: (path: string, folder: TestFolder) => unknown;
    readonly says: RegExp;
    readonly error?: typeof StoreFull | typeof DatabaseUnusable;
  };
  const CASES: readonly Case[] = [
    { what: "of a folder", given: (path) => mkdirSync(path), says: /is not a file$/ },
    {
      what: "of an empty file",
      given: (path) => writeFileSync(path, ""),
      says: /is empty: there is nothing to back up$/,
    },
    {
      what: "of a text",
      given: (path) => writeFileSync(path, "dear diary\n".repeat(1000)),
      says: /cannot be copied: file is not a database; look with `orchestrator doctor`, and restore an older backup$/,
    },
    {
      what: "of the ancestor's file",
      given: (_path, folder) => copyFixture(folder, "tac-0.9.0-orchestrator.db"),
      says: /was not adopted yet: start the server on it once, which makes a copy beside it$/,
    },
    {
      what: "of a stranger's file",
      given: (path) => script(path, "create table songs (title text)"),
      says: /belongs to another program; it was left as it is$/,
    },
    { what: "of a file of a newer version", given: (path) => ours(path, NEWER), says: /has schema 999, this program/ },
    {
      what: "of a database that was cut off",
      given: async (path) => {
        await ours(path);
        truncateSync(path, statSync(path).size / 2);
      },
      says: /database disk image is malformed; look with `orchestrator doctor`, and restore an older backup$/,
    },
    {
      what: "onto a disk with too little room",
      given: async (path) => {
        await ours(path);
        // A database that says it is larger than the disk: most of its file is a hole.
        const { bavail, bsize } = statfsSync(path);
        const pages = Math.ceil((bavail * bsize) / 4096) + 1000;
        truncateSync(path, pages * 4096);
        const count = Buffer.alloc(4);
        count.writeUInt32BE(pages);
        overwrite(path, count, 28);
      },
      says: /^no room in \S+: about [\d.]+ MB are needed, [\d.]+ MB are free$/,
      error: StoreFull,
    },
  ];

  test.each(CASES)("$what", async ({ given, says, error = DatabaseUnusable }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(path, folder);
    const size = statSync(path).size;
    expect(() => copy(path, folder.file("b.db"))).toThrow(error);
    expect(() => copy(path, folder.file("b.db"))).toThrow(says);
    expect([namesIn(folder), statSync(path).size]).toEqual([["orchestrator.db"], size]);
  });

  test("where its file cannot be made", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const before = contents(folder)["orchestrator.db"];
    expect(() => copy(path, folder.file("none/b.db"))).toThrow(/^cannot write in \S+none: .*ENOENT/);
    expect(contents(folder)["orchestrator.db"]).toBe(before);
  });
});

describe("a copy that is not in its place yet", () => {
  test("is removed when the run that made it is dead, and told from what runs and what is no copy", async () => {
    using folder = testFolder();
    const dead = Bun.spawn(["true"]);
    await dead.exited;
    const own = partialName(folder.file("orchestrator.db"), folder.path);
    const of = (pid: number) => basename(own).replace(`-${process.pid}-`, `-${pid}-`);
    const mark = of(dead.pid);
    const kept = [
      of(process.ppid),
      mark.replace(/\w+$/, "mine"),
      mark.replace("orchestrator", "other"),
      `orchestrator.db.backup-${stampOf(0)}`,
    ];
    for (const name of [mark, `${mark}-journal`, ...kept]) writeFileSync(folder.file(name), "");
    writeFileSync(own, "");
    removeLeft(partialName(folder.file("orchestrator.db"), folder.path));
    expect(namesIn(folder).length).toBe(kept.length + 1);
    removePartial(own);
    expect(namesIn(folder)).toEqual(kept.toSorted());
  });

  test("is judged by its age where its process cannot be seen, or another one has its number", async () => {
    using folder = testFolder();
    const own = partialName(folder.file("orchestrator.db"), folder.path);
    const here = /partial-(\w+)-/.exec(own)![1]!;
    const elsewhere = basename(own).replace(here, "00000000");
    const again = basename(own).replace(`-${process.pid}-`, `-${process.ppid}-`);
    for (const name of [basename(own), elsewhere, again]) writeFileSync(folder.file(name), "");
    const next = () => removeLeft(partialName(folder.file("orchestrator.db"), folder.path));
    next();
    expect(namesIn(folder)).toEqual([basename(own), elsewhere, again].toSorted());
    const longAgo = Date.now() / 1000 - 3700;
    for (const name of namesIn(folder)) utimesSync(folder.file(name), longAgo, longAgo);
    next();
    expect(namesIn(folder)).toEqual([basename(own)]);
  });

  test("takes no name that another file has, unless it may", async () => {
    using folder = testFolder();
    const [partial, target] = [folder.file("partial"), folder.file("b.db")];
    writeFileSync(partial, "new");
    writeFileSync(target, "old");
    expect([placePartial(partial, target, false), await Bun.file(target).text()]).toEqual([false, "old"]);
    expect([placePartial(partial, target, true), await Bun.file(target).text()]).toEqual([true, "new"]);
    writeFileSync(partial, "third");
    expect(placePartial(partial, folder.file("c.db"), false)).toBe(true);
    expect(namesIn(folder)).toEqual(["b.db", "c.db"]);
  });

  test("is not taken for a migration's, whose start removes its own", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    oldSchema(path, 5);
    const running = `.orchestrator.db.partial-${process.ppid}-0123abcd`;
    const backup = `orchestrator.db.backup-${stampOf(0)}`;
    const left = "orchestrator.db.backup-5-20260205T103000Z.partial";
    for (const name of [running, backup, left]) writeFileSync(folder.file(name), "");
    await openOnce(path);
    expect(namesIn(folder)).toEqual([running, "orchestrator.db", backup, expect.stringMatching(/backup-5-\w+Z$/)]);
  });
});

test("a time in a name is read as it was written, and nothing else is taken for one", () => {
  const time = Date.parse("2026-02-05T10:30:00.000Z");
  expect([stampOf(time + 999), timeOfStamp(stampOf(time))]).toEqual(["20260205T103000Z", time]);
  for (const text of ["", "20260205T103000", "20261305T103000Z", "20260205T103000Z.partial", "5-20260205T103000Z"]) {
    expect(timeOfStamp(text), text).toBe(null);
  }
});
