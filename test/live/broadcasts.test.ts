import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Json } from "#test/support/json.ts";
import { testFolder } from "#test/support/folder.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const API_TOKEN = "token-of-the-environment";
const ADW = "7f3a0c1e-0000-4000-8000-000000000001";
const AGENT = "7f3a0c1e-0000-4000-8000-000000000002";

const adw = (broadcast_type: string, fields: object = {}) =>
  JSON.stringify({ type: "adw_broadcast", broadcast_type, ...fields, timestamp: "2026-02-05T10:30:00.000000" });
const agent = (broadcast_type: string, fields: object = {}) =>
  JSON.stringify({ type: "agent_broadcast", broadcast_type, ...fields, timestamp: "2026-02-05T10:30:00.000000" });

const CREATED = adw("adw_created", {
  adw: {
    id: ADW,
    adw_name: "issue 42",
    workflow_type: "plan_build",
    status: "pending",
    total_steps: 2,
    orchestrator_agent_id: "gone",
  },
});

const isLog = (message: string) => (frame: Json) =>
  /^(system|agent)_log\.created$/.test(frame.type) && frame.data.message.includes(message);

async function get(server: TestServer, path: string): Promise<Json> {
  return (await server.call("GET", path)).body;
}

test("a workflow process tells of its workflow and its agents: stored, and seen by who listens here and elsewhere", async () => {
  await using server = await testServer();
  await using listener = await openSocket(server.url, "/ws");
  await using elsewhere = await openSocket(server.url, "/ws/events?types=workflow");
  await listener.next("hello", ({ type }) => type === "hello");
  await elsewhere.next("hello", ({ type }) => type === "hello");
  await using process = await openSocket(server.url, "/ws");
  for (const message of [
    CREATED,
    adw("adw_status", {
      adw_id: ADW,
      status: "in_progress",
      current_step: "plan",
      completed_steps: 0,
      error_message: null,
    }),
    agent("agent_created", {
      agent: { id: AGENT, name: "planner", adw_id: ADW, adw_step: "plan", status: "idle", model: "opus" },
    }),
    agent("agent_status_changed", { agent_id: AGENT, old_status: "idle", new_status: "executing" }),
    adw("adw_event", { adw_id: ADW, event: { event_type: "PostToolUse", agent_id: AGENT, content: "Read a file" } }),
    adw("adw_event", { adw_id: ADW, event: { event_type: "SystemWarning", content: "low on disk" } }),
    agent("agent_updated", { agent_id: AGENT, agent: { input_tokens: 10, output_tokens: 2, total_cost: 0.25 } }),
    agent("agent_status_changed", { agent_id: AGENT, old_status: "executing", new_status: "complete" }),
    adw("adw_step_change", { adw_id: ADW, step: "build", event_type: "StepStart", payload: {} }),
    adw("adw_updated", {
      adw_id: ADW,
      adw: { id: ADW, adw_name: "issue 42", status: "completed", completed_steps: 2 },
    }),
  ]) {
    process.send(message);
  }
  const done = (frame: Json) => frame.type === "workflow.updated" && frame.data.status === "completed";
  await listener.next("the end", done);
  await elsewhere.next("the end", done);

  const workflow = await get(server, `/api/runtime/workflows/${ADW}`);
  expect(workflow).toMatchObject({
    adw_name: "issue 42",
    workflow_type: "plan_build",
    status: "completed",
    current_step: "build",
    total_steps: 2,
    completed_steps: 2,
    error_message: null,
    orchestrator_agent_id: null,
  });
  const [planner, ...none] = await get(server, "/api/runtime/agents");
  expect(none).toEqual([]);
  expect(planner).toMatchObject({
    external_id: `adw:${AGENT}`,
    session_id: ADW,
    name: "planner",
    status: "completed",
    cost_usd: 0.25,
    metadata: { model: "opus", adw_id: ADW, adw_step: "plan" },
  });
  expect(await get(server, "/api/agents")).toMatchObject([{ name: "adw/plan" }]);
  const logs = await get(server, "/api/runtime/logs");
  expect(logs.map(({ log_type, message }: Json) => [log_type, message])).toEqual([
    ["state_change", "executing -> completed"],
    ["cost_update", "Tokens and cost so far"],
    ["tool_call", "PostToolUse: Read a file"],
    ["state_change", "idle -> executing"],
  ]);
  expect(await get(server, "/api/system/logs")).toMatchObject([
    { component: "adw", log_level: "INFO", message: "StepStart: build" },
    { component: "adw", log_level: "WARNING", message: "SystemWarning: low on disk" },
  ]);
});

