import { describe, expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { startProgram } from "#test/support/program.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const log = (message: string) => ({ component: "c", message });

describe("lock held:", () => {
  test("reads are answered meanwhile, also by live streams; writes wait and succeed, in order, once it is gone", async () => {
    await using server = await testServer(undefined, { limits: { bookmarkMs: 20 } });
    await using socket = await openSocket(server.url, "/ws/events");
    await socket.next("hello", ({ type }) => type === "hello");
    await server.call("POST", "/api/system/logs", log("before"));
    await using other = await openForeignWriter(server.path);
    await other.run("begin immediate");
    let answered = 0;
    const names = Array.from({ length: 20 }, (_, index) => `log ${index}`);
    const writes: Promise<number>[] = [];
    for (const name of names) {
      writes.push(
        server
          .call("POST", "/api/system/logs", log(name))
          .finally(() => (answered += 1))
          .then(({ status }) => status),
      );
      // One after another: each is in the queue before the next is sent.
      expect((await server.call("GET", "/api/system/logs")).status).toBe(200);
    }
    for (let times = 0; times < 100; times += 1) {
      const { status, body } = await server.call("GET", "/api/system/logs");
      expect([status, body.length]).toEqual([200, 1]);
    }
    const told = socket.frames.length;
    await until("a bookmark", () => socket.frames.slice(told).find(({ type }) => type === "bookmark"));
    expect(answered).toBe(0);
    await other.run("commit");
    expect(await Promise.all(writes)).toEqual(names.map(() => 201));
    const stored = query(server.path, "select message from system_logs order by id");
    expect(stored.map(({ message }) => message)).toEqual(["before", ...names]);
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  }, 20_000);

  test("for longer than a write waits: 503 with Retry-After; health tells of it from the first, and is well again after", async () => {
    await using server = await testServer();
    await using other = await openForeignWriter(server.path);
    await other.run("begin immediate");
    const write = server.call("POST", "/api/system/logs", log("refused"));
    const early = await until("health to see the lock", async () => {
      const { status, body } = await server.call("GET", "/health");
      return body.checks.writer.reason === "waiting" && { status, body };
    });
    expect(early).toMatchObject({
      status: 200,
      body: { status: "healthy", checks: { writer: { status: "degraded" } } },
    });
    const { status, headers, body } = await write;
    expect([status, headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(body).toMatchObject({ code: "unavailable", detail: expect.stringContaining("keeps the database locked") });
    const late = await until("health to give up", async () => {
      const answer = await server.call("GET", "/health");
      return answer.status === 503 ? answer : null;
    });
    expect(late.body).toMatchObject({
      status: "unhealthy",
      database: "connected",
      checks: {
        reader: { status: "ok" },
        writer: { status: "failed", reason: "waiting", waiting_ms: expect.any(Number) },
      },
    });
    expect((await server.call("GET", "/api/system/logs")).status).toBe(200);
    await other.run("commit");
    await until("health", async () => (await server.call("GET", "/health")).body.checks.writer.status === "ok");
    expect((await server.call("POST", "/api/system/logs", log("stored"))).status).toBe(201);
    expect(query(server.path, "select message from system_logs")).toEqual([{ message: "stored" }]);
  }, 20_000);

  test("while the server starts: it starts and reads, and writes once the lock is gone", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    await using other = await openForeignWriter(path);
    await other.run("begin immediate");
    await using program = startProgram(folder.path, { PORT: "0", DATABASE_PATH: path });
    const url = await program.url;
    expect((await fetch(`${url}/api/system/logs`)).status).toBe(200);
    const write = fetch(`${url}/api/system/logs`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(log("stored")),
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await other.run("commit");
    expect((await write).status).toBe(201);
  }, 20_000);

  test("while the server stops: it stops, and leaves the file to who holds it", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    await using program = startProgram(folder.path, { PORT: "0", DATABASE_PATH: path });
    const url = await program.url;
    await using other = await openForeignWriter(path);
    await other.run("begin immediate");
    await other.run("insert into system_logs (component, message) values ('c', 'theirs')");
    expect((await fetch(`${url}/health`)).status).toBe(200);
    program.kill("SIGTERM");
    expect(await program.exited).toMatchObject({ code: 0, stderr: "" });
    await other.run("commit");
    expect(query(path, "select message from system_logs")).toEqual([{ message: "theirs" }]);
  }, 20_000);
});
