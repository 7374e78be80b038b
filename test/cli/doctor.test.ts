import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { chmodSync, copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { VERSION } from "#src/assets.ts";
import type { Finding } from "#src/cli/commands/doctor.ts";
import { type CliExit, runCli } from "#test/support/cli.ts";
import { damagePages, pagesOf } from "#test/support/damage.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { contents } from "#test/support/contents.ts";
import { openOnce, script } from "#test/support/database.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { copyFixture, FIXTURES, type TestFolder, testFolder } from "#test/support/folder.ts";
import { rawIn } from "#test/support/hostile.ts";
import { smallDisk } from "#test/support/small-disk.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";

/** Variables of a person who runs this server. */
function envOf(server: TestServer): Record<string, string> {
  return { DATABASE_PATH: server.path, PORT: new URL(server.url).port };
}

/** A port that was free a moment ago, and that anybody may take. */
function freePort(): string {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);
  return String(listener.port);
}

/** Nobody listens on the port: whatever is wrong besides is looked at alone. */
const NO_SERVER = { ORCHESTRATOR_URL: "http://127.0.0.1:1", PORT: "0" };

async function findingsOf(env: Record<string, string>): Promise<{ exit: CliExit; of: Record<string, Finding> }> {
  const exit = await runCli(["doctor", "--json"], { env });
  const findings = JSON.parse(exit.stdout) as Finding[];
  return { exit, of: Object.fromEntries(findings.map((finding) => [finding.check, finding])) };
}

describe("doctor", () => {
  test("finds all well where a server runs, and exits with 0", async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await runCli(["doctor"], { env: envOf(server) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { port } = new URL(server.url);
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^ok {7}program {8}orchestrator \d+\.\d+\.\d+ \(.+\), \w+ \w+, Bun \d/),
      `ok       configuration  127.0.0.1:${port}, ${server.path}`,
      expect.stringMatching(
        new RegExp(`^ok       server         ${server.url} answers: version ${VERSION}, up \\d+s$`),
      ),
      expect.stringMatching(
        /^ok {7}database {7}\S+ opens and passes its check: schema (\d+) of \1, \d\.\d MB, SQLite 3/,
      ),
      expect.stringMatching(/^ok {7}folder {9}\S+ can be written$/),
      `ok       port           ${port} is in use by the server`,
    ]);
  });

  test("--json prints the same findings", async () => {
    await using server = await testServer();
    const { exit, of } = await findingsOf(envOf(server));
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 0, stderr: "" });
    expect(Object.keys(of)).toEqual(["program", "configuration", "server", "database", "folder", "port"]);
    const { stdout } = await runCli(["doctor"], { env: envOf(server) });
    for (const { check, status, detail } of Object.values(of)) {
      if (check !== "server") expect(stdout).toContain(`${status.padEnd(7)}  ${check.padEnd(13)}  ${detail}\n`);
    }
  });

  test("exits with 5 where only the server is missing, and says how to start it", async () => {
    using folder = testFolder();
    const { exit, of } = await findingsOf({
      PORT: freePort(),
      DATABASE_PATH: folder.file("x.db"),
      ORCHESTRATOR_URL: NO_SERVER.ORCHESTRATOR_URL,
    });
    expect(of["server"]).toEqual({
      check: "server",
      status: "failed",
      detail: "no Orchestrator at http://127.0.0.1:1: nothing listens there; start it with `orchestrator`",
    });
    expect(of["port"]?.status).toBe("ok");
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 5, stderr: "not well: server\n" });
  });

  test("exits with 1 where more is wrong than that", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("file"), "");
    const { exit, of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: folder.file("file/data/x.db") });
    expect(of["folder"]).toEqual({
      check: "folder",
      status: "failed",
      detail: `${folder.file("file")} is not a folder`,
    });
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: server, folder\n" });
  });

  test.each([
    { env: { PORT: "eighty", HOST: "a b" }, names: ["PORT", "HOST"] },
    { env: { PORT: "eighty", ORCHESTRATOR_URL: "http://127.0.0.1:1" }, names: ["PORT"] },
  ])("tells of wrong variables: $names", async ({ env, names }) => {
    const { exit, of } = await findingsOf(env as Record<string, string>);
    expect(Object.keys(of)).toEqual(["program", "configuration", "server"]);
    expect(of["configuration"]?.status).toBe("failed");
    for (const name of names) expect(of["configuration"]?.detail).toContain(`${name} holds "`);
    expect(of["server"]?.status).toBe("failed");
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: configuration, server\n" });
  });

  test("tells of a wrong address of the server alone, and looks at the rest", async () => {
    using folder = testFolder();
    const env = { ORCHESTRATOR_URL: "localhost:8000", PORT: "0", DATABASE_PATH: folder.file("x.db") };
    const { exit, of } = await findingsOf(env);
    expect(of["server"]?.detail).toBe(
      'not asked: ORCHESTRATOR_URL holds "localhost:8000"; it may hold an address such as http://127.0.0.1:8000',
    );
    expect(of["database"]?.status).toBe("ok");
    expect(exit.code).toBe(1);
  });

  test("a free port has no server to ask, unless it is named", async () => {
    using folder = testFolder();
    const { of } = await findingsOf({ PORT: "0", DATABASE_PATH: folder.file("x.db") });
    expect(of["server"]?.detail).toStartWith("not asked: the server takes a free port");
    expect(of["port"]).toEqual({ check: "port", status: "ok", detail: "a free one is taken at the start" });
  });
});

