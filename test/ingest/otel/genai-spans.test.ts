import { describe, expect, test } from "bun:test";
import { toEnd } from "#src/domain/redact.ts";
import { newSpanMemory } from "#src/ingest/otel/span-memory.ts";
import { readSpans } from "#src/ingest/otel/genai-spans.ts";
import { readLogs } from "#src/ingest/otel/read-logs.ts";
import { hasSpans } from "#src/ingest/otel/senders.ts";
import type { Span } from "#src/ingest/otel/telemetry.ts";
import type { Fact, Reading, Report } from "#src/ingest/report.ts";
import { originOf, recordOf, spanOf, TRACE } from "./given.ts";
import { expectTolerant, only } from "#test/ingest/support.ts";

/** All steps at once. */
function readAll(spans: readonly Span[], memory = newSpanMemory()): Reading {
  const steps = readSpans(spans, memory);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
const read = (...spans: Span[]) => readAll(spans).reports;
/** Without the report that makes the session's own agent. */
const said = (...spans: Span[]) => read(...spans).filter(({ facts }) => facts.length > 1 || facts[0]!.fact !== "agent");
const fact = <Kind extends Fact["fact"]>(report: Report, kind: Kind) =>
  report.facts.find((one) => one.fact === kind) as Extract<Fact, { fact: Kind }> | undefined;

const MAIN = { source: "otel", session: "c1" } as const;
const CONVERSATION = { "gen_ai.conversation.id": "c1" };
const CHAT = {
  ...CONVERSATION,
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5.6",
  "gen_ai.response.model": "gpt-5.6-sol",
  "gen_ai.response.id": "resp_1",
  "gen_ai.usage.input_tokens": 120,
  "gen_ai.usage.output_tokens": 34,
  "gen_ai.usage.cache_read.input_tokens": 100,
  "gen_ai.usage.cache_creation.input_tokens": 5,
  "gen_ai.input.messages": JSON.stringify([
    { role: "system", parts: [{ type: "text", content: "Be brief" }] },
    {
      role: "user",
      parts: [
        { type: "text", content: "Fix" },
        { type: "text", content: "it" },
      ],
    },
    { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "x" }] },
  ]),
  "gen_ai.output.messages": JSON.stringify([
    {
      role: "assistant",
      parts: [
        { type: "reasoning", content: "hm" },
        { type: "text", content: "Done." },
      ],
      finish_reason: "stop",
    },
  ]),
};
const invoke = (name: string, more: object = {}) => ({
  ...CONVERSATION,
  "gen_ai.operation.name": "invoke_agent",
  "gen_ai.agent.name": name,
  ...more,
});