test("messages about what is not known, or what its state does not allow, are kept as logs", async () => {
  await using server = await testServer();
  await using listener = await openSocket(server.url, "/ws");
  await using process = await openSocket(server.url, "/ws");
  await process.next("hello", ({ type }) => type === "hello");
  process.send(adw("adw_status", { adw_id: "unknown", status: "failed" }));
  await listener.next("the log", isLog("unknown workflow: unknown"));
  process.send(agent("agent_updated", { agent_id: "unknown", agent: { total_cost: 1 } }));
  await listener.next("the log", isLog("unknown agent: unknown"));
  process.send(adw("adw_new_thing", { adw_id: ADW }));
  await listener.next("the log", isLog("unknown broadcast: adw_broadcast/adw_new_thing"));
  process.send(CREATED);
  process.send(adw("adw_status", { adw_id: ADW, status: "failed", error_message: "no" }));
  process.send(adw("adw_status", { adw_id: ADW, status: "in_progress" }));
  await listener.next("the log", isLog('cannot become "in_progress"'));
  const [log] = await get(server, "/api/system/logs");
  expect(log).toMatchObject({
    log_level: "WARNING",
    component: "adw",
    details: { adw_id: ADW, status: "in_progress" },
  });
  expect(await get(server, `/api/runtime/workflows/${ADW}`)).toMatchObject({ status: "failed", error_message: "no" });
});

test("an agent that the process has written itself is known by its own id", async () => {
  await using server = await testServer();
  const { body: definition } = await server.call("POST", "/api/agents", { name: "p", agent_type: "planner" });
  const { body: row } = await server.call("POST", "/api/runtime/agents", {
    orchestrator_agent_id: definition.id,
    session_id: "s",
  });
  await using process = await openSocket(server.url, "/ws?types=agent");
  await process.next("hello", ({ type }) => type === "hello");
  await using listener = await openSocket(server.url, "/ws?types=agent");
  await listener.next("hello", ({ type }) => type === "hello");
  process.send(agent("agent_status_changed", { agent_id: row.id, new_status: "blocked" }));
  await listener.next("the change", (frame: Json) => frame.id === row.id && frame.data.status === "waiting");
});

test("an id that is a secret is kept nowhere, and known again all the same", async () => {
  await using server = await testServer();
  await using listener = await openSocket(server.url, "/ws");
  await using process = await openSocket(server.url, "/ws");
  const secret = (what: string) => ["ghp_", what.repeat(36)].join("");
  const [one, other, planner] = [secret("a"), secret("b"), secret("c")];
  for (const adw_id of [one, other]) process.send(adw("adw_created", { adw_id, adw: { adw_name: "n" } }));
  process.send(adw("adw_status", { adw_id: one, status: "in_progress" }));
  for (const id of [planner, secret("d")]) process.send(agent("agent_created", { agent: { id, adw_id: one } }));
  process.send(agent("agent_status_changed", { agent_id: planner, new_status: "executing" }));
  process.send(adw("adw_event", { adw_id: one, event: { agent_id: planner, content: "at last" } }));
  await listener.next(
    "the log of the agent",
    (frame: Json) => isLog("at last")(frame) && frame.type === "agent_log.created",
  );
  const workflows = await get(server, "/api/runtime/workflows");
  expect(workflows.map(({ id, status }: Json) => [id.slice(0, 1), status]).toSorted()).toEqual([
    ["~", "in_progress"],
    ["~", "pending"],
  ]);
  const agents = await get(server, "/api/runtime/agents");
  expect(agents.map(({ status }: Json) => status).toSorted()).toEqual(["executing", "initializing"]);
  await server.stop();
  const bytes = ["", "-wal"].map((end) => existsSync(server.path + end) && readFileSync(server.path + end, "latin1"));
  expect(bytes.join("")).not.toContain("ghp_");
});

test("who has sent something is shown no more of the feed, and told what was wrong all the same", async () => {
  await using server = await testServer();
  await using listener = await openSocket(server.url, "/ws");
  await using process = await openSocket(server.url, "/ws");
  await process.next("hello", ({ type }) => type === "hello");
  process.send(CREATED);
  await listener.next("the workflow", ({ type }) => type === "workflow.created");
  process.send("{");
  await process.next("the error", ({ type }) => type === "error");
  await server.call("POST", "/api/system/logs", { component: "c", message: "later" });
  await listener.next("the log", isLog("later"));
  process.send("[]");
  await until("the second error", () => process.frames.filter(({ type }) => type === "error").length === 2);
  expect(process.frames.filter(({ type }) => type === "system_log.created")).toEqual([]);
  expect(listener.closed).toBeNull();
});