describe("doctor's database:", () => {
  type Case = {
    readonly what: string;
    readonly given: (folder: TestFolder, path: string) => unknown;
    readonly status: Finding["status"];
    readonly says: RegExp;
  };
  const CASES: readonly Case[] = [
    {
      what: "missing",
      given: () => {},
      status: "ok",
      says: /^\S+ will be made at the first start \(SQLite 3[\d.]+\)$/,
    },
    { what: "empty", given: (_folder, path) => writeFileSync(path, ""), status: "ok", says: /will be made/ },
    ...FIXTURES.map((fixture) => ({
      what: `the ancestor's ${fixture}`,
      given: (folder: TestFolder) => copyFixture(folder, fixture),
      status: "ok" as const,
      says: /^\S+ \(TAC Bootstrap, \d\.\d MB\) will be adopted at the first start$/,
    })),
    {
      what: "ours, for others to read",
      given: async (_folder, path) => {
        await openOnce(path);
        chmodSync(path, 0o644);
      },
      status: "warning",
      says: /; others may read it: chmod 600 \S+orchestrator\.db$/,
    },
    {
      what: "a stranger's",
      given: (_folder, path) => script(path, "create table songs (title text)"),
      status: "failed",
      says: /^\S+orchestrator\.db: it belongs to another program$/,
    },
    {
      what: "no database",
      given: (_folder, path) => writeFileSync(path, "dear diary\n".repeat(1000)),
      status: "failed",
      says: /^\S+orchestrator\.db: file is not a database$/,
    },
    {
      what: "of a newer version",
      given: async (_folder, path) => {
        await openOnce(path);
        script(path, "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')");
      },
      status: "failed",
      says: /^\S+orchestrator\.db has schema 999, this program knows \d+: start a newer version of it$/,
    },
    {
      what: "damaged",
      given: async (_folder, path) => {
        await openOnce(path);
        const bytes = Buffer.from(await Bun.file(path).bytes());
        bytes.fill(0xaa, 8 * 4096, 20 * 4096);
        writeFileSync(path, bytes);
      },
      status: "failed",
      says: /^\S+orchestrator\.db: its check fails: [^\\]+; Tree \d+ page \d+: [^\\]+$/,
    },
  ];

  test.each(CASES)("$what", async ({ given, status, says }) => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await given(folder, path);
    const before = contents(folder);
    const { exit, of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: path });
    expect(of["database"]).toEqual({ check: "database", status, detail: expect.stringMatching(says) });
    expect(exit.code).toBe(status === "failed" ? 1 : 5);
    expect(exit.stderr).toBe(`not well: server${status === "failed" ? ", database" : ""}\n`);
    expect(contents(folder)).toEqual(before);
  });

  test("damaged says what would help, and names the newest copy beside it", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await openOnce(path);
    truncateSync(path, 9000);
    const first = await findingsOf({ ...NO_SERVER, DATABASE_PATH: path });
    expect(first.of["database"]?.detail).toMatch(
      /^\S+: it was cut off: 9000 of \d+ bytes are there \(database disk image is malformed\); bring back a backup: `orchestrator restore <backup>`$/,
    );
    writeFileSync(`${path}.backup-7-20260301T000000Z`, "");
    const second = await findingsOf({ ...NO_SERVER, DATABASE_PATH: path });
    expect(second.of["database"]?.detail).toEndWith(`\`orchestrator restore ${path}.backup-7-20260301T000000Z\``);
  });

  test("with the write-ahead log of another file: it says that without that it is well", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await openOnce(path);
    // Another database: a page of it, in a log whose sums are right.
    const other = folder.file("other.db");
    script(other, `create table t (x); insert into t values (zeroblob(2000000)); pragma journal_mode = wal`);
    using db = new Database(other);
    db.run("update t set x = randomblob(2000000)");
    copyFileSync(`${other}-wal`, `${path}-wal`);
    const { of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: path });
    expect(of["database"]?.status).toBe("failed");
    expect(of["database"]?.detail).toEndWith(`; without ${path}-wal it is well: move that away`);
  });

  test("of a disk with little room is a warning of the folder", async () => {
    using disk = smallDisk(2 * 1024 * 1024);
    if (disk === null) return;
    await openOnce(disk.file("orchestrator.db"));
    const { of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: disk.file("orchestrator.db") });
    expect(of["folder"]?.status).toBe("warning");
    expect(of["folder"]?.detail).toMatch(
      /^\S+: its disk has \d\.\d MB left; free some space, or writes will be refused$/,
    );
    expect(of["database"]?.detail).not.toContain("free");
  });

  test("tells about how much its disk has left", async () => {
    using folder = testFolder();
    await openOnce(folder.file("orchestrator.db"));
    const { of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: folder.file("orchestrator.db") });
    expect(of["database"]?.detail).toMatch(/, SQLite 3[\d.]+, more than \d+ [MG]B free$/);
  });

  test("in a folder that is not there yet is no fault, and the folder is not made", async () => {
    using folder = testFolder();
    const { of } = await findingsOf({ ...NO_SERVER, DATABASE_PATH: folder.file("a/b/c.db") });
    expect([of["database"]?.status, of["folder"]?.status]).toEqual(["ok", "ok"]);
    expect(contents(folder)).toEqual({});
  });

  test("with a hostile name is shown and never obeyed", async () => {
    using folder = testFolder();
    mkdirSync(folder.file("\u001B[2J"));
    const path = folder.file("\u001B[2J/\u202Ex.db");
    script(path, "create table songs (title text)");
    for (const args of [[], ["--json"]]) {
      const { stdout, stderr } = await runCli(["doctor", ...args], { env: { ...NO_SERVER, DATABASE_PATH: path } });
      expect(rawIn(stdout + stderr)).toEqual([]);
    }
  });
});