describe("a chat", () => {
  test("is a turn of its own, which has ended", () => {
    const [session, report] = read(spanOf("a1", CHAT, { name: "chat gpt-5.6" }));
    expect(session).toMatchObject({
      about: MAIN,
      facts: [{ fact: "agent", kind: "support-desk", metadata: { service: "support-desk" }, startsAs: "executing" }],
    });
    expect(report).toMatchObject({ about: MAIN, channel: "otel", turn: "a1", sentMs: 1_790_000_001_000 });
    expect(report!.facts).toEqual([
      {
        fact: "agent",
        name: undefined,
        kind: "support-desk",
        parent: undefined,
        startsAs: "executing",
        metadata: { model: "gpt-5.6-sol" },
      },
      { fact: "turn.opened", text: "Fix\n\nit", name: "chat gpt-5.6" },
      {
        fact: "usage",
        call: "resp_1",
        model: "gpt-5.6-sol",
        provider: "openai",
        tokens: { input: 120, output: 34, cacheRead: 100, cacheWrite: 5 },
        costUsd: null,
        durationMs: 1000,
        details: { "operation.name": "chat", "response.id": "resp_1" },
      },
      { fact: "turn.closed", status: "completed", response: "Done.", error: null, latencyMs: 1000 },
      { fact: "status", to: "idle" },
    ]);
  });

  test.each([
    [
      "of before",
      {
        "gen_ai.system": "anthropic",
        "gen_ai.usage.prompt_tokens": "7",
        "gen_ai.usage.completion_tokens": "3",
        "gen_ai.usage.cache_write.input_tokens": 2,
      },
      { input: 7, output: 3, cacheRead: null, cacheWrite: 2 },
    ],
    [
      "of now",
      {
        "gen_ai.provider.name": "anthropic",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.usage.cache_creation.input_tokens": 2,
      },
      { input: 7, output: 3, cacheRead: null, cacheWrite: 2 },
    ],
  ])("may have the spelling %s", (_, attributes, tokens) => {
    const [report] = said(spanOf("a1", { ...CONVERSATION, "gen_ai.operation.name": "chat", ...attributes }));
    expect(fact(report!, "usage")).toMatchObject({ provider: "anthropic", tokens, call: "a1" });
  });

  test("may have no operation, but a model and tokens", () => {
    const older = { "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5.6", "gen_ai.usage.input_tokens": 1 };
    expect(said(spanOf("a1", older))).toHaveLength(1);
    expect(read(spanOf("a1", { "gen_ai.request.model": "gpt-5.6" }), spanOf("a2", { "http.route": "/" }))).toEqual([]);
  });

  test.each([
    [
      "in attributes of one message each",
      { "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Fix it", "gen_ai.completion.0.content": "Done." },
      [],
    ],
    [
      "as lists",
      {
        "gen_ai.input.messages": [{ role: "user", content: "Fix it" }],
        "gen_ai.output.messages": [{ role: "assistant", parts: [{ content: "Done." }] }],
      },
      [],
    ],
    [
      "in an event",
      {},
      [
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: new Map([
            ["gen_ai.input.messages", '[{"role":"user","content":"Fix it"}]'],
            ["gen_ai.output.messages", '[{"role":"assistant","content":"Done."}]'],
          ]),
        },
      ],
    ],
    [
      "in an event of each message",
      {},
      [
        { name: "gen_ai.user.message", attributes: new Map([["content", "Fix it"]]) },
        { name: "gen_ai.choice", attributes: new Map([["message", '{"role":"assistant","content":"Done."}']]) },
      ],
    ],
    [
      "of the AI SDK",
      {
        "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"Fix it"}]}]',
        "ai.response.text": "Done.",
      },
      [],
    ],
  ])("may tell its texts %s", (_, attributes, events) => {
    const [report] = said(spanOf("a1", { "gen_ai.operation.name": "chat", ...attributes }, { events }));
    expect(fact(report!, "turn.opened")).toMatchObject({ text: "Fix it" });
    expect(fact(report!, "turn.closed")).toMatchObject({ response: "Done." });
  });

  test("that failed is a turn that failed, and an error", () => {
    const [report] = said(
      spanOf("a1", { ...CONVERSATION, "gen_ai.operation.name": "chat", "error.type": "429" }, { error: "" }),
    );
    expect(fact(report!, "turn.closed")).toMatchObject({ status: "failed", error: "429" });
    expect(fact(report!, "log")).toMatchObject({ level: "ERROR", message: "A call of the model failed: 429" });
  });

  test("within a chat of the same response is the same one, in whichever batch", () => {
    const outer = spanOf("a1", CHAT);
    const inner = spanOf("a2", CHAT, { parentSpanId: "a1" });
    expect(new Set(said(outer, inner).map(({ key }) => key)).size).toBe(1);
    expect(said(inner)[0]!.key).toBe(said(outer)[0]!.key);
    const other = spanOf("a3", { ...CHAT, "gen_ai.response.id": "resp_2" });
    expect(said(other)[0]!.key).not.toBe(said(outer)[0]!.key);
  });

  test("without a conversation is of its trace; one around it names it too", () => {
    const alone = { "gen_ai.operation.name": "chat" };
    expect(said(spanOf("a1", alone))[0]!.about).toEqual({ source: "otel", session: TRACE });
    const inner = spanOf("a2", alone, { parentSpanId: "a1" });
    expect(said(spanOf("a1", invoke("planner")), inner).map(({ about }) => about.session)).toEqual(["c1", "c1", "c1"]);
  });
});

test("embeddings are used, and no turn", () => {
  const [report] = said(spanOf("a1", { ...CHAT, "gen_ai.operation.name": "embeddings" }));
  expect(report!.facts.map((one) => one.fact)).toEqual(["agent", "usage"]);
});

describe("a tool", () => {
  const TOOL = {
    ...CONVERSATION,
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "search",
    "gen_ai.tool.call.arguments": '{"query":"cats"}',
    "gen_ai.tool.call.result": "two",
  };

  test("ran", () => {
    const [report] = said(spanOf("a1", { ...TOOL, "gen_ai.tool.call.id": "call_1" }));
    expect(fact(report!, "log")).toMatchObject({
      level: "INFO",
      message: "search: cats",
      key: "tool:call_1",
      details: { input: { query: "cats" }, response: "two", duration_ms: 1000, success: true },
    });
  });

  test("failed, and has no id but its span's", () => {
    const [report] = said(spanOf("a1", TOOL, { error: "no cats" }));
    expect(fact(report!, "log")).toMatchObject({ level: "ERROR", key: "tool:a1", details: { error: "no cats" } });
  });
});

