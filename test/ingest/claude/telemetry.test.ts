import { describe, expect, test } from "bun:test";
import { readClaudeSpan, readClaudeTelemetry } from "#src/ingest/claude/telemetry.ts";
import type { Fact } from "#src/ingest/report.ts";
import { originOf, recordOf, spanOf } from "#test/ingest/otel/given.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const ORIGIN = originOf("claude-code", "com.anthropic.claude_code.events", { "service.version": "2.1.330" });
const AT = "2026-11-20T10:00:00.000Z";
const BASE = {
  "event.timestamp": AT,
  "event.sequence": 7,
  "session.id": "s1",
  "prompt.id": "p1",
  "user.email": "someone@example.com",
  "organization.id": "org-1",
  "terminal.type": "xterm",
};

const attributesOf = (name: string, more: object = {}) => ({ ...BASE, "event.name": name, ...more });
const record = (name: string, more: object = {}) =>
  recordOf(attributesOf(name, more), { origin: ORIGIN, body: `claude_code.${name}` });
const read = (name: string, more: object = {}) => readClaudeTelemetry(record(name, more));

const RUNNING: Fact = { fact: "agent", startsAs: "executing" };

const REQUEST = {
  model: "claude-sonnet-5",
  cost_usd: 0.031,
  cost_usd_micros: 31_000,
  duration_ms: 4100,
  input_tokens: 12,
  output_tokens: 340,
  cache_read_tokens: 9000,
  cache_creation_tokens: 800,
  request_id: "req_1",
  query_source: "repl_main_thread",
  effort: "high",
};
const USAGE: Fact = {
  fact: "usage",
  call: "req_1",
  model: "claude-sonnet-5",
  provider: "anthropic",
  tokens: { input: 9812, output: 340, cacheRead: 9000, cacheWrite: 800 },
  costUsd: 0.031,
  durationMs: 4100,
  details: { query_source: "repl_main_thread", effort: "high", request_id: "req_1" },
};

describe("a call of the model", () => {
  test("is a usage of its turn, as the session reports it", () => {
    const report = only(read("api_request", REQUEST));
    expect(report).toMatchObject({
      about: { source: "claude", session: "s1" },
      channel: "otel",
      turn: "p1",
      sentMs: Date.parse(AT),
    });
    const agent: Fact = {
      fact: "agent",
      metadata: { model: "claude-sonnet-5", version: "2.1.330" },
      startsAs: "executing",
    };
    expect(report.facts).toEqual([agent, USAGE]);
  });

  test("may have its numbers as texts", () => {
    const texts = Object.fromEntries(Object.entries(REQUEST).map(([name, value]) => [name, String(value)]));
    expect(factsOf(read("api_request", texts))[1]).toEqual(USAGE);
  });

  test.each([
    [{ cost_usd: undefined }, 0.031],
    [{ cost_usd: undefined, cost_usd_micros: undefined }, null],
    [{ cost_usd: -1, cost_usd_micros: "x" }, null],
  ])("costs what is told: %j", (more, costUsd) => {
    expect(factsOf(read("api_request", { ...REQUEST, ...more }))[1]).toMatchObject({ costUsd });
  });

  test("is named by the request, else the client, else the event", () => {
    const call = (more: object) => (factsOf(read("api_request", { ...REQUEST, ...more }))[1] as { call: string }).call;
    expect(call({ client_request_id: "c1" })).toBe("req_1");
    expect(call({ client_request_id: "c1", request_id: undefined })).toBe("c1");
    expect(call({ request_id: undefined })).toBe(only(read("api_request", { ...REQUEST, request_id: undefined })).key!);
  });

  test.each([{ "agent.name": "Explore" }, { query_source: "generate_session_title" }])(
    "on the side does not name the agent's model: %j",
    (more) => {
      expect(factsOf(read("api_request", { ...REQUEST, ...more }))[0]).toMatchObject({
        metadata: { version: "2.1.330" },
      });
    },
  );

  test("without tokens or cost says nothing", () => {
    expect(read("api_request", { model: "claude-sonnet-5" })).toEqual({ reports: [], unread: [] });
  });

  test.each([
    ["api_error", { error: "overloaded", status_code: "529", attempt: 3 }, "A call of the model failed: overloaded"],
    ["api_retries_exhausted", { error: "overloaded", total_attempts: 10 }, "All retries failed: overloaded"],
    ["api_refusal", { category: "cyber" }, "The model refused: cyber"],
  ])("that failed is an error, and may have failed the turn: %s", (name, more, message) => {
    const [, log, failing] = factsOf(read(name, more));
    expect(log).toMatchObject({ fact: "log", level: "ERROR", type: "error", message });
    expect(failing).toEqual({ fact: "turn.failing", error: message.split(": ")[1]! });
  });
});

