import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiError, type Client, createClient, listAll, UnreachableError } from "#src/client/client.ts";
import type { Json } from "#test/support/json.ts";
import { documentText } from "#test/support/openapi.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { html, json, page, problem, scriptedFetch } from "./scripted-fetch.ts";

/** Pages for people, what others' clients are for, and sockets: `watch` is for the latter. */
const NO_FUNCTION = new Set([
  "getDashboard",
  "getDashboardAsset",
  "getDashboardView",
  "getDocs",
  "getDocsScript",
  "callMcp",
  "exportLogs",
  "exportTraces",
  "exportMetrics",
  "postHookScriptEvent",
  "receiveHook",
  "exchangeBroadcasts",
  "watchEvents",
  "watchAgentStatus",
]);
const NO_OPERATION = ["url", "watch", "createAgentLog"];

const operations: string[] = Object.values<Json>(JSON.parse(documentText()).paths).flatMap((byMethod) =>
  Object.values<Json>(byMethod).map(({ operationId }) => operationId),
);

test("every operation has a function of its name, and every function is an operation", () => {
  const expected = operations.filter((name) => !NO_FUNCTION.has(name));
  expect(Object.keys(createClient()).toSorted()).toEqual([...expected, ...NO_OPERATION].toSorted());
});

/** A server with a client of it, and rows of every kind. */
type Given = AsyncDisposable & {
  readonly server: TestServer;
  readonly client: Client;
  readonly definition: string;
  readonly agent: string;
  readonly prompt: string;
  readonly workflow: string;
};

