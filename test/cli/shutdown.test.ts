import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { type ForeignWriter, openForeignWriter } from "#test/support/foreign-writer.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { openSocket } from "#test/support/socket-client.ts";

const PATIENCE_MS = 30_000;
const NOTHING_HELD = { code: 0, stderr: "" };

function database(folder: TestFolder): string {
  return folder.file("data/orchestrator.db");
}

function post(url: string, name: string): Promise<Response> {
  return fetch(`${url}/api/agents`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, agent_type: "skill" }),
  });
}

/** A POST that waits for the lock that the other process holds; the server has taken it in when this resolves. */
async function postBehindLock(url: string, other: ForeignWriter, name: string): Promise<{ answer: Promise<Response> }> {
  await other.run("begin immediate");
  const answer = post(url, name);
  answer.catch(() => {});
  // Connections are taken in the order in which they come: these are answered after that one was read.
  for (let turn = 0; turn < 3; turn += 1) await fetch(`${url}/health`, { headers: { Connection: "close" } });
  return { answer };
}

/** Opens the feed as server-sent events and reads its first frame; `rest` is all that comes until it ends. */
async function openStream(url: string): Promise<{ first: string; rest: Promise<string> }> {
  const response = await fetch(`${url}/api/events`, { headers: { Accept: "text/event-stream" } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value: first = "" } = await reader.read();
  async function readOn(): Promise<string> {
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += value;
    }
  }
  return { first, rest: readOn() };
}

describe("a stop", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "by %s closes sockets with 1012, ends streams, and leaves the file alone behind",
    async (signal) => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using events = await openSocket(url, "/ws/events");
      await using agents = await openSocket(url, "/ws/agent-status");
      const stream = await openStream(url);
      expect(stream.first).toContain('"type":"hello"');
      expect((await post(url, "one")).status).toBe(201);
      await events.next("the definition", ({ type }) => type === "orchestrator_agent.created");

      program.kill(signal);
      expect([await events.ended(), await agents.ended()]).toEqual([1012, 1012]);
      expect(await stream.rest).toContain("orchestrator_agent.created");
      expect(await program.exited).toMatchObject(NOTHING_HELD);
      expect(readdirSync(folder.file("data"))).toEqual(["orchestrator.db"]);
      await expect(post(url, "late")).rejects.toThrow();
    },
    PATIENCE_MS,
  );

  test(
    "lets a running request finish, and takes no new one",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using socket = await openSocket(url, "/ws/events");
      await using other = await openForeignWriter(database(folder));
      const { answer } = await postBehindLock(url, other, "in-flight");

      program.kill("SIGTERM");
      expect(await socket.ended()).toBe(1012);
      await expect(fetch(`${url}/health`, { headers: { Connection: "close" } })).rejects.toThrow();
      await other.run("commit");

      const response = await answer;
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ name: "in-flight" });
      expect(await program.exited).toMatchObject(NOTHING_HELD);
      expect(await other.run("select name from orchestrator_agents")).toEqual([{ name: "in-flight" }]);
    },
    PATIENCE_MS,
  );

  test(
    "answers 503 to a running request that does not get the lock, and ends within 10 seconds",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using other = await openForeignWriter(database(folder));
      const { answer } = await postBehindLock(url, other, "in-flight");

      const begin = performance.now();
      program.kill("SIGINT");
      const response = await answer;
      expect(response.status).toBe(503);
      expect(response.headers.get("Retry-After")).not.toBeNull();
      expect(await program.exited).toMatchObject(NOTHING_HELD);
      expect(performance.now() - begin).toBeLessThan(10_000);
      await other.run("rollback");
      expect(await other.run("select name from orchestrator_agents")).toEqual([]);
    },
    PATIENCE_MS,
  );

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "is cut short by a second %s",
    async (signal, code) => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using socket = await openSocket(url, "/ws/events");
      await using other = await openForeignWriter(database(folder));
      expect((await post(url, "answered")).status).toBe(201);
      const { answer } = await postBehindLock(url, other, "hangs");

      program.kill(signal);
      expect(await socket.ended()).toBe(1012);
      program.kill(signal);
      expect((await program.exited).code).toBe(code);
      await expect(answer).rejects.toThrow();
      await other.run("rollback");
      expect(await other.run("select name from orchestrator_agents")).toEqual([{ name: "answered" }]);
    },
    PATIENCE_MS,
  );

  test(
    "comes by itself, with one line, when a newer version migrates the file",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using socket = await openSocket(url, "/ws/events");
      await using other = await openForeignWriter(database(folder));
      await other.run(
        "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')",
      );

      const { code, stderr } = await program.exited;
      expect(stderr).toMatch(/^[^\n]*was migrated by a newer version[^\n]*\n$/);
      expect(code).toBe(1);
      expect(await socket.ended()).toBe(1012);
    },
    PATIENCE_MS,
  );

  test(
    "comes by itself, with one line, when the database file is removed",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using socket = await openSocket(url, "/ws/events");
      rmSync(database(folder));

      const { code, stderr } = await program.exited;
      expect(stderr).toMatch(/^[^\n]*was removed or replaced while the server ran\n$/);
      expect(code).toBe(1);
      expect(await socket.ended()).toBe(1012);
    },
    PATIENCE_MS,
  );

  test(
    "is not asked for by another program's ordinary write",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      await using socket = await openSocket(url, "/ws/events");
      await using other = await openForeignWriter(database(folder));
      await other.run("insert into system_logs (component, message) values ('adw', 'hello')");
      await socket.next("the log", ({ type }) => type === "system_log.created");
      expect((await fetch(`${url}/health`)).status).toBe(200);
    },
    PATIENCE_MS,
  );
});