describe("doctor's server:", () => {
  test("with a wrong token is there, and its port is its own", async () => {
    await using server = await testServer();
    await using proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/health") return fetch(server.url + pathname);
        const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "r" };
        return Response.json({ code: "unauthorized", detail: "The token is not valid." }, { status: 401, headers });
      },
    });
    const { exit, of } = await findingsOf({ DATABASE_PATH: server.path, PORT: String(proxy.port) });
    expect(of["server"]).toEqual({
      check: "server",
      status: "failed",
      detail: "The token is not valid. (set ORCHESTRATOR_TOKEN to a valid token)",
    });
    expect(of["port"]).toEqual({ check: "port", status: "ok", detail: `${proxy.port} is in use by the server` });
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: server\n" });
  });

  test("of another version is a warning, and its port is its own", async () => {
    await using server = await testServer();
    await using proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        const answer = await fetch(server.url + pathname + search);
        const body =
          pathname === "/health" ? { ...((await answer.json()) as object), version: "9.9.9" } : await answer.json();
        return Response.json(body, { headers: { "X-Request-Id": "r" } });
      },
    });
    const { exit, of } = await findingsOf({ DATABASE_PATH: server.path, PORT: String(proxy.port) });
    expect(of["server"]?.status).toBe("warning");
    expect(of["server"]?.detail).toEndWith(`version 9.9.9, up 0s; this program is ${VERSION}: update the older one`);
    expect(of["port"]?.detail).toBe(`${proxy.port} is in use by the server`);
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("that is not healthy tells what is not, and its port is its own", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    const filled = await testServer(path);
    for (let index = 0; index < 20; index += 1) {
      await filled.call("POST", "/api/system/logs", { component: "c", message: "m".repeat(3000) });
    }
    await filled.stop();
    await using server = await testServer(path);
    damagePages(path, pagesOf(path, "system_logs")[0]!);
    expect((await server.call("GET", "/api/system/logs?limit=1000")).status).toBe(503);
    const { exit, of } = await findingsOf(envOf(server));
    expect(of["server"]?.status).toBe("failed");
    expect(of["server"]?.detail).toStartWith(
      `${server.url} is not healthy: damage failed: database disk image is malformed`,
    );
    expect(of["database"]).toMatchObject({ status: "failed", detail: expect.stringContaining("its check fails: ") });
    expect(of["port"]?.status).toBe("ok");
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: server, database\n" });
  });

  test("that waits for another program's lock is a warning", async () => {
    await using server = await testServer();
    await using other = await openForeignWriter(server.path);
    await other.run("begin immediate");
    const { exit, of } = await findingsOf(envOf(server));
    expect(of["server"]?.status).toBe("warning");
    expect(of["server"]?.detail).toEndWith("; writer degraded (waiting)");
    expect(exit.code).toBe(0);
  });

  test("whose database does not answer is not well", async () => {
    await using server = refusingServer(503, "The database does not answer.");
    using folder = testFolder();
    const { exit, of } = await findingsOf({
      ORCHESTRATOR_URL: server.url,
      PORT: "0",
      DATABASE_PATH: folder.file("x.db"),
    });
    expect(of["server"]?.detail).toBe("The database does not answer.");
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: server\n" });
  });
});

