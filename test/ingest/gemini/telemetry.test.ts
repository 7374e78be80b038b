import { describe, expect, test } from "bun:test";
import { toEnd } from "#src/domain/redact.ts";
import { readGeminiTelemetry } from "#src/ingest/gemini/telemetry.ts";
import { readLogs } from "#src/ingest/otel/read-logs.ts";
import { newSpanMemory } from "#src/ingest/otel/span-memory.ts";
import type { Fact } from "#src/ingest/report.ts";
import { originOf, recordOf } from "#test/ingest/otel/given.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const ORIGIN = originOf("gemini-cli", "gemini-cli", {
  "service.version": "v20.20.2",
  "process.command_args": ["-p", "Fix it"],
});
const AT = "2026-11-20T10:00:00.000Z";
const NOTHING = { reports: [], unread: [] };

const attributesOf = (name: string, more: object = {}) => ({
  "event.name": `gemini_cli.${name}`,
  "event.timestamp": AT,
  "session.id": "s1",
  "installation.id": "installation-1",
  prompt_id: "s1",
  ...more,
});
const record = (name: string, more: object = {}) =>
  recordOf(attributesOf(name, more), { origin: ORIGIN, body: "prose" });
const read = (name: string, more: object = {}) => readGeminiTelemetry(record(name, more));
const facts = (name: string, more: object = {}) => factsOf(read(name, more));

const RUNNING: Fact = { fact: "agent", startsAs: "executing" };
const EXECUTING: Fact = { fact: "status", to: "executing" };

test("its configuration makes an idle agent; the version of its resource is that of Node", () => {
  const report = only(read("config", { model: "gemini-3.8-flash", approval_mode: "default" }));
  expect(report.about).toEqual({ source: "gemini", session: "s1" });
  expect(report.facts).toEqual([
    { fact: "agent", metadata: { model: "gemini-3.8-flash", approval_mode: "default" } },
    { fact: "status", to: "idle" },
  ]);
});

test("prompts are told apart by their time: headless they have one id", () => {
  const first = only(read("user_prompt", { prompt: "Fix it" }));
  const second = only(read("user_prompt", { prompt: "Fix it", "event.timestamp": "2026-11-20T10:01:00.000Z" }));
  expect([first.turn, second.turn]).toEqual([null, null]);
  expect(second.key).not.toBe(first.key);
  expect(first.facts).toEqual([
    { fact: "agent" },
    { fact: "turn.opened", text: "Fix it" },
    { ...EXECUTING, reopens: true } as Fact,
  ]);
});

describe("a response", () => {
  const RESPONSE = {
    model: "gemini-3.8-flash",
    duration_ms: 900,
    input_token_count: 1000,
    output_token_count: 20,
    cached_content_token_count: 600,
    thoughts_token_count: 30,
    tool_token_count: 7,
    total_token_count: 1057,
    response_text: "Done.",
    role: "main",
  };
  const usage = (more: object = {}) => facts("api_response", { ...RESPONSE, ...more })[2];

  test("has the tokens of tools in its input, and thoughts in its output", () => {
    expect(usage()).toMatchObject({
      fact: "usage",
      model: "gemini-3.8-flash",
      provider: "google",
      tokens: { input: 1007, output: 50, cacheRead: 600, cacheWrite: null },
      costUsd: null,
      durationMs: 900,
      response: "Done.",
    });
  });

  test.each([
    ["of the program itself is no answer", { role: "utility_router" }, null],
    [
      "may be JSON of what the service sent",
      {
        response_text: JSON.stringify([
          { candidates: [{ content: { parts: [{ text: "hm", thought: true }, { text: "Do" }] } }] },
          { candidates: [{ content: { parts: [{ text: "ne." }] } }] },
        ]),
      },
      "Done.",
    ],
    ["may be JSON of something else", { response_text: '{"a":1}' }, '{"a":1}'],
    ["may not be told", { response_text: undefined }, null],
  ])("%s", (_, more, response) => {
    expect(usage(more)).toMatchObject({ response });
  });

  test.each([
    [{ role: "subagent", prompt_id: "codebase_investigator-x1#3" }, "codebase_investigator-x1"],
    [{ role: undefined, prompt_id: "s1########4" }, undefined],
    [{ role: "main", prompt_id: "other#1" }, undefined],
  ])("is of the sub-agent that its prompt names: %j", (more, child) => {
    const { about } = only(read("api_response", { ...RESPONSE, ...more }));
    expect(about).toEqual({ source: "gemini", session: "s1", ...(child === undefined ? {} : { child }) });
  });

  test("is told again by the conventions, which say nothing here", () => {
    const again = {
      ...attributesOf("x"),
      "event.name": "gen_ai.client.inference.operation.details",
      "gen_ai.usage.input_tokens": 5,
    };
    expect(toEnd(readLogs([recordOf(again, { origin: ORIGIN })], newSpanMemory()))).toEqual(NOTHING);
  });

  test("that failed is an error, and may have failed the turn", () => {
    const [, log, failing] = facts("api_error", {
      "error.message": "quota",
      model_name: "m",
      duration: 5,
      status_code: 429,
    });
    expect(log).toMatchObject({
      level: "ERROR",
      type: "error",
      details: { model: "m", duration_ms: 5, status_code: 429 },
    });
    expect(failing).toEqual({ fact: "turn.failing", error: "quota" });
  });
});

