import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type CliExit, runCli } from "#test/support/cli.ts";
import { contents } from "#test/support/contents.ts";
import { expectConsistent, headOf, LARGE, namesIn, ours } from "#test/support/copies.ts";
import { query, script, storedRows } from "#test/support/database.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { rawIn } from "#test/support/hostile.ts";
import { MAIN, runProgram, startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

const backup = (path: string, ...args: readonly string[]) =>
  runCli(["backup", ...args], { env: { DATABASE_PATH: path } });

/** Fails with what it said unless it went well. */
function expectDone(exit: CliExit): string {
  expect(exit).toEqual({ code: 0, stdout: expect.any(String), stderr: "" });
  return exit.stdout;
}

const partials = (folder: TestFolder) => namesIn(folder).filter((name) => name.includes(".partial"));

describe("backup", () => {
  test("copies every row beside the database, and says how large it is and how far the feed goes", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const now = () => Date.parse("2026-02-05T10:30:00.000Z");
    const exit = await runCli(["backup"], { env: { DATABASE_PATH: path }, now });
    const copy = `${path}.backup-20260205T103000Z`;
    expect(expectDone(exit)).toMatch(/^\S+\.backup-20260205T103000Z: \d\.\d MB, \d+ rows, feed up to \d+; checked\n$/);
    expect(storedRows(copy)).toEqual(storedRows(path));
    expect(query(copy, "select rowid, id from agents")).toEqual(query(path, "select rowid, id from agents"));
    expect(query(copy, "pragma auto_vacuum")).toEqual([{ auto_vacuum: 2 }]);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(namesIn(folder)).toEqual(["orchestrator.db", "orchestrator.db.backup-20260205T103000Z"]);
  });

  test("--json prints file, bytes, rows and the head of the feed", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const made = JSON.parse(expectDone(await backup(path, folder.file("b.db"), "--json")));
    expect(made).toMatchObject({
      file: folder.file("b.db"),
      bytes: statSync(folder.file("b.db")).size,
      head_seq: headOf(path),
      orphans: 0,
      tables: { agents: 1, prompts: 1, system_logs: 1 },
    });
    const counts = Object.values(made.tables as Record<string, number>);
    expect(made.rows).toBe(counts.reduce((sum, rows) => sum + rows, 0));
  });

  test("while two processes write is the database at one moment", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, LARGE);
    const copy = folder.file("b.db");
    const done = new AbortController();
    async function write(name: string): Promise<void> {
      await using other = await openForeignWriter(path);
      await other.run("pragma synchronous = off");
      for (let turn = 0; !done.signal.aborted; turn += 1) {
        const agent = `${name}-${turn}`;
        await other.run(`begin immediate;
          insert into agents (id, orchestrator_agent_id, session_id, status, started_at) values ('${agent}', 'd', 's', 'planning', 'x');
          insert into system_logs (component, message) values ('one', '${agent}'), ('two', '${agent}');
          update agents set status = 'completed' where id = '${agent}'; commit`);
      }
    }
    const writers = [write("x"), write("y")];
    await until("both to write", () => query(path, "select 1 from agents where id in ('x-1', 'y-1')").length === 2);
    const before = headOf(path);
    const exit = await backup(path, copy);
    const after = headOf(path);
    done.abort();
    await Promise.all(writers);
    expectDone(exit);
    expectConsistent(copy);
    const head = headOf(copy);
    expect(head).toBeGreaterThanOrEqual(before);
    expect(head).toBeLessThan(after);
    expect(
      query(copy, "select message from system_logs group by message having count(*) = 1 and message <> 'kept'"),
    ).toEqual([]);
    // What the source had by then, no more and no less.
    const upTo = `select * from changes where seq <= ${head} order by seq`;
    expect(query(copy, upTo)).toEqual(query(path, upTo));
  }, 30_000);

  test("shows on a terminal how far it is, and is quiet anywhere else", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const seen = await runCli(["backup"], { env: { DATABASE_PATH: path }, columns: 100 });
    expect(seen.stdout).toMatch(/copying: \d\.\d MB of about \d\.\d MB\n[^]*checking the copy\n[^]*; checked\n$/);
    const asJson = await runCli(["backup", folder.file("b.db"), "--json"], {
      env: { DATABASE_PATH: path },
      columns: 100,
    });
    expect(JSON.parse(asJson.stdout)).toMatchObject({ file: folder.file("b.db") });
  });

  test("replaces a file with --force only, and never the database", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const file = folder.file("b.db");
    writeFileSync(file, "mine");
    const refused = await backup(path, file);
    expect(refused).toEqual({
      code: 4,
      stdout: "",
      stderr: expect.stringMatching(/is there already: .*--force[^\n]*\n$/),
    });
    expect(readFileSync(file, "utf8")).toBe("mine");
    expectDone(await backup(path, file, "--force"));
    expect(storedRows(file)).toEqual(storedRows(path));
    symlinkSync(path, folder.file("link.db"));
    for (const own of [path, folder.file("link.db")]) {
      expect(await backup(path, own, "--force")).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("is the database itself"),
      });
    }
    // Without its database it would be applied to whatever gets that name.
    writeFileSync(folder.file("c.db-wal"), "of another one");
    const left = await backup(path, folder.file("c.db"));
    expect(left).toMatchObject({ code: 4, stderr: expect.stringMatching(/c\.db-wal is there, and would be applied/) });
    expect(namesIn(folder)).not.toContain("c.db");
    writeFileSync(`${file}-wal`, "of a server that runs");
    expect(await backup(path, file, "--force")).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("is in use"),
    });
    expect(partials(folder)).toEqual([]);
  });

  test("is found and named by the options and variables of rebuild", async () => {
    using folder = testFolder();
    mkdirSync(folder.file("web"));
    await ours(folder.file("web/p.db"));
    writeFileSync(folder.file("config.yml"), 'orchestrator:\n  port: 18999\n  database_path: "web/p.db"\n');
    const exit = await runProgram(folder.path, {}, ["backup", "b.db"]);
    expect(expectDone(exit)).toContain(folder.file("b.db"));
    expect(query(folder.file("b.db"), "select id from agents")).toEqual([{ id: "a" }]);
  });
});

