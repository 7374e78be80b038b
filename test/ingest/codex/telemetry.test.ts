import { describe, expect, test } from "bun:test";
import { toEnd } from "#src/domain/redact.ts";
import { readCodexTelemetry } from "#src/ingest/codex/telemetry.ts";
import { readLogs } from "#src/ingest/otel/read-logs.ts";
import { newSpanMemory } from "#src/ingest/otel/span-memory.ts";
import type { Fact } from "#src/ingest/report.ts";
import { originOf, recordOf } from "#test/ingest/otel/given.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const ORIGIN = originOf("codex_exec", "codex_otel::events", { "host.name": "box" });
const AT = "2026-11-20T10:00:00.000Z";
const NOTHING = { reports: [], unread: [] };

const attributesOf = (name: string, more: object = {}) => ({
  "event.name": `codex.${name}`,
  "event.timestamp": AT,
  "conversation.id": "t1",
  model: "gpt-5.6-sol",
  "app.version": "0.169.0",
  "user.email": "someone@example.com",
  ...more,
});
/** As Codex sends it: without a time, and with a place of its source for a name. */
const record = (name: string, more: object = {}) =>
  recordOf(attributesOf(name, more), {
    origin: ORIGIN,
    eventName: "event otel/src/events/session_telemetry.rs:1153",
    observedMs: 1_790_000_000_500,
  });
const read = (name: string, more: object = {}) => readCodexTelemetry(record(name, more));
const facts = (name: string, more: object = {}) => factsOf(read(name, more));

const EXECUTING: Fact = { fact: "status", to: "executing" };

test("a conversation that starts is an idle agent", () => {
  const report = only(read("conversation_starts", { provider_name: "openai", reasoning_effort: "high" }));
  expect(report).toMatchObject({ about: { source: "codex", session: "t1" }, channel: "otel", turn: null });
  expect(report.sentMs).toBe(Date.parse(AT));
  expect(report.facts).toEqual([
    {
      fact: "agent",
      metadata: { model: "gpt-5.6-sol", provider_name: "openai", reasoning_effort: "high", version: "0.169.0" },
    },
    { fact: "status", to: "idle", from: ["pending", "initializing"] },
  ]);
});

test("a thread in which the terminal makes a title is called so, unless somebody knows better", () => {
  const own = { fact: "agent", name: "title of a task", isGuess: true } as const;
  const names = (more: object) => facts("conversation_starts", more).filter((fact) => "name" in fact);
  expect(names({ originator: "codex-tui", mcp_servers: "" })).toEqual([own]);
  expect(names({ originator: "codex-tui", mcp_servers: "codex_tui" })).toEqual([]);
  expect(names({ originator: "codex_exec", mcp_servers: "" })).toEqual([]);
});

test("a record without a time of its own has that at which it was observed", () => {
  expect(only(read("conversation_starts", { "event.timestamp": undefined })).sentMs).toBe(1_790_000_000_500);
});

test.each([
  ["Fix it", "Fix it"],
  ["[REDACTED]", null],
  [undefined, null],
])("a prompt %p opens a turn", (prompt, text) => {
  expect(facts("user_prompt", { prompt }).slice(1)).toEqual([
    { fact: "turn.opened", text },
    { ...EXECUTING, reopens: true },
  ]);
});

describe("a response", () => {
  const TOKENS = {
    "event.kind": "response.completed",
    input_token_count: "1100",
    output_token_count: "15",
    cached_token_count: 1000,
    cache_write_token_count: 0,
    reasoning_token_count: 5,
    tool_token_count: "1115",
  };

  test("is told twice, and counts when it tells its tokens, which the tool's are no more of", () => {
    expect(read("sse_event", { "event.kind": "response.completed", duration_ms: "9" })).toEqual(NOTHING);
    expect(facts("sse_event", TOKENS)[2]).toMatchObject({
      fact: "usage",
      model: "gpt-5.6-sol",
      provider: "openai",
      tokens: { input: 1100, output: 15, cacheRead: 1000, cacheWrite: 0 },
      costUsd: null,
      details: { reasoning_token_count: 5 },
    });
  });

  test("is one call, and another one is another", () => {
    const call = (more: object) => (facts("sse_event", { ...TOKENS, ...more })[2] as { call: string }).call;
    expect(call({})).toBe(call({}));
    expect(call({ "event.timestamp": "2026-11-20T10:00:01.000Z" })).not.toBe(call({}));
    expect(call({ output_token_count: "16" })).not.toBe(call({}));
  });

  test.each(["response.created", "response.output_item.done", undefined])("%p says nothing", (kind) => {
    expect(read("sse_event", { ...TOKENS, "event.kind": kind })).toEqual(NOTHING);
  });

  test.each([
    ["sse_event", { "event.kind": "response.failed", "error.message": "server_error" }, "server_error"],
    ["api_request", { "http.response.status_code": "500", attempt: "0" }, "HTTP 500"],
    ["api_request", { "error.message": "connection refused" }, "connection refused"],
  ])("that failed may have failed the turn: %s %j", (name, more, error) => {
    const [, log, failing] = facts(name, more);
    expect(log).toMatchObject({ level: "ERROR", type: "error", message: `A call of the model failed: ${error}` });
    expect(failing).toEqual({ fact: "turn.failing", error });
  });

  test("of a request that succeeds says nothing", () => {
    expect(read("api_request", { "http.response.status_code": "200" })).toEqual(NOTHING);
  });
});

