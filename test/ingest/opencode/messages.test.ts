import { describe, expect, test } from "bun:test";
import { readOpencodeEvents } from "#src/ingest/opencode/events.ts";
import { factsOf, only } from "#test/ingest/support.ts";

const SESSION = "ses_1";
const event = (type: string, properties: object = {}) => ({
  id: "evt_1",
  type,
  properties: { sessionID: SESSION, ...properties },
});
/** As older versions send it. */
const old = (type: string, properties: object = {}) => ({ type, properties });
const facts = (type: string, properties: object = {}) => factsOf(readOpencodeEvents(event(type, properties)));

const ASSISTANT = {
  id: "msg_2",
  sessionID: SESSION,
  role: "assistant",
  parentID: "msg_1",
  modelID: "gpt-5",
  providerID: "openai",
  agent: "build",
  cost: 0.012,
  tokens: { total: 1157, input: 100, output: 40, reasoning: 7, cache: { read: 1000, write: 10 } },
  time: { created: 1000, completed: 3500 },
  finish: "stop",
};
const USER = {
  id: "msg_1",
  sessionID: SESSION,
  role: "user",
  agent: "build",
  model: { providerID: "openai", modelID: "gpt-5" },
  time: { created: 900 },
};
const API_ERROR = { name: "APIError", data: { message: "overloaded", statusCode: 529 } };
const ABORTED = { name: "MessageAbortedError", data: { message: "aborted" } };

const part = (fields: object) => ({ part: { id: "prt_1", sessionID: SESSION, messageID: "msg_2", ...fields } });
const tool = (state: object, fields: object = {}) =>
  part({ type: "tool", callID: "call_1", tool: "bash", state, ...fields });
const COMPLETED = {
  status: "completed",
  input: { command: "ls -la" },
  output: "a\nb",
  title: "List",
  metadata: { exit: 0 },
  time: { start: 1000, end: 1012 },
};

describe("a prompt", () => {
  test("opens a turn, once however often it is told", () => {
    const report = only(readOpencodeEvents(event("message.updated", { info: USER })));
    expect(report).toMatchObject({ key: "user:msg_1", turn: "msg_1" });
    expect(report.facts).toEqual([
      { fact: "agent", metadata: { model: "gpt-5", agent: "build" } },
      { fact: "turn.opened", text: null },
      { fact: "status", to: "executing", reopens: true },
    ]);
    const again = { ...event("message.updated", { info: { ...USER, summary: { title: "x" } } }), id: "evt_9" };
    expect(only(readOpencodeEvents(again)).key).toBe(report.key);
  });

  test("has its text in a part without a time", () => {
    const said = { ...part({ type: "text", text: "Fix it", messageID: "msg_1" }) };
    expect(only(readOpencodeEvents(event("message.part.updated", said)))).toMatchObject({
      key: "text:prt_1",
      turn: "msg_1",
      facts: [{ fact: "turn.text", prompt: "Fix it", how: "fill" }],
    });
  });

  test.each([{ synthetic: true }, { ignored: true }, { text: "" }])("is not what the program adds: %j", (fields) => {
    const added = part({ type: "text", text: "Called a tool", ...fields });
    expect(readOpencodeEvents(event("message.part.updated", added))).toEqual({ reports: [], unread: [] });
  });
});