describe("a text", () => {
  test.each([
    ["user_prompt", "prompt"],
    ["assistant_response", "response"],
  ] as const)("of %s fills the turn's", (name, field) => {
    const report = only(read(name, { [field]: "Fix it", query_source: field === "response" ? "sdk" : undefined }));
    expect(report.turn).toBe("p1");
    expect(report.facts).toEqual([RUNNING, { fact: "turn.text", [field]: "Fix it", how: "fill" }]);
  });

  test.each([{ prompt: "<REDACTED>" }, { prompt_length: 6 }])("that is not told fills nothing: %j", (more) => {
    expect(factsOf(read("user_prompt", more))).toEqual([RUNNING]);
  });

  test.each([{ "agent.name": "Explore" }, { query_source: "generate_session_title" }])(
    "of another than the main thread is none of the turn's: %j",
    (more) => {
      expect(factsOf(read("assistant_response", { response: "x", ...more }))).toEqual([RUNNING]);
    },
  );
});

describe("a tool", () => {
  test.each([
    ["true", "INFO", true],
    ["false", "ERROR", false],
  ])("ran: success %s", (success, level, is) => {
    const more = {
      tool_name: "Bash",
      tool_use_id: "toolu_1",
      success,
      duration_ms: "40",
      tool_input: '{"command":"ls"}',
    };
    expect(factsOf(read("tool_result", more))[1]).toMatchObject({
      fact: "log",
      level,
      type: "tool_call",
      message: "Bash: ls",
      key: "tool:toolu_1",
      details: { tool_use_id: "toolu_1", tool: "Bash", input: { command: "ls" }, duration_ms: 40, success: is },
    });
  });

  test("was rejected; one that was let through tells of itself", () => {
    const more = { tool_name: "Bash", tool_use_id: "toolu_1", source: "user" };
    expect(factsOf(read("tool_decision", { ...more, decision: "reject" }))[1]).toMatchObject({
      level: "WARNING",
      message: "Bash (rejected)",
      key: "decision:toolu_1",
    });
    const whole = { ...more, decision: "reject", tool_input: '{"command":"rm -rf /"}' };
    expect(factsOf(read("tool_decision", whole))[1]).toMatchObject({
      message: "Bash: rm -rf / (rejected)",
      details: { input: { command: "rm -rf /" } },
    });
    expect(read("tool_decision", { ...more, decision: "accept" })).toEqual({ reports: [], unread: [] });
  });
});

test.each([
  ["subagent_completed", { agent_type: "Explore", total_tokens: 5 }, "Sub-agent finished: Explore"],
  ["compaction", { trigger: "auto" }, "Compacted the context"],
  ["compaction", { pre_tokens: 159_006, post_tokens: "11800" }, "Compacted the context: 159006 -> 11800 tokens"],
  ["permission_mode_changed", { to_mode: "plan" }, "Permission mode: plan"],
  ["internal_error", { error_name: "TypeError" }, "Internal error: TypeError"],
])("%s is a log", (name, more, message) => {
  expect(factsOf(read(name, more))[1]).toMatchObject({ fact: "log", message });
});

test.each([
  "hook_execution_start",
  "plugin_installed",
  "mcp_server_connection",
  "auth",
  "api_request_body",
  "at_mention",
  "managed_settings_resolved",
])("%s says nothing", (name) => {
  expect(read(name)).toEqual({ reports: [], unread: [] });
});

test("what compacting takes is of the prompt of its time: it has an id that no prompt has", () => {
  expect(only(read("api_request", { ...REQUEST, query_source: "compact" }))).toMatchObject({
    about: { source: "claude", session: "s1" },
    turn: null,
  });
});