describe("doctor's port:", () => {
  test("in use by something else", async () => {
    using folder = testFolder();
    await using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
    const { exit, of } = await findingsOf({ PORT: String(other.port), DATABASE_PATH: folder.file("x.db") });
    expect(of["server"]?.detail).toStartWith(
      `no Orchestrator at http://127.0.0.1:${other.port}: something else answered`,
    );
    expect(of["port"]).toEqual({
      check: "port",
      status: "failed",
      detail: `${other.port} on 127.0.0.1 is in use by another program; set WEBSOCKET_PORT (or PORT, which wins) to another port`,
    });
    expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 1, stderr: "not well: server, port\n" });
  });

  test("on an address that is not this machine's", async () => {
    using folder = testFolder();
    const env = { ...NO_SERVER, HOST: "192.0.2.1", PORT: "18000", DATABASE_PATH: folder.file("x.db") };
    const { of } = await findingsOf(env);
    expect(of["port"]?.status).toBe("failed");
    expect(of["port"]?.detail).toStartWith("18000 on 192.0.2.1 cannot be listened on: ");
  });

  test("that was looked at is free again", async () => {
    using folder = testFolder();
    const probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = probe.port!;
    await probe.stop(true);
    const { of } = await findingsOf({ ...NO_SERVER, PORT: String(port), DATABASE_PATH: folder.file("x.db") });
    expect(of["port"]).toEqual({ check: "port", status: "ok", detail: `${port} on 127.0.0.1 is free` });
    await using again = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response() });
    expect(again.port).toBe(port);
  });
});

test("doctor leaves a database that a server uses as it was", async () => {
  using folder = testFolder();
  await using server = await testServer(folder.file("orchestrator.db"));
  await server.call("POST", "/api/system/logs", { component: "c", message: "m" });
  // Readers of a journal stand in its -shm.
  const kept = () => Object.entries(contents(folder)).filter(([name]) => !name.endsWith("-shm"));
  const before = kept();
  expect((await runCli(["doctor"], { env: envOf(server) })).code).toBe(0);
  expect(kept()).toEqual(before);
  expect((await server.call("GET", "/api/system/logs")).body).toHaveLength(1);
});
