import { describe, expect, test } from "bun:test";
import { openDatabase } from "#src/database/open.ts";
import { aDefinition, anAgent, aPrompt, aSystemLog } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { damagePages, pagesOf } from "#test/support/damage.ts";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { parseExposition, valueOf } from "#test/support/exposition.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import type { Answer } from "#test/support/test-app.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PROMPTS = 200;
const DAMAGE = "the database is damaged, or its disk fails";

/** A server that runs on a file of 200 prompts, none of which it has read yet. */
async function onPrompts(): Promise<AsyncDisposable & { readonly server: TestServer; readonly path: string }> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  const db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
  await db.orchestratorAgents.insert(aDefinition());
  await db.agents.insert(anAgent());
  const prompts = Array.from({ length: PROMPTS }, (_, index) =>
    aPrompt({ id: `p${index}`, prompt_text: "x".repeat(900) }),
  );
  await Promise.all(prompts.map((prompt) => db.prompts.insert(prompt, 0)));
  while (!(await db.texts.step()).done);
  await db[Symbol.asyncDispose]();
  const server = await testServer(path);
  return {
    server,
    path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const damageLines = ({ log }: TestServer) => log.lines.filter(({ message }) => message.startsWith(DAMAGE));

function expectDamaged({ status, headers, body }: Answer): void {
  expect([status, headers.get("Content-Type"), headers.get("Retry-After")]).toEqual([
    503,
    "application/problem+json",
    "60",
  ]);
  expect(body.code).toBe("unavailable");
  expect(body.detail).toMatch(/damaged page of the database.*`orchestrator doctor`/);
}

describe("damaged page at run time:", () => {
  test("only what touches it is answered with 503; all else is read, written and told, and health says so", async () => {
    await using on = await onPrompts();
    const { server, path } = on;
    await using socket = await openSocket(server.url, "/ws/events");
    await socket.next("hello", ({ type }) => type === "hello");
    expect((await server.call("GET", "/health")).status).toBe(200);
    damagePages(path, pagesOf(path, "prompts")[5]!);

    const ids = Array.from({ length: PROMPTS }, (_, index) => `p${index}`);
    const lost: string[] = [];
    for (const id of ids) {
      const answer = await server.call("GET", `/api/runtime/prompts/${id}`);
      if (answer.status === 200) continue;
      expectDamaged(answer);
      lost.push(id);
    }
    expect(lost.length).toBeWithin(1, 20);
    expectDamaged(await server.call("GET", "/api/runtime/prompts?limit=1000"));

    // What is written together with one that meets the page is stored.
    const together = await Promise.all([
      server.call("POST", "/api/system/logs", { component: "c", message: "first" }),
      server.call("PATCH", `/api/runtime/prompts/${lost[0]}`, { status: "completed" }),
      server.call("POST", "/api/system/logs", { component: "c", message: "second" }),
      server.call("DELETE", `/api/runtime/prompts/${lost[0]}`),
      server.call("POST", "/api/agents", { name: "another", agent_type: "planner" }),
    ]);
    expect(together.map(({ status }) => status)).toEqual([201, 503, 201, 503, 201]);
    expectDamaged(together[1]!);
    expect((await server.call("GET", "/api/system/logs")).body).toHaveLength(2);
    await socket.next("the definition", ({ type }) => type === "orchestrator_agent.created");

    const { status, body } = await server.call("GET", "/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: "unhealthy",
      database: "connected",
      checks: {
        reader: { status: "ok" },
        writer: { status: "ok" },
        feed: { status: "ok" },
        damage: { status: "failed" },
      },
    });
    expect(body.checks.damage.detail).toMatch(/malformed; run `orchestrator doctor`/);
    expect(Date.parse(body.checks.damage.found_at)).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain(path);
    expect(damageLines(server)).toHaveLength(1);
  }, 20_000);

  test("a batch that meets it in one write stores the others", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    {
      await using db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
      await db.orchestratorAgents.insert(aDefinition());
      await db.agents.insert(anAgent());
      const ids = Array.from({ length: PROMPTS }, (_, index) => `p${index}`);
      await Promise.all(ids.map((id) => db.prompts.insert(aPrompt({ id }), 0)));
    }
    await using db = await openDatabase({ path, clock: testClock(), log: memoryLog() });
    damagePages(path, pagesOf(path, "prompts")[0]!);
    const settled = await Promise.allSettled([
      db.systemLogs.append(aSystemLog()),
      db.prompts.update("p0", { status: "pending", cost_usd: null }, { status: "streaming" }, 0),
      db.systemLogs.append(aSystemLog()),
    ]);
    expect(settled.map((one) => (one.status === "fulfilled" ? "stored" : (one.reason as Error).name))).toEqual([
      "stored",
      "StoreDamaged",
      "stored",
    ]);
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: 2 }]);
  });

  test("the figures tell of it, and of the writes that met it; the log of few of the requests, whatever their number", async () => {
    await using on = await onPrompts();
    const { server, path } = on;
    const figure = async (sample: string) => {
      const { body } = await server.call("GET", "/metrics");
      return valueOf(parseExposition(body as unknown as string), sample);
    };
    expect(await figure("orchestrator_database_damaged")).toBe(0);
    damagePages(path, pagesOf(path, "prompts")[0]!);
    for (let times = 0; times < 50; times += 1) {
      expectDamaged(await server.call("PATCH", "/api/runtime/prompts/p0", { status: "completed" }));
      expectDamaged(await server.call("GET", "/api/runtime/prompts/p0"));
    }
    expectDamaged(await server.call("DELETE", "/api/runtime/prompts/p0"));
    expect(await figure("orchestrator_database_damaged")).toBe(1);
    expect(await figure('orchestrator_writes_refused_total{reason="damaged"}')).toBeGreaterThan(0);
    const met = server.log.lines.filter(({ message }) => message.startsWith("a request met a damaged page"));
    expect(met).toHaveLength(5);
    expect(damageLines(server)).toHaveLength(1);
  }, 20_000);

  test("in the history of the feed: who wants it is closed, once each, and who goes on from now is told all", async () => {
    await using on = await onPrompts();
    const { server, path } = on;
    damagePages(path, pagesOf(path, "changes")[5]!);
    expectDamaged(await server.call("GET", "/api/events?after=0&limit=1000"));
    await using replay = await openSocket(server.url, "/ws/events?after=1");
    expect(await replay.ended()).toBe(1011);
    await using stream = await openSse(server.url, "/api/events?after=1");
    await until("the stream to end", () => stream.ended);
    expect(stream.frames.at(-1)?.type).toBe("hello");
    await using live = await openSocket(server.url, "/ws/events");
    await live.next("hello", ({ type }) => type === "hello");
    expect((await server.call("POST", "/api/system/logs", { component: "c", message: "m" })).status).toBe(201);
    await live.next("the log", ({ type }) => type === "system_log.created");
    const told = server.log.lines.filter(({ message }) => message === "a stream could not be opened");
    expect(told).toHaveLength(2);
    expect(damageLines(server)).toHaveLength(1);
  }, 20_000);

  test("after it was mended and the server started again, health is well", async () => {
    await using on = await onPrompts();
    const { server, path } = on;
    const damage = damagePages(path, pagesOf(path, "prompts")[5]!);
    expectDamaged(await server.call("GET", "/api/runtime/prompts?limit=1000"));
    damage.mend();
    expect((await server.call("GET", "/health")).status).toBe(503);
    await server.stop();
    await using again = await testServer(path);
    expect((await again.call("GET", "/health")).status).toBe(200);
    expect((await again.call("GET", "/api/runtime/prompts?limit=1000")).body).toHaveLength(PROMPTS);
  }, 20_000);
});