describe("agents", () => {
  /** An agent that calls another one, each with a call of a model, as their library ends them: inner ones first. */
  const SPANS = [
    spanOf("b2", { ...CHAT, "gen_ai.response.id": "r2" }, { parentSpanId: "b1", at: 3 }),
    spanOf("b1", invoke("coder"), { parentSpanId: "a3", at: 2, endMs: 1_790_000_005_000 }),
    spanOf(
      "a3",
      { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask_coder" },
      { parentSpanId: "a1", at: 2 },
    ),
    spanOf("a2", CHAT, { parentSpanId: "a1", at: 1 }),
    spanOf("a1", invoke("planner"), { at: 0, endMs: 1_790_000_009_000 }),
  ];

  test("that are called by another are below it, and have what is in them", () => {
    const reports = said(...SPANS);
    const child = { ...MAIN, child: "coder" };
    const of = (about: object) => reports.filter((report) => Bun.deepEquals(report.about, about));
    expect(of(child).map(({ sentMs }) => sentMs! / 1_000 - 1_790_000_000)).toEqual([2, 4, 5]);
    expect(fact(of(child)[0]!, "agent")).toMatchObject({ name: "coder", kind: "support-desk/coder", parent: MAIN });
    expect(fact(of(MAIN)[0]!, "agent")).toMatchObject({ name: "planner", kind: "support-desk", parent: undefined });
    expect(of(child).length + of(MAIN).length).toBe(reports.length);
    expect(fact(of(MAIN).at(-1)!, "status")).toEqual({ fact: "status", to: "idle", reopens: true });
    expect(of(MAIN).at(-1)!.sentMs).toBe(1_790_000_009_000);
  });

  test("are the same ones when the outer one comes in a later batch", () => {
    const memory = newSpanMemory();
    const named = SPANS.map((span) =>
      span.spanId === "a2"
        ? { ...span, attributes: new Map([...span.attributes, ["gen_ai.agent.name", "planner"]]) }
        : span,
    );
    const [first, second, third] = [[named[3]!], [named[0]!, named[1]!], [named[2]!, named[4]!]].map(
      (batch) => readAll(batch, memory).reports,
    );
    const children = (reports: readonly Report[]) => new Set(reports.map(({ about }) => about.child));
    expect(children(first!)).toEqual(new Set([undefined]));
    expect(children(second!)).toEqual(new Set([undefined, "coder"]));
    const again = third!.filter(({ about }) => about.child === "coder");
    expect(again.flatMap(({ facts }) => facts)).toEqual(again.map(() => expect.objectContaining({ parent: MAIN })));
  });

  test("are known by their id, where some spans tell only the name", () => {
    const reports = said(
      spanOf("a1", invoke("planner", { "gen_ai.agent.id": "agent-1" })),
      spanOf("a2", { ...CHAT, "gen_ai.agent.name": "planner" }, { parentSpanId: "a9", at: 1 }),
      spanOf("a3", invoke("coder", { "gen_ai.agent.id": "agent-2" }), { parentSpanId: "a1", at: 2 }),
      spanOf("a4", { ...CHAT, "gen_ai.agent.name": "coder" }, { parentSpanId: "a9", at: 3 }),
    );
    expect(new Set(reports.map(({ about }) => about.child))).toEqual(new Set([undefined, "agent-2"]));
  });

  test("that failed have failed, and come back when they are called again", () => {
    const [start, end] = said(spanOf("a1", invoke("planner"), { error: "out of money" }));
    expect(end!.facts).toMatchObject([
      { fact: "log", level: "ERROR", message: "out of money" },
      { fact: "status", to: "failed", error: "out of money" },
    ]);
    expect(fact(start!, "status")).toEqual({ fact: "status", to: "executing", reopens: true });
  });

  test("in a circle of spans are read all the same", () => {
    const circle = [spanOf("a1", CHAT, { parentSpanId: "a2" }), spanOf("a2", CHAT, { parentSpanId: "a1" })];
    expect(said(...circle)).toHaveLength(2);
  });
});

test.each([
  ["codex_exec", false],
  ["codex_cli_rs", false],
  ["codex-app-server", false],
  ["gemini-cli", false],
  ["opencode", false],
  ["claude-code", true],
  ["codexample", true],
  ["support-desk", true],
])("spans of %s are read: %p", (service, expected) => {
  expect(hasSpans(originOf(service))).toBe(expected);
});

test("the event of a call is a usage of the turn of its span", () => {
  const event = recordOf(CHAT, {
    eventName: "gen_ai.client.inference.operation.details",
    spanId: "a1",
    traceId: TRACE,
    timeMs: 5,
  });
  const report = only(toEnd(readLogs([event], newSpanMemory())));
  expect(report).toMatchObject({ about: MAIN, turn: "a1", sentMs: 5 });
  expect(fact(report, "usage")).toMatchObject({ call: "resp_1" });
  expect(fact(report, "turn.text")).toMatchObject({ prompt: "Fix\n\nit", response: "Done.", how: "fill" });
  expect(
    toEnd(readLogs([recordOf(CHAT, { eventName: "gen_ai.other", traceId: TRACE }), recordOf({})], newSpanMemory())),
  ).toEqual({
    reports: [],
    unread: [],
  });
});

test("a span may hold anything", () => {
  const events = [CHAT, invoke("planner"), { ...CHAT, "gen_ai.operation.name": "execute_tool" }];
  expectTolerant((event) => readAll([spanOf("a1", Object(event))]), events);
  const details = { eventName: "gen_ai.client.inference.operation.details", traceId: TRACE };
  expectTolerant((event) => toEnd(readLogs([recordOf(Object(event), details)], newSpanMemory())), events);
});