describe("backup refuses with one line, and leaves alone,", () => {
  type Case = {
    readonly what: string;
    readonly given?: (path: string, folder: TestFolder) => unknown;
    readonly says: RegExp;
    readonly code?: number;
    readonly to?: string;
  };
  const CASES: readonly Case[] = [
    { what: "a file that is not there", given: () => {}, says: /^there is no database at \S+$/, code: 3 },
    {
      what: "a stranger's file",
      given: (path: string) => script(path, "create table songs (title text)"),
      says: /belongs to/,
    },
    { what: "a folder that is not there", to: "none/b.db", says: /^there is no folder \S+none$/, code: 3 },
    { what: "a file in place of a folder", to: "orchestrator.db/b.db", says: /^there is no folder \S+\.db$/, code: 3 },
    { what: "a folder in place of a name", to: "b", says: /is a folder: name a file in it$/, code: 4 },
  ];

  test.each(CASES)("$what", async ({ given = (file) => ours(file), says, code = 1, to = "made.db" }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    mkdirSync(folder.file("b"));
    await given(path, folder);
    const before = namesIn(folder);
    const exit = await backup(path, folder.file(to));
    expect(exit).toEqual({ code, stdout: "", stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(exit.stderr.trimEnd()).toMatch(says);
    expect(namesIn(folder)).toEqual(before);
  });

  test("a disk that is full in the middle", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, LARGE);
    const before = contents(folder)["orchestrator.db"];
    // No process below may write a file of more than so many blocks.
    const limited = ["-c", 'ulimit -f 4000; exec "$@"', "sh", process.execPath, MAIN, "backup", folder.file("b.db")];
    const child = Bun.spawn(["sh", ...limited], {
      env: { ...process.env, DATABASE_PATH: path },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [printed, said, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ code, printed }).toEqual({ code: 1, printed: "" });
    expect(said).toMatch(/^(no room left in \S+ \([^)]+\): nothing was left there|the copy ended with SIGXFSZ)\n$/);
    expect(namesIn(folder)).toEqual(["orchestrator.db"]);
    expect(contents(folder)["orchestrator.db"]).toBe(before);
  });

  test("a name with what could drive a terminal, which is shown and never obeyed", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const exit = await backup(path, folder.file("\u001B[2J\u202Ex.db"));
    expect(rawIn(expectDone(exit))).toEqual([]);
  });
});

describe("a backup that is cut off", () => {
  test.each([
    ["Ctrl+C", "SIGINT", 130],
    ["the end of its terminal", "SIGHUP", 129],
  ] as const)("by %s leaves nothing", async (_what, signal, code) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, LARGE);
    await using program = startProgram(folder.path, { DATABASE_PATH: path }, ["backup", "b.db"]);
    await until("it to write", () => partials(folder).length > 0);
    program.kill(signal);
    expect(await program.exited).toEqual({ code, stdout: "", stderr: "" });
    expect(namesIn(folder)).toEqual(["orchestrator.db"]);
  });

  test("by the end of its terminal is not, when it was told to outlive that", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, LARGE);
    const outlive = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", process.execPath, MAIN, "backup", folder.file("b.db")];
    const child = Bun.spawn(outlive, { env: { ...process.env, DATABASE_PATH: path }, stdout: "ignore" });
    await until("it to write", () => partials(folder).length > 0);
    child.kill("SIGHUP");
    expect(await child.exited).toBe(0);
    expect(namesIn(folder)).toEqual(["b.db", "orchestrator.db"]);
  });

  test("by kill -9 leaves nothing under its name, and the next one removes what it left", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, LARGE);
    await using program = startProgram(folder.path, { DATABASE_PATH: path }, ["backup", "b.db"]);
    await until("it to write", () => partials(folder).some((name) => statSync(folder.file(name)).size > 0));
    program.kill("SIGKILL");
    expect((await program.exited).code).toBe(137);
    expect(namesIn(folder)).not.toContain("b.db");
    expectDone(await backup(path, folder.file("b.db")));
    await until("the copying process to notice", () => partials(folder).length === 0);
    expect(storedRows(folder.file("b.db"))["agents"]).toEqual(storedRows(path)["agents"]!);
  });
});