describe("an answer", () => {
  test("has its text once it is whole, once however often that is told", () => {
    const text = (time: object) => event("message.part.updated", part({ type: "text", text: "Done.", time }));
    expect(readOpencodeEvents(text({ start: 1 })).reports).toEqual([]);
    const report = only(readOpencodeEvents(text({ start: 1, end: 2 })));
    expect(report).toMatchObject({ key: "text:prt_1", turn: null });
    expect(report.facts).toEqual([{ fact: "turn.text", response: "Done.", how: "append", key: "prt_1" }]);
  });

  test("counts what it cost, all that was read and thought included", () => {
    const report = only(readOpencodeEvents(event("message.updated", { info: ASSISTANT })));
    expect(report).toMatchObject({ key: "event:evt_1", turn: "msg_1" });
    expect(report.facts).toEqual([
      {
        fact: "usage",
        call: "msg_2",
        model: "gpt-5",
        provider: "openai",
        tokens: { input: 1110, output: 47, cacheRead: 1000, cacheWrite: 10 },
        costUsd: 0.012,
        durationMs: 2500,
        details: { finish: "stop", agent: "build" },
      },
    ]);
  });

  test("is told again when it changes, also where events have no id", () => {
    const keys = [0.01, 0.02, 0.02].map(
      (cost) => only(readOpencodeEvents(old("message.updated", { info: { ...ASSISTANT, cost } }))).key,
    );
    expect(keys[0]).toMatch(/^message\.updated:[\w-]{22}$/);
    expect(keys[1]).not.toBe(keys[0]!);
    expect(keys[2]).toBe(keys[1]!);
  });

  test("that has used nothing yet says nothing", () => {
    const tokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } };
    const info = { ...ASSISTANT, cost: 0, tokens, time: { created: 1 } };
    expect(readOpencodeEvents(event("message.updated", { info }))).toEqual({ reports: [], unread: [] });
    expect(readOpencodeEvents(event("message.updated", { info: { id: "msg_2" } })).reports).toEqual([]);
    expect(readOpencodeEvents(event("message.updated", { info: { role: "user" } })).reports).toEqual([]);
  });

  test("that fails ends its turn", () => {
    const failed = { ...ASSISTANT, cost: 0, tokens: {}, error: API_ERROR };
    expect(facts("message.updated", { info: failed })).toEqual([
      { fact: "turn.closed", status: "failed", error: "APIError: overloaded" },
    ]);
    expect(facts("message.updated", { info: { ...failed, error: ABORTED } })).toEqual([
      { fact: "turn.closed", status: "cancelled" },
    ]);
  });
});

describe("a tool", () => {
  const details = { tool_use_id: "call_1", tool: "bash", input: { command: "ls -la" } };
  const log = { fact: "log", type: "tool_call", message: "bash: ls -la" } as const;
  const toolFacts = (state: object) => facts("message.part.updated", tool(state));

  test("begins once, however often it is told", () => {
    const running = event("message.part.updated", tool({ status: "running", input: { command: "ls -la" } }));
    const report = only(readOpencodeEvents(running));
    expect(report.key).toBe("tool:call_1:running");
    expect(report.facts[0]).toMatchObject({ fact: "status", to: "executing" });
    const message = `${log.message} (started)`;
    expect(report.facts[1]).toEqual({ ...log, message, level: "DEBUG", details, key: "tool-start:call_1" });
    expect(readOpencodeEvents(event("message.part.updated", tool({ status: "pending" }))).reports).toEqual([]);
  });

  test("ends", () => {
    expect(toolFacts(COMPLETED)[1]).toEqual({
      ...log,
      level: "INFO",
      details: { ...details, response: "a\nb", duration_ms: 12, success: true, exit_code: 0, title: "List" },
      key: "tool:call_1",
    });
  });

  test("fails", () => {
    const state = { status: "error", input: { command: "ls -la" }, error: "denied", time: { start: 1, end: 1 } };
    expect(toolFacts(state)[1]).toEqual({
      ...log,
      level: "ERROR",
      details: { ...details, error: "denied", duration_ms: 0, success: false },
      key: "tool:call_1",
    });
  });

  test("that is a sub-agent ends it", () => {
    const given = (state: object, metadata: object = {}) =>
      readOpencodeEvents(
        event(
          "message.part.updated",
          tool({ ...state, metadata: { sessionId: "ses_2", ...metadata } }, { tool: "task" }),
        ),
      ).reports;
    const [own, child] = given(COMPLETED);
    expect(own!.about.session).toBe(SESSION);
    expect(child).toMatchObject({
      about: { source: "opencode", session: "ses_2" },
      key: "task:call_1",
      facts: [{ fact: "status", to: "completed" }],
    });
    expect(given({ ...COMPLETED, status: "error", error: "no" })[1]!.facts).toEqual([
      { fact: "status", to: "failed", error: "no", endsTurns: "failed" },
    ]);
    expect(given(COMPLETED, { background: true })).toHaveLength(1);
  });

  test.each(["reasoning", "step-start", "step-finish", "patch", "snapshot", "compaction"])("is no part: %s", (type) => {
    expect(readOpencodeEvents(event("message.part.updated", part({ type })))).toEqual({ reports: [], unread: [] });
  });
});
