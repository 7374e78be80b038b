import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { openDatabase } from "#src/database/open.ts";
import { testClock } from "#test/support/clock.ts";
import { contents } from "#test/support/contents.ts";
import { copyFixture, type TestFolder, testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { runProgram, startProgram } from "#test/support/program.ts";

function runSql(path: string, ...statements: string[]): void {
  using db = new Database(path, { create: true, readwrite: true });
  for (const statement of statements) db.run(statement);
}

/** A database of ours, changed by these statements. */
async function ours(path: string, ...statements: string[]): Promise<void> {
  const db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
  await db[Symbol.asyncDispose]();
  runSql(path, ...statements);
}

const NEWER = "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')";

/** What stands at `DATABASE_PATH`, and what the one line must say. */
const REFUSED: readonly {
  readonly what: string;
  readonly path?: string;
  readonly given: (path: string, folder: TestFolder) => unknown;
  readonly says: RegExp;
}[] = [
  {
    what: "a file below a regular file",
    path: "file/data/agents.db",
    given: (_path, folder) => writeFileSync(folder.file("file"), "not a folder"),
    says: /cannot write the database/,
  },
  {
    what: "a folder that cannot be made",
    path: "/proc/orchestrator/agents.db",
    given: () => {},
    says: /cannot write the database/,
  },
  { what: "a folder", given: (path) => mkdirSync(path), says: /is not a file/ },
  {
    what: "a text",
    given: (path) => writeFileSync(path, "dear diary\n".repeat(1000)),
    says: /is no SQLite database; it was left as it is/,
  },
  { what: "a single byte", given: (path) => writeFileSync(path, "x"), says: /is no SQLite database/ },
  {
    what: "a file that only begins like a database",
    given: (path) => writeFileSync(path, Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8000, 7)])),
    says: /cannot use the database/,
  },
  {
    what: "a database that was cut off",
    given: async (path) => {
      await ours(path);
      truncateSync(path, 5000);
    },
    says: /cannot use the database/,
  },
  {
    what: "a stranger's database",
    given: (path) => runSql(path, "create table songs (title text)", "insert into songs values ('a')"),
    says: /is neither ours nor the ancestor's database; it was left as it is/,
  },
  {
    what: "a stranger's database in WAL mode",
    given: (path) => runSql(path, "pragma journal_mode = wal", "create table songs (title text)"),
    says: /neither ours nor the ancestor's/,
  },
  {
    what: "a stranger's database that vacuums itself",
    given: (path) => runSql(path, "pragma auto_vacuum = full", "create table songs (title text)"),
    says: /neither ours nor the ancestor's/,
  },
  {
    what: "a stranger's database with a table of our name",
    given: (path) => runSql(path, "create table orchestrator_migrations (id integer, applied text)"),
    says: /cannot use the database/,
  },
  {
    what: "a stranger's database with some tables of our names",
    given: (path) => runSql(path, "create table agents (id text, status text)", "create table prompts (id text)"),
    says: /neither ours nor the ancestor's/,
  },
  { what: "a database of a newer version", given: (path) => ours(path, NEWER), says: /has schema 999.*newer version/ },
  {
    what: "a database of a newer version that keeps a rollback journal",
    given: (path) => ours(path, NEWER, "pragma journal_mode = delete"),
    says: /has schema 999/,
  },
  {
    what: "a database of another build",
    given: (path) => ours(path, "update orchestrator_migrations set checksum = 'other' where version = 2"),
    says: /another build: migration 2/,
  },
];

describe("the program refuses, with one line and everything as it was:", () => {
  test.each(REFUSED)("$what", async ({ path = "agents.db", given, says }) => {
    using folder = testFolder();
    const target = path.startsWith("/") ? path : folder.file(path);
    await given(target, folder);
    const before = contents(folder);
    const { code, stdout, stderr } = await runProgram(folder.path, { PORT: "0", DATABASE_PATH: target });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toMatch(says);
    expect(stderr).toContain(target);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(contents(folder)).toEqual(before);
  });
});

describe("a program that cannot listen", () => {
  const IN_USE = /^port \d+ on 127\.0\.0\.1 is in use[^\n]*WEBSOCKET_PORT[^\n]*\n$/;

  test("for a busy port says so in one line, and makes nothing", async () => {
    using folder = testFolder();
    await using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { code, stdout, stderr } = await runProgram(folder.path, { PORT: String(other.port) });
    expect(stderr).toMatch(IN_USE);
    expect(stderr).toContain(`port ${other.port}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(contents(folder)).toEqual({});
  });

  test("does not adopt a database before", async () => {
    using folder = testFolder();
    const DATABASE_PATH = copyFixture(folder, "tac-0.9.0-orchestrator.db");
    const before = contents(folder);
    await using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { code, stderr } = await runProgram(folder.path, { PORT: String(other.port), DATABASE_PATH });
    expect(stderr).toMatch(IN_USE);
    expect(code).toBe(1);
    expect(contents(folder)).toEqual(before);
  });

  test("leaves the one that listens alone", async () => {
    using folder = testFolder();
    await using first = startProgram(folder.path);
    const { port } = new URL(await first.url);
    const { code, stderr } = await runProgram(folder.path, { PORT: port });
    expect(stderr).toMatch(IN_USE);
    expect(code).toBe(1);
    expect((await fetch(`${await first.url}/health`)).status).toBe(200);
  });

  test("on an address that is not this machine's says so in one line", async () => {
    using folder = testFolder();
    const { code, stderr } = await runProgram(folder.path, { PORT: "18000", HOST: "192.0.2.1" });
    expect(stderr).toMatch(/^cannot listen on 192\.0\.2\.1:18000: [^\n]+\n$/);
    expect(code).toBe(1);
    expect(contents(folder)).toEqual({});
  });
});
