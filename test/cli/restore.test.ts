import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type CliExit, runCli } from "#test/support/cli.ts";
import {
  expectConsistent,
  feedOf,
  headOf,
  LARGE,
  later,
  namesIn,
  ours,
  replacedIn,
  withBackup,
} from "#test/support/copies.ts";
import { openOnce, query, storedRows } from "#test/support/database.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PATIENCE_MS = 30_000;

const restore = (path: string, ...args: readonly string[]) =>
  runCli(["restore", ...args], { env: { DATABASE_PATH: path } });

function expectDone(exit: CliExit): string {
  expect(exit).toEqual({ code: 0, stdout: expect.any(String), stderr: "" });
  return exit.stdout;
}

/** Stores a row that came after the backup, through a server. */
async function writeLater(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/system/logs`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ component: "later", message: "z" }),
  });
  expect(answer.status).toBe(201);
}

describe("restore", () => {
  test("says what it did and where the old database is; the store serves, and goes on with the backup's numbers", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    await openOnce(path);
    const old = { feed: feedOf(path) as string, head: headOf(path) };
    const said = expectDone(await restore(path, file));
    expect(said).toMatch(/^\S+orchestrator\.db is restored: \d\.\d MB, \d+ rows, feed up to \d+\n/);
    expect(said).toEndWith(`\nthe one before is ${replacedIn(folder)}; start the server when you like\n`);
    expect([later(path), later(replacedIn(folder))]).toEqual([0, 2]);

    await using server = await testServer(path);
    const head = headOf(path);
    const events = async (of: string) => (await server.call("GET", `/api/events?${of}`)).body;
    const replaced = { code: "cursor_gone", reason: "replaced", head_seq: head };
    expect(await events(`after=1&feed=${old.feed}`)).toMatchObject(replaced);
    expect(await events(`after=${old.head}`)).toMatchObject({ ...replaced, reason: "ahead" });
    await using socket = await openSocket(server.url, `/ws/events?after=${old.head}&feed=${old.feed}`);
    expect(await socket.ended()).toBe(4410);
    expect(socket.frames).toMatchObject([{ type: "hello" }, { type: "stale", reason: "replaced", head_seq: head }]);
    await until("the texts to be found", async () => {
      const { body } = await server.call("GET", "/api/runtime/prompts?q=needle");
      return body.length === 1;
    });
    await writeLater(server.url);
    expect(headOf(path)).toBe(head + 1);
    expect(query(path, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
  });

  test("--json prints it; a database that is not there yet is made, in a folder for its owner", async () => {
    using folder = testFolder();
    const { file } = await withBackup(folder);
    const path = folder.file("new/deep/x.db");
    const done = JSON.parse(expectDone(await restore(path, file, "--json")));
    expect(done).toMatchObject({
      database: path,
      from: file,
      replaced: null,
      feed: feedOf(path),
      head_seq: headOf(file),
    });
    expect(storedRows(path)["agents"]).toEqual(storedRows(file)["agents"]!);
    const modes = [path, folder.file("new"), folder.file("new/deep")].map((made) => statSync(made).mode & 0o777);
    expect(modes).toEqual([0o600, 0o700, 0o700]);
  });

  test(
    "does not apply the log that a killed server left to the new database, and keeps what is in it with the old one",
    async () => {
      using folder = testFolder();
      const { path, file } = await withBackup(folder);
      await using program = startProgram(folder.path, { PORT: "0", DATABASE_PATH: path });
      await writeLater(await program.url);
      program.kill("SIGKILL");
      await program.exited;
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
      expectDone(await restore(path, file));
      expect(existsSync(`${path}-wal`)).toBe(false);
      expect([later(path), later(replacedIn(folder))]).toEqual([0, 3]);
      expectConsistent(path);
    },
    PATIENCE_MS,
  );
});

describe("restore refuses, with everything as it was,", () => {
  test(
    "while a server runs, which is not harmed by it",
    async () => {
      using folder = testFolder();
      const { path, file } = await withBackup(folder);
      await using program = startProgram(folder.path, { PORT: "0", DATABASE_PATH: path });
      const url = await program.url;
      const feed = feedOf(path);
      const exit = await restore(path, file);
      const says = /^\S+ is in use: stop the server and every other program that has it open\n$/;
      expect(exit).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(says) });
      await writeLater(url);
      expect(query(path, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
      expect([later(path), feedOf(path), namesIn(folder)]).toEqual([3, feed, ["b.db", "orchestrator.db"]]);
      program.kill("SIGTERM");
      expect(await program.exited).toMatchObject({ code: 0, stderr: expect.not.stringContaining('"error"') });
      expectConsistent(path);
    },
    PATIENCE_MS,
  );

  test.each([
    { what: "a backup that is not there", file: "none.db", says: /^there is no file \S+\n$/, code: 3 },
    { what: "a file that is none", file: "text", says: /cannot be read \(file is not a database\): take/, code: 1 },
  ])("$what", async ({ file, says, code }) => {
    using folder = testFolder();
    const { path } = await withBackup(folder);
    writeFileSync(folder.file("text"), "dear diary\n".repeat(999));
    const exit = await restore(path, folder.file(file));
    expect(exit).toEqual({ code, stdout: "", stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(exit.stderr).toMatch(says);
    expect(namesIn(folder)).toEqual(["b.db", "orchestrator.db", "text"]);
  });
});

test("restore says so when the folder of a new database cannot be made", async () => {
  using folder = testFolder();
  const { file } = await withBackup(folder);
  const exit = await restore(`${file}/x.db`, file);
  expect(exit).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^the copy cannot be made: [^\n]+\n$/) });
});

describe("a restore that is cut off", () => {
  const partials = (folder: TestFolder) => readdirSync(folder.path).filter((name) => name.startsWith("."));
  const hashOf = (path: string) => Bun.hash(readFileSync(path));

  test.each(["SIGINT", "SIGKILL"] as const)(
    "by %s while it copies has changed nothing, and may be repeated",
    async (signal) => {
      using folder = testFolder();
      const { path, file } = await withBackup(folder);
      await ours(folder.file("large.db"), LARGE);
      const before = hashOf(path);
      await using program = startProgram(folder.path, { DATABASE_PATH: path }, ["restore", "large.db"]);
      await until("it to write", () => partials(folder).length > 0);
      program.kill(signal);
      expect((await program.exited).code).toBe(signal === "SIGINT" ? 130 : 137);
      // Killed itself, it cannot end the process that copies: that one ends when it has nobody to tell any more.
      await until("that to end", () => partials(folder).length === 0);
      expect(hashOf(path)).toBe(before);
      await until("the lock to be free", async () => (await restore(path, file)).code === 0);
      expect([later(path), partials(folder)]).toEqual([0, []]);
    },
    PATIENCE_MS,
  );
});