async function given(): Promise<Given> {
  const server = await testServer();
  const post = async (path: string, body: object): Promise<string> => (await server.call("POST", path, body)).body.id;
  const definition = await post("/api/agents", { name: "planner", agent_type: "planner" });
  const agent = await post("/api/runtime/agents", { orchestrator_agent_id: definition, session_id: "s1" });
  const prompt = await post("/api/runtime/prompts", { agent_id: agent, prompt_type: "command", prompt_text: "Go" });
  await post("/api/runtime/logs", { agent_id: agent, log_type: "milestone", message: "Done" });
  await post("/api/system/logs", { component: "scheduler", message: "Started" });
  const workflow = await post("/api/runtime/workflows", { adw_name: "adw-1", workflow_type: "sdlc" });
  return {
    server,
    client: createClient({ url: server.url }),
    definition,
    agent,
    prompt,
    workflow,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A function of the client, and where plain HTTP has the same. */
type Reading = readonly [(given: Given) => Promise<unknown>, (given: Given) => string];

const LISTS: Record<string, Reading> = {
  listOrchestratorAgents: [({ client }) => client.listOrchestratorAgents({ limit: 2 }), () => "/api/agents?limit=2"],
  listRuntimeAgents: [({ client }) => client.listRuntimeAgents(), () => "/api/runtime/agents"],
  listBoard: [
    ({ client }) => client.listBoard({ session_id: ["s1", "s2"] }),
    () => "/api/runtime/board?session_id=s1,s2",
  ],
  listSessions: [({ client }) => client.listSessions(), () => "/api/runtime/sessions"],
  listPrompts: [({ client }) => client.listPrompts({}), () => "/api/runtime/prompts"],
  listAgentLogs: [({ client }) => client.listAgentLogs({ limit: 1 }), () => "/api/runtime/logs?limit=1"],
  listLogsOfAgent: [
    ({ client, agent }) => client.listLogsOfAgent(agent, { level: "INFO" }),
    ({ agent }) => `/api/runtime/logs/agent/${agent}?level=INFO`,
  ],
  listSystemLogs: [({ client }) => client.listSystemLogs(), () => "/api/system/logs"],
  listWorkflows: [({ client }) => client.listWorkflows(), () => "/api/runtime/workflows"],
};

const READS: Record<string, Reading> = {
  getOrchestratorAgent: [
    ({ client, definition }) => client.getOrchestratorAgent(definition),
    ({ definition }) => `/api/agents/${definition}`,
  ],
  getRuntimeAgent: [
    ({ client, agent }) => client.getRuntimeAgent(agent),
    ({ agent }) => `/api/runtime/agents/${agent}`,
  ],
  getSession: [({ client }) => client.getSession("s1"), () => "/api/runtime/sessions/s1"],
  getPrompt: [({ client, prompt }) => client.getPrompt(prompt), ({ prompt }) => `/api/runtime/prompts/${prompt}`],
  getWorkflow: [
    ({ client, workflow }) => client.getWorkflow(workflow),
    ({ workflow }) => `/api/runtime/workflows/${workflow}`,
  ],
  getStats: [
    ({ client }) => client.getStats({ by: ["agent_type", "day"], since: new Date(0), until: "2999-01-01" }),
    () => "/api/stats?by=agent_type,day&since=1970-01-01T00:00:00Z&until=2999-01-01",
  ],
  getAgentCost: [({ client, agent }) => client.getAgentCost(agent), ({ agent }) => `/api/runtime/agents/${agent}/cost`],
  listCosts: [
    ({ client }) => client.listCosts({ by: "agent", since: new Date(0), limit: 2 }),
    () => "/api/costs?by=agent&since=1970-01-01T00:00:00Z&limit=2",
  ],
  listEvents: [({ client }) => client.listEvents({ after: 1, limit: 3 }), () => "/api/events?after=1&limit=3"],
  getServiceInfo: [({ client }) => client.getServiceInfo(), () => "/"],
  getOpenApiDocument: [({ client }) => client.getOpenApiDocument(), () => "/openapi.json"],
  getProblemType: [({ client }) => client.getProblemType("conflict"), () => "/problems/conflict"],
};

/** A command, what its answer must show, and where plain HTTP reads the row afterwards. */
type Writing = {
  readonly run: (given: Given) => Promise<unknown>;
  readonly shows: Json;
  readonly readBack: (given: Given, answer: Json) => string;
  /** Where the row stands in a list, newest first. */
  readonly listed?: true;
};

const COMMANDS: Record<string, Writing> = {
  createOrchestratorAgent: {
    run: ({ client }) => client.createOrchestratorAgent({ name: "b", agent_type: "skill", capabilities: ["x", "y"] }),
    shows: { name: "b", capabilities: "x,y" },
    readBack: (_, { id }) => `/api/agents/${id}`,
  },
  updateOrchestratorAgent: {
    run: ({ client, definition }) =>
      client.updateOrchestratorAgent(definition, { description: "new", is_active: false }),
    shows: { description: "new", is_active: false },
    readBack: ({ definition }) => `/api/agents/${definition}`,
  },
  createRuntimeAgent: {
    run: ({ client, definition }) =>
      client.createRuntimeAgent({
        orchestrator_agent_id: definition,
        session_id: "s2",
        context: { deep: [null, "ü"] },
      }),
    shows: { session_id: "s2", context: { deep: [null, "ü"] }, status: "initializing" },
    readBack: (_, { id }) => `/api/runtime/agents/${id}`,
  },
  updateRuntimeAgent: {
    run: ({ client, agent }) => client.updateRuntimeAgent(agent, { status: "waiting", cost_usd: 0.5 }),
    shows: { status: "waiting", cost_usd: 0.5 },
    readBack: ({ agent }) => `/api/runtime/agents/${agent}`,
  },
  updateSession: {
    run: ({ client }) => client.updateSession("s1", { config: { max_cost_usd: 2 } }),
    shows: { session_id: "s1", config: { max_cost_usd: 2 } },
    readBack: () => "/api/runtime/sessions",
    listed: true,
  },
  createPrompt: {
    run: ({ client, agent }) => client.createPrompt({ agent_id: agent, prompt_type: "adw", prompt_text: "/plan" }),
    shows: { prompt_text: "/plan", status: "pending" },
    readBack: (_, { id }) => `/api/runtime/prompts/${id}`,
  },
  updatePrompt: {
    run: ({ client, prompt }) => client.updatePrompt(prompt, { status: "completed", response_text: "Done." }),
    shows: { status: "completed", response_text: "Done." },
    readBack: ({ prompt }) => `/api/runtime/prompts/${prompt}`,
  },
  createAgentLog: {
    run: ({ client, agent }) =>
      client.createAgentLog({ agent_id: agent, log_type: "error", message: "one", log_level: "warning" }),
    shows: { message: "one", log_level: "WARNING" },
    readBack: () => "/api/runtime/logs?limit=1",
    listed: true,
  },
  createAgentLogs: {
    run: async ({ client, agent }) => {
      const logs = ["one", "two"].map((message) => ({ agent_id: agent, log_type: "tool_call" as const, message }));
      return (await client.createAgentLogs(logs)).toReversed();
    },
    shows: [{ message: "two" }, { message: "one" }],
    readBack: () => "/api/runtime/logs?limit=2",
  },
  createSystemLog: {
    run: ({ client }) => client.createSystemLog({ component: "c", message: "m", log_level: "ERROR", details: [1] }),
    shows: { component: "c", log_level: "ERROR", details: [1] },
    readBack: () => "/api/system/logs?limit=1",
    listed: true,
  },
  createWorkflow: {
    run: ({ client }) => client.createWorkflow({ adw_name: "adw-2", workflow_type: "plan", total_steps: 5 }),
    shows: { adw_name: "adw-2", total_steps: 5 },
    readBack: (_, { id }) => `/api/runtime/workflows/${id}`,
  },
  updateWorkflow: {
    run: ({ client, workflow }) => client.updateWorkflow(workflow, { status: "in_progress", current_step: "build" }),
    shows: { status: "in_progress", current_step: "build" },
    readBack: ({ workflow }) => `/api/runtime/workflows/${workflow}`,
  },
};

const DELETIONS: Record<string, Reading> = {
  deleteOrchestratorAgent: [
    async ({ client, definition, agent }) => {
      await client.updateRuntimeAgent(agent, { status: "completed" });
      return client.deleteOrchestratorAgent(definition, { cascade: true });
    },
    ({ definition }) => `/api/agents/${definition}`,
  ],
  deleteRuntimeAgent: [
    ({ client, agent }) => client.deleteRuntimeAgent(agent),
    ({ agent }) => `/api/runtime/agents/${agent}`,
  ],
  deletePrompt: [({ client, prompt }) => client.deletePrompt(prompt), ({ prompt }) => `/api/runtime/prompts/${prompt}`],
};

const TOKENS = ["listTokens", "createToken", "deleteToken"];

describe("every function does what plain HTTP does", () => {
  for (const [name, [run, path]] of Object.entries(LISTS)) {
    test(name, async () => {
      await using all = await given();
      const { body, headers } = await all.server.call("GET", path(all));
      expect(body.length).toBeGreaterThan(0);
      const link = headers.get("Link");
      const cursor = link === null ? null : /cursor=([^&>]+)/.exec(link)![1];
      expect(await run(all)).toEqual({ rows: body, seq: Number(headers.get("X-Change-Seq")), cursor });
    });
  }

  for (const [name, [run, path]] of Object.entries(READS)) {
    test(name, async () => {
      await using all = await given();
      const { status, body } = await all.server.call("GET", path(all));
      expect(status).toBe(200);
      expect(await run(all)).toEqual(body);
    });
  }

  for (const [name, { run, shows, readBack, listed }] of Object.entries(COMMANDS)) {
    test(name, async () => {
      await using all = await given();
      const answer = await run(all);
      expect(answer).toMatchObject(shows);
      const { body } = await all.server.call("GET", readBack(all, answer));
      expect(listed === true ? body[0] : body).toEqual(answer);
    });
  }

  for (const [name, [run, path]] of Object.entries(DELETIONS)) {
    test(name, async () => {
      await using all = await given();
      expect((await all.server.call("GET", path(all))).status).toBe(200);
      expect(await run(all)).toBeNull();
      expect((await all.server.call("GET", path(all))).status).toBe(404);
    });
  }

  test("getHealth", async () => {
    await using all = await given();
    const { body } = await all.server.call("GET", "/health");
    // What is free on the disk, and whether something waits, are of the moment.
    const { checks, ...health } = await all.client.getHealth();
    expect(Object.keys(checks)).toEqual(Object.keys(body.checks));
    expect({ ...health, checks: body.checks }).toEqual({ ...body, uptime_s: expect.any(Number) });
  });

  test("getMetrics", async () => {
    await using all = await given();
    expect(await all.client.getMetrics()).toContain("\norchestrator_rows");
    await all.client.createToken({ name: "closes the server", scope: "read" });
    await expect(all.client.getMetrics()).rejects.toMatchObject({ status: 401, problem: { code: "unauthorized" } });
    const { fetch, next } = scriptedFetch();
    const other = createClient({ fetch }).getMetrics();
    (await next()).answer(html(200));
    await expect(other).rejects.toThrow(UnreachableError);
  });

  test("getStorage and purgeStorage", async () => {
    await using all = await given();
    const { body } = await all.server.call("GET", "/api/storage");
    expect(await all.client.getStorage()).toMatchObject({ oldest: body.oldest, retention: body.retention });
    const removes = body.next_purge;
    expect(await all.client.purgeStorage({ dry_run: true })).toEqual({ dry_run: true, removes });
    expect(await all.client.purgeStorage()).toEqual({ dry_run: false, removes });
  });

  test("ingestLines", async () => {
    await using all = await given();
    const lines = '{"type":"thread.started","thread_id":"t1"}\n{"type":"turn.started"}\n';
    const once = { source: "codex", stream: "s", line: 0 } as const;
    const taken = { lines: 2, repeated: 0, skipped: [], next: 2 };
    expect(await all.client.ingestLines(lines, once)).toEqual(taken);
    expect(await all.client.ingestLines(new TextEncoder().encode(lines), once)).toEqual({ ...taken, repeated: 2 });
    const beyond = all.client.ingestLines(lines, { ...once, line: 9, end: true });
    await expect(beyond).rejects.toMatchObject({ status: 409, problem: { next: 2 } });
  });

  test("what is created with an idempotencyKey is created once", async () => {
    await using all = await given();
    const create = (idempotencyKey: string) =>
      all.client.createSystemLog({ component: "c", message: "m" }, { idempotencyKey });
    const first = await create("one");
    expect(await create("one")).toEqual(first);
    expect((await create("other")).id).not.toBe(first.id);
    const purge = { idempotencyKey: "one" };
    await expect(all.client.purgeStorage({ dry_run: true }, purge)).rejects.toMatchObject({ status: 409 });
  });

  test("listTokens, createToken and deleteToken", async () => {
    await using all = await given();
    const { secret, ...token } = await all.client.createToken({ name: "other", scope: "admin" });
    const client = createClient({ url: all.server.url, token: secret });
    const { rows } = await client.listTokens();
    expect(rows).toEqual([{ ...token, last_used_at: rows[0]!.last_used_at }]);
    expect(await client.deleteToken(token.id)).toBeNull();
    expect((await all.client.listTokens()).rows).toEqual([]);
  });

  test("and none was left out", () => {
    const called = [LISTS, READS, COMMANDS, DELETIONS].flatMap(Object.keys);
    const functions = Object.keys(createClient()).filter((name) => !["url", "watch"].includes(name));
    expect(
      [...called, "getHealth", "getMetrics", "getStorage", "purgeStorage", "ingestLines", ...TOKENS].toSorted(),
    ).toEqual(functions.toSorted());
  });
});

test("what a known external id has is given back, not made again", async () => {
  await using all = await given();
  const wanted = { orchestrator_agent_id: all.definition, session_id: "s1", external_id: "x" };
  const made = await all.client.createRuntimeAgent(wanted);
  expect(await all.client.createRuntimeAgent(wanted)).toEqual(made);
});

describe("the query of a list", () => {
  const date = new Date("2026-02-05T10:30:00.000Z");
  const cases: [name: string, call: (client: Client) => Promise<unknown>, target: string][] = [
    [
      "several values mean any of them",
      (client) => client.listRuntimeAgents({ status: ["idle", "waiting"], session_id: "s 1" }),
      "/api/runtime/agents?status=idle%2Cwaiting&session_id=s+1",
    ],
    [
      "dates are written in UTC, texts go as they are",
      (client) => client.listPrompts({ since: date, until: "2026-02-06" }),
      "/api/runtime/prompts?since=2026-02-05T10%3A30%3A00.000Z&until=2026-02-06",
    ],
    [
      "what is undefined is left out, and a cursor of null",
      (client) => client.listAgentLogs({ level: undefined, q: undefined, limit: undefined, cursor: null }),
      "/api/runtime/logs",
    ],
    [
      "a cursor goes as it is",
      (client) => client.listSystemLogs({ cursor: "a-_b=", limit: 5 }),
      "/api/system/logs?limit=5&cursor=a-_b%3D",
    ],
    [
      "booleans and characters that mean something in a URL",
      (client) => client.listOrchestratorAgents({ is_active: false, q: "a&b=c#d%20+ü" }),
      "/api/agents?is_active=false&q=a%26b%3Dc%23d%2520%2B%C3%BC",
    ],
    [
      "of the logs of one agent",
      (client) => client.listLogsOfAgent("a/1", { log_type: ["error", "milestone"] }),
      "/api/runtime/logs/agent/a%2F1?log_type=error%2Cmilestone",
    ],
    [
      "of the feed",
      (client) => client.listEvents({ after: 0, feed: "f", types: ["agent", "prompt"], session_id: "s1" }),
      "/api/events?after=0&feed=f&types=agent%2Cprompt&session_id=s1",
    ],
    ["of a deletion", (client) => client.deleteOrchestratorAgent("d", { cascade: true }), "/api/agents/d?cascade=true"],
  ];
  for (const [name, call, target] of cases) {
    test(name, async () => {
      const { fetch, next } = scriptedFetch();
      const answer = call(createClient({ fetch }));
      const asked = await next();
      expect(asked.target).toBe(target);
      asked.answer(page([], 1));
      await answer;
    });
  }

  test("narrows what the server answers", async () => {
    await using all = await given();
    const { client, definition, agent } = all;
    const other = await client.createRuntimeAgent({
      orchestrator_agent_id: definition,
      session_id: "s2",
      status: "idle",
    });
    const third = await client.createRuntimeAgent({
      orchestrator_agent_id: definition,
      session_id: "s3",
      status: "idle",
    });
    const idsOf = async (query: Parameters<Client["listRuntimeAgents"]>[0]) =>
      (await client.listRuntimeAgents(query)).rows.map(({ id }) => id).toSorted();
    expect(await idsOf({ session_id: ["s1", "s2"] })).toEqual([agent, other.id].toSorted());
    expect(await idsOf({ session_id: "s1", status: "idle" })).toEqual([]);
    expect(await idsOf({ status: ["idle", "failed"], session_id: undefined })).toEqual([other.id, third.id].toSorted());
    expect(await idsOf({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await idsOf({ until: new Date(Date.now() + 60_000) })).toHaveLength(3);
  });

  test("a page leads to the next one", async () => {
    await using all = await given();
    const { client, definition } = all;
    for (const session_id of ["a", "b"])
      await client.createRuntimeAgent({ orchestrator_agent_id: definition, session_id });
    const first = await client.listRuntimeAgents({ limit: 2 });
    expect(first.rows).toHaveLength(2);
    const second = await client.listRuntimeAgents({ limit: 2, cursor: first.cursor });
    expect(second).toMatchObject({ rows: [{ session_id: "s1" }], cursor: null });
  });
});

describe("listAll", () => {
  const BATCHES = [1000, 1000, 300];
  let all: Given;
  let messages: string[];

  beforeAll(async () => {
    all = await given();
    messages = ["Done"];
    for (const [batch, size] of BATCHES.entries()) {
      const logs = Array.from({ length: size }, (_, index) => `${batch}-${index}`);
      messages.push(...logs);
      const rows = logs.map((message) => ({ agent_id: all.agent, log_type: "performance" as const, message }));
      await all.client.createAgentLogs(rows);
    }
    messages.reverse();
  });
  afterAll(() => all[Symbol.asyncDispose]());

  test("reads every page", async () => {
    const { rows, cursor } = await listAll(all.client.listAgentLogs, {});
    expect(rows.map(({ message }) => message)).toEqual(messages);
    expect(cursor).toBeNull();
  });

  test("reads as many as are wanted at most, and says where to go on", async () => {
    const { client } = all;
    for (const most of [1, 999, 1000, 1001, 2000, 2300]) {
      const begin = await listAll(client.listAgentLogs, { log_type: ["performance", "milestone"] }, most);
      expect(
        begin.rows.map(({ message }) => message),
        `${most}`,
      ).toEqual(messages.slice(0, most));
      const end = await listAll(client.listAgentLogs, { cursor: begin.cursor });
      expect(
        end.rows.map(({ message }) => message),
        `behind ${most}`,
      ).toEqual(messages.slice(most));
    }
    expect(await listAll(client.listAgentLogs, {}, 2301)).toMatchObject({ rows: { length: 2301 }, cursor: null });
  });

  test("its filter holds on every page", async () => {
    const { rows } = await listAll(all.client.listAgentLogs, { q: "0-" });
    expect(rows.map(({ message }) => message)).toEqual(messages.filter((message) => /\b0/.test(message)));
    const other = await listAll(all.client.listAgentLogs, { session_id: "other" });
    expect(other.rows).toEqual([]);
  });

  test("has the seq of the first page: what changed while it read comes again to who watches from there", async () => {
    const { client } = all;
    const seqs: number[] = [];
    const listed = await listAll<Parameters<typeof client.listSystemLogs>[0] & object, { readonly id: number }>(
      async (query, options) => {
        const read = await client.listAgentLogs({ limit: query?.limit, cursor: query?.cursor }, options);
        seqs.push(read.seq);
        await client.createSystemLog({ component: "between", message: "pages" });
        return read;
      },
      {},
    );
    expect(seqs).toEqual([listed.seq, listed.seq + 1, listed.seq + 2]);
    const { events } = await client.listEvents({ after: listed.seq });
    expect(events.map(({ type }) => type)).toEqual(seqs.map(() => "system_log.created"));
  });

  test("goes on behind a page without rows", async () => {
    const { fetch, next } = scriptedFetch();
    const listed = listAll(createClient({ fetch }).listSystemLogs, { q: "x" });
    (await next()).answer(page([], 7, { Link: '</api/system/logs?cursor=second&q=x>; rel="next"' }));
    const second = await next();
    expect(second.query).toEqual({ q: "x", limit: "1000", cursor: "second" });
    second.answer(page([{ id: 1 }], 9));
    expect(await listed).toEqual({ rows: [{ id: 1 } as never], seq: 7, cursor: null });
  });

  test("an abort ends it between two pages", async () => {
    const { fetch, next, asked } = scriptedFetch();
    const stop = new AbortController();
    const listed = listAll(createClient({ fetch }).listSystemLogs, {}, 5000, { signal: stop.signal });
    const first = await next();
    stop.abort(new Error("enough"));
    first.answer(page([], 7, { Link: '</api/system/logs?cursor=second>; rel="next"' }));
    await expect(listed).rejects.toThrow("enough");
    expect(asked).toHaveLength(1);
  });
});

/** What a call rejects with, which must be of this class. */
async function rejection<Thrown extends Error>(
  type: abstract new (...args: never[]) => Thrown,
  call: Promise<unknown>,
): Promise<Thrown> {
  const error = await call.then(
    (value) => new Error(`it was answered: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(type);
  return error as Thrown;
}

describe("what the server refuses is an ApiError", () => {
  test("404", async () => {
    await using all = await given();
    const error = await rejection(ApiError, all.client.getRuntimeAgent("nope"));
    const { body } = await all.server.call("GET", "/api/runtime/agents/nope");
    expect(error.problem).toEqual({ ...body, request_id: expect.any(String) });
    expect(error).toMatchObject({ name: "ApiError", status: 404, message: body.detail, retryAfterMs: null });
    expect(error.problem.code).toBe("not_found");
  });

  test("409 names the states that are allowed", async () => {
    await using all = await given();
    await all.client.updatePrompt(all.prompt, { status: "streaming" });
    const error = await rejection(ApiError, all.client.updatePrompt(all.prompt, { status: "pending" }));
    expect(error.problem).toMatchObject({ code: "conflict", allowed: ["completed", "failed", "cancelled"] });
  });

  test("409 of a deletion has its numbers", async () => {
    await using all = await given();
    const error = await rejection(ApiError, all.client.deleteOrchestratorAgent(all.definition));
    expect(error).toMatchObject({ status: 409, problem: { agents: 1, workflows: 0 } });
  });

  test("410 says why the cursor is gone", async () => {
    await using all = await given();
    const error = await rejection(ApiError, all.client.listEvents({ after: 1, feed: "another" }));
    expect(error).toMatchObject({ status: 410, problem: { code: "cursor_gone", reason: "replaced" } });
  });

  test("422 says what is wrong, and where", async () => {
    await using all = await given();
    const wrong = { name: "", agent_type: "Not a slug" };
    const error = await rejection(ApiError, all.client.createOrchestratorAgent(wrong));
    expect(error.status).toBe(422);
    expect(error.problem.errors!.map(({ pointer }) => pointer)).toEqual(["/name", "/agent_type"]);
    const filter = await rejection(ApiError, all.client.listRuntimeAgents({ nope: "x" } as never));
    expect(filter.problem.errors).toEqual([{ pointer: "nope", detail: "unknown parameter" }]);
  });

  test("503 says when to come again", async () => {
    const { fetch, next } = scriptedFetch();
    const client = createClient({ fetch });
    for (const [header, expected] of [
      ["2", 2000],
      ["0", 0],
      ["0.5", 500],
      ["soon", null],
      ["-1", null],
      ["99999999999", 99_999_999_999_000],
    ] as const) {
      const call = rejection(ApiError, client.createSystemLog({ component: "c", message: "m" }));
      (await next()).answer(problem(503, "unavailable", { "Retry-After": header }));
      expect(await call).toMatchObject({ status: 503, retryAfterMs: expected, problem: { code: "unavailable" } });
    }
  });

  test("503 of the health is an error too", async () => {
    const { fetch, next } = scriptedFetch();
    const call = rejection(ApiError, createClient({ fetch }).getHealth());
    const unhealthy = { status: "unhealthy", database: "disconnected" };
    const init = { status: 503, statusText: "Service Unavailable", headers: { "X-Request-Id": "1" } };
    (await next()).answer(Response.json(unhealthy, init));
    const error = await call;
    expect(error).toMatchObject({ status: 503, message: "the server answered 503 Service Unavailable" });
    expect(error.problem).toMatchObject({ status: 503, database: "disconnected" });
  });

  test("a problem document that was cut off still has its status", async () => {
    const { fetch, next } = scriptedFetch();
    const call = rejection(ApiError, createClient({ fetch }).getRuntimeAgent("a"));
    const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "1" };
    (await next()).answer(new Response('{"type":"/problems/not_found","ti', { status: 404, headers }));
    expect(await call).toMatchObject({
      status: 404,
      message: "the server answered 404",
      problem: { title: "HTTP 404" },
    });
  });
});

describe("where no Orchestrator answers it is an UnreachableError", () => {
  /** Another program on a port, for as long as the test needs it. */
  async function onPort(fetch: () => Response | Promise<Response>, use: (client: Client) => Promise<void>) {
    await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
    await use(createClient({ url: other.url.origin }));
    await other.stop(true);
  }

  test("a port where nothing listens", async () => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const url = other.url.origin;
    await other.stop(true);
    const error = await rejection(UnreachableError, createClient({ url }).listSessions());
    expect(error).toMatchObject({
      name: "UnreachableError",
      message: `no Orchestrator at ${url}: nothing listens there`,
    });
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("a host that is none", async () => {
    const { fetch, next } = scriptedFetch();
    const call = rejection(UnreachableError, createClient({ url: "http://nowhere", fetch }).getHealth());
    const cause = Object.assign(new Error("getaddrinfo ENOTFOUND nowhere"), { code: "ENOTFOUND" });
    (await next()).fail(new TypeError("fetch failed", { cause }));
    expect((await call).message).toBe("no Orchestrator at http://nowhere: there is no such host");
  });

  const others: Record<string, () => Response> = {
    "a page": () => html(200),
    "a page that says 404": () => html(404),
    "a page that says 404, with an id": () => html(404, { "X-Request-Id": "1" }),
    "a page that says 502": () => html(502),
    "a redirect that leads nowhere": () => new Response(null, { status: 304 }),
    "JSON of no meaning": () => Response.json({ hello: "world" }),
    "JSON of no meaning that says 400": () => Response.json({ hello: "world" }, { status: 400 }),
    "an array of no meaning": () => Response.json([]),
    "nothing at all": () => new Response(null, { status: 204 }),
    "JSON that is none": () =>
      new Response("{", { headers: { "Content-Type": "application/json", "X-Request-Id": "1" } }),
  };
  for (const [name, answer] of Object.entries(others)) {
    test(`${name}, from something else`, async () => {
      await onPort(answer, async (client) => {
        await rejection(UnreachableError, client.listRuntimeAgents());
        await rejection(UnreachableError, client.getRuntimeAgent("a"));
        await rejection(UnreachableError, client.createSystemLog({ component: "c", message: "m" }));
        const error = await rejection(UnreachableError, client.deletePrompt("p"));
        expect(error.message).toStartWith(`no Orchestrator at ${client.url}: `);
      });
    });
  }

  test("it says what answered", async () => {
    const { fetch, next } = scriptedFetch();
    const call = rejection(UnreachableError, createClient({ fetch }).getHealth());
    (await next()).answer(html(200));
    expect((await call).message).toBe(
      "no Orchestrator at http://127.0.0.1:8000: something else answered 200 with text/html",
    );
  });

  test("an answer to a list that lacks its seq", async () => {
    const { fetch, next } = scriptedFetch();
    const call = rejection(UnreachableError, createClient({ fetch }).listPrompts());
    (await next()).answer(json([]));
    await call;
  });

  test("a server that never answers, and one that never ends its answer", async () => {
    const forever = () => new Promise<Response>(() => {});
    const half = () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("[")) }), {
        headers: { "Content-Type": "application/json", "X-Request-Id": "1", "X-Change-Seq": "1" },
      });
    for (const answer of [forever, half]) {
      await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
      const client = createClient({ url: other.url.origin, timeoutMs: 30 });
      const error = await rejection(UnreachableError, client.listPrompts());
      expect(error.message).toBe(`no Orchestrator at ${client.url}: no answer within 0.03 s`);
      await other.stop(true);
    }
  });

  test("a time limit ends with its request", async () => {
    const { fetch, next } = scriptedFetch();
    const client = createClient({ fetch, timeoutMs: 200 });
    const slow = rejection(UnreachableError, client.getHealth());
    const asked = await next();
    const quick = client.getHealth();
    const second = await next();
    second.answer(json({ status: "healthy" }));
    await quick;
    await slow;
    expect(asked.aborted).toBe(true);
    expect(second.aborted).toBe(false);
  });
});

describe("a signal ends a call with its reason", () => {
  const reason = new Error("not any more");

  test("before: nothing is sent", async () => {
    const { fetch, asked } = scriptedFetch();
    const call = createClient({ fetch }).listRuntimeAgents({}, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(asked).toEqual([]);
  });

  test("while it waits: the request is given up", async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: came, resolve: come } = Promise.withResolvers<void>();
    await using other = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        request.signal.addEventListener("abort", () => leave());
        come();
        return new Promise<Response>(() => {});
      },
    });
    const stop = new AbortController();
    const client = createClient({ url: other.url.origin });
    const call = client.updateRuntimeAgent("a", { name: "x" }, { signal: stop.signal });
    await came;
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await left;
    await other.stop(true);
  });

  test("afterwards: nothing happens, and no listener is left", async () => {
    const { fetch, next } = scriptedFetch();
    const stop = new AbortController();
    const call = createClient({ fetch }).getHealth({ signal: stop.signal });
    const asked = await next();
    asked.answer(json({ status: "healthy" }));
    expect(await call).toMatchObject({ status: "healthy" });
    stop.abort(reason);
    expect(asked.aborted).toBe(false);
  });
});

describe("a request that cannot be made is an error of its own, and nothing is sent", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const { fetch: unused } = scriptedFetch();
  const cases: Record<string, (client: Client) => Promise<unknown>> = {
    "a body with a cycle": (client) => client.createSystemLog({ component: "c", message: "m", details: cyclic }),
    "a body with a bigint": (client) => client.createSystemLog({ component: "c", message: "m", details: 1n }),
    "a date that is none": (client) => client.listPrompts({ since: new Date("soon") }),
    "half a character as an id": (client) => client.getSession("\ud800"),
    "an id that means another path": (client) => client.getProblemType(".."),
    "an id that means the path itself": (client) => client.deletePrompt("."),
    "an id that would mean the list": (client) => client.getRuntimeAgent(""),
    "an id of logs that means another path": (client) => client.listLogsOfAgent(".."),
    "an id of a definition that means another path": (client) => client.deleteOrchestratorAgent(".."),
    "an id of a command that means another path": (client) => client.updatePrompt("..", { latency_ms: 1 }),
    "a token of two lines": ({ url }) => createClient({ url, token: "a\nb", fetch: unused }).getHealth(),
  };
  for (const [name, call] of Object.entries(cases)) {
    test(name, async () => {
      const { fetch, asked } = scriptedFetch();
      // Not thrown at once: who writes `.catch` would miss it.
      const error = await rejection(Error, call(createClient({ fetch })));
      expect(error).not.toBeInstanceOf(UnreachableError);
      expect(error).not.toBeInstanceOf(ApiError);
      expect(asked).toEqual([]);
    });
  }
});

describe("ids of any characters reach their row", () => {
  const ids = [
    "a/b",
    "../agents",
    "..x",
    "...",
    "with space",
    " x ",
    "ü",
    "日本語 🙂",
    "%2F",
    "%",
    "a?b#c&d=e",
    "a+b",
    "\\",
    "line\nbreak",
  ];
  for (const id of ids) {
    test(JSON.stringify(id), async () => {
      await using all = await given();
      const { client, server } = all;
      const text = `'${id}'`;
      runSql(
        server.path,
        `insert into orchestrator_agents (id, name, agent_type) values (${text}, 'n', 'skill');
         insert into agents (id, orchestrator_agent_id, session_id) values (${text}, ${text}, ${text});
         insert into prompts (id, agent_id, prompt_type, prompt_text) values (${text}, ${text}, 'adw', 't');
         insert into ai_developer_workflows (id, adw_name, workflow_type) values (${text}, 'a', 't')`,
      );
      expect(await client.getOrchestratorAgent(id)).toMatchObject({ id });
      expect(await client.getRuntimeAgent(id)).toMatchObject({ id, session_id: id });
      expect(await client.getSession(id)).toMatchObject({ session_id: id, tree: [{ id }] });
      expect(await client.getPrompt(id)).toMatchObject({ id, agent_id: id });
      expect(await client.updateWorkflow(id, { current_step: "build" })).toMatchObject({ id, current_step: "build" });
      expect(await client.listLogsOfAgent(id)).toMatchObject({ rows: [] });
      expect(await client.listPrompts({ agent_id: id, session_id: id })).toMatchObject({ rows: [{ id }] });
      expect(await client.deletePrompt(id)).toBeNull();
      expect(await client.listPrompts({ agent_id: [id] })).toMatchObject({ rows: [] });
    });
  }
});

describe("the address", () => {
  for (const url of ["", "localhost:8000", "127.0.0.1:8000", "ws://127.0.0.1:8000", "file:///etc", "http://", "/api"]) {
    test(`${JSON.stringify(url)} is none`, () => {
      expect(() => createClient({ url })).toThrow(
        `"${url}" is no address of a server: write it as http://127.0.0.1:8000`,
      );
    });
  }

  const written: Record<string, string> = {
    "http://127.0.0.1:8000": "http://127.0.0.1:8000",
    "http://127.0.0.1:8000/": "http://127.0.0.1:8000",
    "https://Example.com:443//": "https://example.com",
    "http://[::1]:8000": "http://[::1]:8000",
    "https://example.com/tools/orchestrator": "https://example.com/tools/orchestrator",
    "https://example.com/tools/orchestrator/": "https://example.com/tools/orchestrator",
  };
  for (const [url, expected] of Object.entries(written)) {
    test(url, async () => {
      const { fetch, next } = scriptedFetch();
      const client = createClient({ url, fetch });
      expect(client.url).toBe(expected);
      const answer = client.getSession("s1");
      const asked = await next();
      expect(asked.path).toBe(`${new URL(expected).pathname.replace(/^\/$/, "")}/api/runtime/sessions/s1`);
      asked.answer(json({}));
      await answer;
    });
  }

  test("without one it is that of `bun run dev`", () => {
    expect(createClient().url).toBe("http://127.0.0.1:8000");
    expect(createClient({ url: undefined }).url).toBe("http://127.0.0.1:8000");
  });

  test("a server behind a path prefix is reached, next pages too", async () => {
    await using all = await given();
    await all.client.createSystemLog({ component: "c", message: "m" });
    await using proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => fetch(request.url.replace(/^.*\/tools/, all.server.url), request),
    });
    const client = createClient({ url: `${proxy.url.origin}/tools/` });
    expect(await listAll((query, options) => client.listSystemLogs({ ...query, limit: 1 }, options), {})).toEqual(
      await listAll(all.client.listSystemLogs, {}),
    );
    await proxy.stop(true);
  });
});

