import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { rebuild } from "#src/cli/commands/rebuild.ts";
import { CommandError } from "#src/cli/exit.ts";
import { StoreFull } from "#src/database/manager.ts";
import { rebuildTotals } from "#src/database/open.ts";
import { runCli, testCli } from "#test/support/cli.ts";
import { contents } from "#test/support/contents.ts";
import { query, script } from "#test/support/database.ts";
import { copyFixture, type TestFolder, testFolder } from "#test/support/folder.ts";
import { rawIn } from "#test/support/hostile.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { runProgram } from "#test/support/program.ts";
import { makeAgent, makeDefinition } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";

const ROWS = `
  insert into orchestrator_agents (id, name, agent_type) values ('d', 'planner', 'planner');
  insert into agents (id, orchestrator_agent_id, session_id, status, started_at, cost_usd)
    values ('a', 'd', 's', 'completed', '2026-02-05 10:30:00', 0.5)`;
const DAMAGE = "update orchestrator_sessions set agents = 7; update orchestrator_definition_days set nano = 1";

/** A database of ours, closed, with what these statements did. */
async function ours(path: string, ...statements: string[]): Promise<void> {
  await writeNewDatabase(path);
  for (const statement of statements) script(path, statement);
}

const NEWER = "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')";

describe("rebuild", () => {
  test("makes the totals right, and says how many there are and how many were wrong", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, ROWS, DAMAGE);
    const run = () => runCli(["rebuild"], { env: { DATABASE_PATH: path } });
    const first = await run();
    expect(first).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+ totals rebuilt; 2 were wrong\n$/),
      stderr: "",
    });
    expect(query(path, "select agents, nano from orchestrator_sessions")).toEqual([{ agents: 1, nano: 500_000_000 }]);
    expect(query(path, "select nano from orchestrator_definition_days")).toEqual([{ nano: 500_000_000 }]);
    expect((await run()).stdout).toBe(first.stdout.replace("2 were", "0 were"));
    // Nothing is left beside the file.
    expect(Object.keys(contents(folder))).toEqual(["orchestrator.db"]);
  });

  test("--json prints the two numbers", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, ROWS, DAMAGE);
    const { code, stdout, stderr } = await runCli(["rebuild", "--json"], { env: { DATABASE_PATH: path } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ totals: expect.any(Number), wrong: 2 });
  });

  test("works while a server runs, which tells the right totals at once", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id);
    runSql(
      server.path,
      "update orchestrator_sessions set agents = 7; update orchestrator_definition_days set agents = 8",
    );
    const agents = async () => [
      (await server.call("GET", "/api/runtime/sessions/s1")).body.agents.total,
      (await server.call("GET", "/api/stats?by=agent_type")).body[0].agents,
    ];
    expect(await agents()).toEqual([7, 8]);
    const { code, stdout } = await runCli(["rebuild"], { env: { DATABASE_PATH: server.path } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("; 2 were wrong\n") });
    expect(await agents()).toEqual([1, 1]);
    await makeAgent(server, id);
    expect(await agents()).toEqual([2, 2]);
  });
});