test("what is no such message is answered with an error, counted, and stored nowhere; a sign of life is ignored", async () => {
  await using server = await testServer();
  await using process = await openSocket(server.url, "/ws");
  const wrong = [
    "{",
    "[]",
    "null",
    '"x"',
    "{}",
    '{"type":"chat"}',
    adw("adw_created"),
    adw("adw_event"),
    agent("agent_created"),
  ];
  for (const message of ["ping", "", '{"type":"ping"}', ...wrong]) process.send(message);
  const errors = () => process.frames.filter(({ type }) => type === "error");
  await until("all errors", () => errors().length === wrong.length);
  expect(errors()[0]).toMatchObject({ code: "malformed_json", detail: "The message is not JSON." });
  const { body } = await server.call("GET", "/metrics");
  expect(body).toContain(`orchestrator_socket_messages_total{outcome="malformed"} ${wrong.length}`);
  expect(body).toContain('orchestrator_socket_messages_total{outcome="ignored"} 3');
  expect((await get(server, "/api/events?after=0")).events).toEqual([]);
});

test("one of more than 64 KB closes the socket with 1009, and /ws/events takes none", async () => {
  await using server = await testServer();
  await using process = await openSocket(server.url, "/ws");
  process.send(JSON.stringify({ pad: "x".repeat(64 * 1024) }));
  expect(await process.ended()).toBe(1009);
  await using reader = await openSocket(server.url, "/ws/events");
  reader.send(CREATED);
  await server.call("POST", "/api/system/logs", { component: "c", message: "later" });
  await reader.next("the log", isLog("later"));
  expect(await get(server, "/api/runtime/workflows")).toEqual([]);
});

test("whose messages come faster than they are stored is closed with 4408", async () => {
  await using server = await testServer();
  await using process = await openSocket(server.url, "/ws");
  const pad = "x".repeat(60_000);
  for (let count = 0; count < 300; count += 1) process.send(adw("adw_event_summary_update", { adw_id: ADW, pad }));
  expect(await process.ended()).toBe(4408);
});

test("a token that may only read is shown the feed, and what it sends is refused", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  const admin = { Authorization: `Bearer ${API_TOKEN}` };
  const made = await server.call("POST", "/api/tokens", { name: "r", scope: "read" }, admin);
  await using reader = await openSocket(server.url, "/ws", ["orchestrator", `bearer.${made.body.secret}`]);
  reader.send(CREATED);
  expect(await reader.next("the error", ({ type }) => type === "error")).toMatchObject({ code: "forbidden" });
  await server.call("POST", "/api/system/logs", { component: "c", message: "later" }, admin);
  await reader.next("the log", isLog("later"));
  expect((await server.call("GET", "/api/runtime/workflows", undefined, admin)).body).toEqual([]);
  await using stranger = await openSocket(server.url, "/ws");
  expect(stranger.closed).not.toBeNull();
});

test("messages have the rate of commands", async () => {
  using folder = testFolder();
  const config = { ...KEEP_ALL, host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info", rateLimit: 3 } as const;
  await using server = await testServer(folder.file("orchestrator.db"), {
    config: { ...config, databasePath: folder.file("orchestrator.db") },
  });
  await using process = await openSocket(server.url, "/ws");
  for (let count = 0; count < 20; count += 1) process.send(adw("adw_event_summary_update", { adw_id: ADW }));
  const { detail } = await process.next("the error", ({ code }) => code === "too_many_requests");
  expect(detail).toContain("Only 3 commands a second");
});

test("what was sent before a stop is stored", async () => {
  const server = await testServer();
  try {
    await using process = await openSocket(server.url, "/ws");
    await process.next("hello", ({ type }) => type === "hello");
    for (let count = 0; count < 200; count += 1)
      process.send(adw("adw_event_summary_update", { adw_id: ADW, summary: `s${count}` }));
    await until("the first", async () => (await get(server, "/api/system/logs?limit=1")).length === 1);
    await server.stop();
    await using again = await testServer(server.path);
    const logs = await get(again, "/api/system/logs?limit=1000&component=adw");
    // All that the server had: in order, from the first on, none left out.
    expect(logs.map(({ message }: Json) => message).toReversed()).toEqual(
      logs.map((_: Json, index: number) => `s${index}`),
    );
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