describe("the headers of a request", () => {
  async function headersOf(call: (client: Client) => Promise<unknown>, token?: string): Promise<Headers> {
    const { fetch, next } = scriptedFetch();
    const answer = call(createClient({ fetch, token }));
    const asked = await next();
    asked.answer(json({}));
    await answer;
    return asked.headers;
  }

  test("a token is sent, and none where there is none", async () => {
    expect((await headersOf((client) => client.getHealth(), "secret")).get("Authorization")).toBe("Bearer secret");
    expect((await headersOf((client) => client.getHealth())).has("Authorization")).toBe(false);
  });

  test("JSON is asked for, and said to be sent where there is a body", async () => {
    const read = await headersOf((client) => client.getServiceInfo());
    expect(read.get("Accept")).toBe("application/json");
    expect(read.has("Content-Type")).toBe(false);
    const written = await headersOf((client) => client.createSystemLog({ component: "c", message: "m" }));
    expect(written.get("Content-Type")).toBe("application/json");
  });

  test("a watch sends the token too, on all its requests", async () => {
    const { fetch, next } = scriptedFetch();
    const client = createClient({ fetch, token: "secret" });
    const watching = client.watch({ list: async () => ({ seq: 1 }) }).next();
    const feed = await next();
    expect(feed.headers.get("Authorization")).toBe("Bearer secret");
    feed.answer(json({ events: [], next_after: 1, head_seq: 1, oldest_seq: 1, feed: "f" }));
    await watching;
  });
});