describe("what names its sub-agent", () => {
  const OF_CHILD = { agent_id: "a1", "agent.name": "Explore" };
  const about = { source: "claude", session: "s1", child: "a1" } as const;
  const agent: Fact = { fact: "agent", kind: "Explore", startsAs: "executing" };

  test("is a call of that sub-agent, whose model it tells, not of the prompt of its session", () => {
    const report = only(read("api_request", { ...REQUEST, ...OF_CHILD }));
    expect(report).toMatchObject({ about, turn: null });
    const metadata = { model: "claude-sonnet-5", version: "2.1.330" };
    expect(report.facts.slice(0, 2)).toEqual([agent, { fact: "agent", metadata, startsAs: "executing" }]);
    expect(report.facts[2]).toMatchObject({ fact: "usage", call: "req_1", costUsd: 0.031 });
  });

  test("is a tool of that sub-agent, by the id under which hooks tell it", () => {
    const report = only(
      read("tool_result", { tool_name: "Bash", tool_use_id: "toolu_1", success: "true", agent_id: "a1" }),
    );
    expect(report).toMatchObject({ about, turn: null });
    expect(report.facts.at(-1)).toMatchObject({ fact: "log", key: "tool:toolu_1" });
  });

  test("is its end", () => {
    const report = only(read("subagent_completed", { agent_type: "Explore", agent_id: "a1", total_tokens: 5 }));
    expect(report.about).toEqual(about);
    expect(report.facts).toMatchObject([
      agent,
      { fact: "status", to: "completed" },
      { fact: "log", message: "Sub-agent finished: Explore", key: "sub-agent finished" },
    ]);
  });

  test("says nothing of what the person was answered", () => {
    expect(factsOf(read("assistant_response", { response: "x", agent_id: "a1" })).map(({ fact }) => fact)).toEqual([
      "agent",
      "agent",
    ]);
  });
});

test("an event that is not known, or without a session, is kept without what names a person", () => {
  const { unread } = readClaudeTelemetry(record("brand_new", { thing: 1 }));
  expect(unread).toEqual([
    {
      source: "claude",
      channel: "otel",
      event: "claude_code.brand_new",
      details: {
        "event.timestamp": AT,
        "event.sequence": 7,
        "session.id": "s1",
        "prompt.id": "p1",
        "event.name": "brand_new",
        thing: 1,
      },
    },
  ]);
  expect(read("user_prompt", { "session.id": undefined }).unread).toMatchObject([
    { event: "claude_code.user_prompt without session.id" },
  ]);
  expect(JSON.stringify(read("api_request", REQUEST))).not.toMatch(/someone@|org-1|xterm/);
});

test("an event that is told again has its key, and no other one has it", () => {
  const key = (more: object, name = "tool_result") => only(read(name, { tool_use_id: "t1", ...more })).key;
  expect(key({})).toBe(key({}));
  const others = [{ "event.sequence": 8 }, { "event.timestamp": "2026-11-20T10:00:00.001Z" }, { tool_use_id: "t2" }];
  const noIds = { "event.sequence": undefined, tool_use_id: undefined };
  const keys = [{}, ...others, { ...noIds, a: 1 }, { ...noIds, a: 2 }, { "session.id": "s2" }].map((more) => key(more));
  expect(new Set([...keys, key({}, "compaction")]).size).toBe(keys.length + 1);
});

describe("a span", () => {
  const span = (more: object, at = 0) =>
    readClaudeSpan(spanOf("a1", { "session.id": "s1", ...more }, { at, origin: ORIGIN }));

  test("tells which sub-agent is below which, once", () => {
    const report = only(span({ agent_id: "a2", parent_agent_id: "a1", input_tokens: 5 }));
    expect(report).toMatchObject({
      about: { source: "claude", session: "s1", child: "a2" },
      facts: [{ fact: "agent", parent: { source: "claude", session: "s1", child: "a1" }, startsAs: "executing" }],
    });
    expect(only(span({ agent_id: "a2", parent_agent_id: "a1" }, 9)).key).toBe(report.key);
    expect(only(span({ agent_id: "a2" })).facts[0]).toMatchObject({ parent: { source: "claude", session: "s1" } });
  });

  test("of the session itself says nothing", () => {
    expect(span({ input_tokens: 5 })).toEqual({ reports: [], unread: [] });
  });
});

test("an event may hold anything", () => {
  const names = ["api_request", "user_prompt", "api_error", "tool_result", "tool_decision", "compaction", "new"];
  const events = names.map((name) =>
    attributesOf(name, { ...REQUEST, tool_name: "Bash", prompt: "x", decision: "reject" }),
  );
  expectTolerant((event) => readClaudeTelemetry(recordOf(Object(event), { origin: ORIGIN })), events);
  const spans = [{ "session.id": "s1", agent_id: "a2", parent_agent_id: "a1" }];
  expectTolerant((event) => readClaudeSpan(spanOf("a1", Object(event))), spans);
});