test.each([
  [true, "INFO"],
  [false, "ERROR"],
])("a tool ran: success %p", (success, level) => {
  const report = only(
    read("tool_call", {
      function_name: "run_shell_command",
      function_args: '{"command":"ls"}',
      success,
      duration_ms: 5,
    }),
  );
  expect(report.facts).toMatchObject([
    RUNNING,
    EXECUTING,
    { level, message: "run_shell_command: ls", details: { success, duration_ms: 5 } },
  ]);
});

describe("a sub-agent", () => {
  const AGENT = { agent_id: "inv-1", agent_name: "codebase_investigator" };
  const about = { source: "gemini", session: "s1", child: "inv-1" } as const;

  test("starts", () => {
    expect(only(read("agent.start", AGENT))).toMatchObject({
      about,
      facts: [
        { fact: "agent", name: AGENT.agent_name, kind: AGENT.agent_name },
        { ...EXECUTING, reopens: true },
        { fact: "log", type: "milestone", message: "Sub-agent started: codebase_investigator" },
      ],
    });
  });

  test.each([
    ["GOAL", "completed"],
    [undefined, "completed"],
    ["ABORTED", "cancelled"],
    ["TIMEOUT", "failed"],
    ["ERROR_NO_COMPLETE_TASK_CALL", "failed"],
  ])("finishes: %p is %s", (terminate_reason, to) => {
    const report = only(read("agent.finish", { ...AGENT, terminate_reason }));
    expect(report.about).toEqual(about);
    expect(report.facts.at(-1)).toMatchObject({ fact: "status", to });
  });

  test("without an id says nothing", () => {
    expect(read("agent.start", { agent_name: "x" })).toEqual(NOTHING);
  });
});

test.each([
  ["conversation_finished", { fact: "status", to: "idle" }],
  ["chat_compression", { fact: "log", message: "Compacted the context" }],
  ["flash_fallback", { fact: "log", level: "WARNING" }],
  ["loop_detected", { fact: "log", level: "WARNING" }],
])("%s is told", (name, fact) => {
  expect(facts(name)[1]).toMatchObject(fact);
});

test.each([
  "hook_call",
  "startup_stats",
  "model_routing",
  "ripgrep_fallback",
  "plan.approval_mode_duration",
  "api_request",
])("%s says nothing", (name) => expect(read(name)).toEqual(NOTHING));

test("what is not known is kept without what names a person or a machine", () => {
  const { unread } = read("brand_new", { thing: 1 });
  expect(unread).toMatchObject([{ source: "gemini", event: "gemini_cli.brand_new", details: { thing: 1 } }]);
  expect(JSON.stringify(unread)).not.toMatch(/installation-1|Fix it/);
});

test("an event may hold anything", () => {
  const names = ["config", "user_prompt", "api_response", "api_error", "tool_call", "agent.start", "agent.finish"];
  const all = {
    prompt: "x",
    response_text: "[]",
    input_token_count: 1,
    agent_id: "a",
    function_name: "f",
    role: "subagent",
  };
  const events = names.map((name) => attributesOf(name, { ...all, prompt_id: "a#1" }));
  expectTolerant((event) => readGeminiTelemetry(recordOf(Object(event), { origin: ORIGIN })), events);
});