describe("a tool", () => {
  const CALL = {
    tool_name: "exec_command",
    call_id: "c1",
    arguments: '{"cmd":"ls"}',
    output: "a b",
    duration_ms: "12",
  };

  test.each([
    ["true", "INFO", true],
    ["false", "ERROR", false],
  ])("ran: success %s", (success, level, is) => {
    const [agent, status, log] = facts("tool_result", { ...CALL, success });
    expect(agent).toEqual({ fact: "agent", name: undefined, startsAs: "executing" });
    expect(status).toEqual(EXECUTING);
    expect(log).toMatchObject({
      level,
      message: "exec_command: ls",
      key: "tool:c1",
      details: { input: { cmd: "ls" }, response: "a b", duration_ms: 12, success: is },
    });
    expect((log as { details: object }).details).not.toHaveProperty("outer");
  });

  test("that calls others in its code is marked", () => {
    const called = { ...CALL, tool_name: "exec" };
    expect(facts("tool_result", called)[2]).toMatchObject({ level: "DEBUG", details: { outer: true } });
    expect(facts("tool_result", { ...called, success: "false" })[2]).toMatchObject({ level: "ERROR" });
  });

  test.each([
    ["/root/look_around", "look_around"],
    ["/root/a/b", "b"],
    ["/root", undefined],
    [7, undefined],
  ])("of the sub-agent %p names it", (agent_name, name) => {
    expect(facts("tool_result", { ...CALL, agent_name })[0]).toEqual({ fact: "agent", name, startsAs: "executing" });
  });

  test("that was not approved is told, one that was is not", () => {
    expect(read("tool_decision", { ...CALL, decision: "approved", source: "Config" })).toEqual(NOTHING);
    expect(facts("tool_decision", { ...CALL, decision: "denied", source: "User" })[1]).toMatchObject({
      level: "WARNING",
      message: "exec_command (denied)",
      key: "decision:c1",
    });
  });
});

describe("agents that talk", () => {
  const TALK = { kind: "spawn", state: "send", sender_thread_id: "t1", receiver_thread_id: "t2", content: "look" };

  test("are below each other when one has spawned the other, whoever says so", () => {
    const report = only(read("agent_communication", { ...TALK, "conversation.id": undefined }));
    expect(report.about).toEqual({ source: "codex", session: "t2" });
    expect(report.facts).toEqual([
      { fact: "agent", parent: { source: "codex", session: "t1" }, startsAs: "executing" },
      { fact: "turn.opened", text: "look" },
    ]);
  });

  test("are asked once, when it is sent", () => {
    expect(facts("agent_communication", { ...TALK, state: "receive" })).toHaveLength(1);
  });

  test.each(["[REDACTED]", "[plaintext]", "gAAAAA".padEnd(200, "x"), undefined])("are not asked %p", (content) => {
    expect(facts("agent_communication", { ...TALK, content })[1]).toEqual({ fact: "turn.opened", text: null });
  });

  test("have done what they were made for when they send its result", () => {
    const result = { kind: "result", sender_thread_id: "t2", receiver_thread_id: "t1" };
    expect(only(read("agent_communication", { ...TALK, ...result }))).toMatchObject({
      about: { source: "codex", session: "t2" },
      facts: [
        { fact: "agent", startsAs: "executing" },
        { fact: "status", to: "completed" },
      ],
    });
  });

  test.each([
    { kind: "message" },
    { kind: undefined },
    { receiver_thread_id: "t1" },
    { receiver_thread_id: undefined },
  ])("else say nothing of who is above: %j", (more) => {
    expect(read("agent_communication", { ...TALK, ...more })).toEqual(NOTHING);
  });
});

test.each(["websocket_request", "startup_phase", "turn_ttft", "auth_recovery", "sandbox_outcome"])(
  "%s says nothing",
  (name) => expect(read(name)).toEqual(NOTHING),
);

test("a record of its metrics, which has no name, says nothing", () => {
  const debug = { ...record("x"), attributes: new Map([["counter", 1]]) };
  expect(toEnd(readLogs([debug], newSpanMemory()))).toEqual(NOTHING);
});

test("what is not known is kept without what names a person", () => {
  const { unread } = read("brand_new", { thing: 1 });
  expect(unread).toMatchObject([{ source: "codex", channel: "otel", event: "codex.brand_new", details: { thing: 1 } }]);
  expect(JSON.stringify(unread)).not.toContain("someone@");
});

test("an event may hold anything", () => {
  const names = ["conversation_starts", "user_prompt", "sse_event", "api_request", "tool_result", "tool_decision"];
  const all = { prompt: "x", "event.kind": "response.completed", input_token_count: "1", call_id: "c", decision: "no" };
  const events = [
    ...names.map((name) => attributesOf(name, all)),
    attributesOf("agent_communication", { kind: "spawn", sender_thread_id: "a", receiver_thread_id: "b" }),
  ];
  expectTolerant((event) => readCodexTelemetry(recordOf(Object(event), { origin: ORIGIN })), events);
});