describe("rebuild finds its file", () => {
  const CONFIG = (path: string) => `orchestrator:\n  port: 18999\n  database_path: "${path}"\n`;
  type Case = {
    readonly name: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly at: string;
  };
  const CASES: readonly Case[] = [
    { name: "where serve would make it", at: "data/orchestrator.db" },
    { name: "by DATABASE_PATH", env: { DATABASE_PATH: "x/my.db" }, at: "x/my.db" },
    { name: "by --database, which wins", args: ["--database", "b.db"], env: { DATABASE_PATH: "a.db" }, at: "b.db" },
    { name: "by --env-file", args: ["--env-file", "e"], files: { e: "DATABASE_PATH=c.db\n" }, at: "c.db" },
    {
      name: "by the environment, which wins over --env-file",
      args: ["--env-file", "e"],
      env: { DATABASE_PATH: "d.db" },
      files: { e: "DATABASE_PATH=c.db\n" },
      at: "d.db",
    },
    { name: "by the project here", files: { "config.yml": CONFIG("web/p.db") }, at: "web/p.db" },
    {
      name: "by DATABASE_PATH, also in a project",
      env: { DATABASE_PATH: "d.db" },
      files: { "config.yml": CONFIG("web/p.db") },
      at: "d.db",
    },
  ];

  test.each(CASES)("$name", async ({ args = [], env = {}, files = {}, at }) => {
    using folder = testFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(folder.file(name), text);
    for (const name of ["data", "x", "web"]) mkdirSync(folder.file(name));
    await ours(folder.file(at), ROWS, DAMAGE);
    const exit = await runProgram(folder.path, env, ["rebuild", ...args]);
    expect(exit).toEqual({ code: 0, stdout: expect.stringContaining("; 2 were wrong\n"), stderr: "" });
  });

  test("with wrong variables says so, and opens nothing", async () => {
    const { code, stdout, stderr } = await runCli(["rebuild"], { env: { DATABASE_PATH: ":memory:", PORT: "x" } });
    expect(stderr).toMatch(/^DATABASE_PATH holds ":memory:"[^\n]+\nPORT holds "x"[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("which is named by no option but these", async () => {
    for (const args of [["--url", "http://127.0.0.1:1"], ["orchestrator.db"]]) {
      expect(await runCli(["rebuild", ...args])).toMatchObject({ code: 2, stdout: "" });
    }
  });
});

describe("rebuild refuses with one line, and leaves alone,", () => {
  type Case = {
    readonly what: string;
    readonly given: (path: string, folder: TestFolder) => unknown;
    readonly says: RegExp;
    readonly code?: number;
  };
  const CASES: readonly Case[] = [
    {
      what: "a file that is not there",
      given: () => {},
      says: /^there is no database at \S+orchestrator\.db$/,
      code: 3,
    },
    { what: "a folder", given: (path) => mkdirSync(path), says: /^\S+ is not a file$/ },
    {
      what: "an empty file",
      given: (path) => writeFileSync(path, ""),
      says: /^\S+ is not of this program's schema: start the server on it once$/,
    },
    {
      what: "a text",
      given: (path) => writeFileSync(path, "dear diary\n".repeat(1000)),
      says: /^cannot use the database \S+: file is not a database$/,
    },
    {
      what: "the ancestor's file",
      given: (_path, folder) => copyFixture(folder, "tac-0.9.0-orchestrator.db"),
      says: /is not of this program's schema: start the server on it once$/,
    },
    {
      what: "a stranger's file",
      given: (path) => script(path, "create table songs (title text)"),
      says: /^\S+ belongs to another program; it was left as it is$/,
    },
    {
      what: "a file of a newer version",
      given: (path) => ours(path, NEWER),
      says: /^\S+ has schema 999, this program knows \d+: start a newer version of it$/,
    },
    {
      what: "a file of an older version",
      given: (path) => ours(path, "delete from orchestrator_migrations where version > 3"),
      says: /is not of this program's schema: start the server on it once$/,
    },
    {
      what: "a file of another history",
      given: (path) => ours(path, "update orchestrator_migrations set checksum = 'x' where version = 2"),
      says: /was migrated by another build: migration 2 differs from ours$/,
    },
    {
      what: "a database that was cut off",
      given: async (path) => {
        await ours(path, ROWS);
        truncateSync(path, 9000);
      },
      says: /^cannot use the database \S+: database disk image is malformed$/,
    },
  ];

  test.each(CASES)("$what", async ({ given, says, code = 1 }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(path, folder);
    // Beside a damaged file an empty journal stays.
    const kept = () => Object.entries(contents(folder)).filter(([name]) => !/-(shm|wal)$/.test(name));
    const before = kept();
    const exit = await runCli(["rebuild"], { env: { DATABASE_PATH: path } });
    expect(exit).toEqual({ code, stdout: "", stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(exit.stderr.trimEnd()).toMatch(says);
    expect(kept()).toEqual(before);
  });

  test("a file that another program keeps locked", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path, ROWS, DAMAGE);
    using other = new Database(path);
    other.run("begin immediate");
    const { cli } = testCli({ env: { DATABASE_PATH: path } });
    const ended = await rebuild(cli, {}, (file) => rebuildTotals(file, 1)).catch((error: unknown) => error);
    expect(ended).toEqual(new CommandError(`another program keeps ${path} locked; try again`));
    other.run("rollback");
    expect(query(path, "select agents from orchestrator_sessions")).toEqual([{ agents: 7 }]);
    await rebuild(cli, {}, (file) => rebuildTotals(file, 1));
    expect(query(path, "select agents from orchestrator_sessions")).toEqual([{ agents: 1 }]);
  });

  test("a file that the disk has no room for; a fault of ours is told as one", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await ours(path);
    const { cli } = testCli({ env: { DATABASE_PATH: path } });
    const failing = async (error: Error) => {
      const fill = async () => {
        throw error;
      };
      return rebuild(cli, {}, fill).catch((caught: unknown) => caught);
    };
    expect(await failing(new StoreFull("The disk is full."))).toEqual(new CommandError("The disk is full."));
    const defect = new TypeError("undefined is not a function");
    expect(await failing(defect)).toBe(defect);
  });

  test("a file with a hostile name, which is shown and never obeyed", async () => {
    using folder = testFolder();
    const path = folder.file("\u001B[2J\u202Ex.db");
    const { code, stderr } = await runCli(["rebuild"], { env: { DATABASE_PATH: path } });
    expect(rawIn(stderr)).toEqual([]);
    expect(code).toBe(3);
  });
});

test("rebuild says in its help when one needs it, and what happens to a server", async () => {
  const { stdout } = await runCli(["rebuild", "--help"]);
  for (const word of ["DATABASE_PATH", "triggers", "server"]) expect(stdout).toContain(word);
});
