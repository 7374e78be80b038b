import { describe, expect, test } from "bun:test";
import { readOpencodeEvents } from "#src/ingest/opencode/events.ts";
import type { Fact } from "#src/ingest/report.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const SESSION = "ses_1";
const event = (type: string, properties: object = {}) => ({
  id: "evt_1",
  type,
  properties: { sessionID: SESSION, ...properties },
});
/** As older versions send it. */
const old = (type: string, properties: object = {}) => ({ type, properties });
const facts = (type: string, properties: object = {}) => factsOf(readOpencodeEvents(event(type, properties)));

const IDLE: Fact = { fact: "status", to: "idle" };
const EXECUTING: Fact = { fact: "status", to: "executing" };
const ANSWERED: Fact = { fact: "status", to: "executing", from: ["waiting"] };
const CREATED: Fact = { fact: "status", to: "idle", from: ["pending", "initializing"] };

const INFO = {
  id: SESSION,
  slug: "x",
  directory: "/repo/p",
  title: "New session - 2026-11-20T10:00:00.000Z",
  version: "1.18.33",
  agent: "build",
  model: { id: "gpt-5", providerID: "openai" },
  cost: 0,
  time: { created: 1, updated: 1 },
};
const METADATA = { model: "gpt-5", cwd: "/repo/p", version: "1.18.33", agent: "build" };

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

describe("an event", () => {
  test("is of its session, and known by its id", () => {
    expect(only(readOpencodeEvents(event("session.idle")))).toMatchObject({
      about: { source: "opencode", session: SESSION },
      channel: "hook",
      key: "event:evt_1",
      turn: null,
      sentMs: null,
    });
  });

  test("without an id is known by its hash", () => {
    const report = only(readOpencodeEvents(old("session.idle", { sessionID: SESSION })));
    expect(report.key).toBeNull();
    expect(report.hash).toMatch(/^[\w-]{22}$/);
  });

  test("may name its session in what it is about, or be wrapped", () => {
    const reports = [
      old("session.updated", { info: INFO }),
      old("message.updated", { info: USER }),
      old("message.part.updated", tool(COMPLETED)),
      { directory: "/repo/p", payload: event("session.idle") },
    ].map((given) => only(readOpencodeEvents(given)));
    for (const { about } of reports) expect(about).toEqual({ source: "opencode", session: SESSION });
  });

  test.each([
    [null, "not an object"],
    ["x", "not an object"],
    [{}, "no type"],
    [old("session.idle"), "session.idle without a session"],
    [old("session.error", { error: API_ERROR }), "session.error without a session"],
    [event("session.dreamt"), "session.dreamt"],
    [event("__proto__"), "__proto__"],
  ])("that is none, or not known, is told as such: %j", (given, what) => {
    expect(readOpencodeEvents(given)).toEqual({
      reports: [],
      unread: [{ source: "opencode", channel: "hook", event: what, details: given }],
    });
  });

  const dropped = [
    "plugin.added",
    "catalog.updated",
    "reference.updated",
    "integration.updated",
    "server.heartbeat",
    "session.next.text.delta",
    "session.diff",
    "message.part.delta",
    "message.part.removed",
    "message.removed",
    "file.edited",
    "lsp.updated",
    "sync",
  ];
  test.each(dropped)("that is noise says nothing: %s", (type) => {
    expect(readOpencodeEvents(old(type))).toEqual({ reports: [], unread: [] });
  });

  test("many come in an array, in order", () => {
    const reading = readOpencodeEvents([
      event("session.status", { status: { type: "busy" } }),
      5,
      event("session.idle"),
    ]);
    expect(reading.reports.map((report) => report.facts.at(-1))).toEqual([EXECUTING, IDLE]);
    expect(reading.unread.map((unread) => unread.event)).toEqual(["not an object"]);
    expect(readOpencodeEvents([])).toEqual({ reports: [], unread: [] });
    const many = readOpencodeEvents(Array.from({ length: 1_002 }, () => event("session.idle")));
    expect(many.reports).toHaveLength(1_000);
    expect(many.unread.map((unread) => unread.event)).toEqual(["2 events more than 1000"]);
  });

  test("may hold anything", () => {
    expectTolerant(readOpencodeEvents, [
      event("session.created", { info: { ...INFO, parentID: "ses_0" } }),
      event("session.status", { status: { type: "retry", attempt: 1, message: "x", next: 5 } }),
      event("session.error", { error: API_ERROR }),
      event("message.updated", { info: USER }),
      event("message.updated", { info: { ...ASSISTANT, error: API_ERROR } }),
      event("message.part.updated", part({ type: "text", text: "x", time: { start: 1, end: 2 } })),
      event("message.part.updated", tool(COMPLETED)),
      event("message.part.updated", tool({ ...COMPLETED, metadata: { sessionId: "ses_2" } }, { tool: "task" })),
      event("permission.asked", { id: "per_1", permission: "bash", patterns: ["ls *"] }),
      event("question.asked", { questions: [{ question: "Which?" }] }),
      event("todo.updated", { todos: [{ status: "completed" }] }),
      event("command.executed", { name: "x", arguments: "y" }),
    ]);
  });
});

describe("a session", () => {
  test("is made idle, and has no name before it has a title", () => {
    expect(facts("session.created", { info: INFO })).toEqual([{ fact: "agent", metadata: METADATA }, CREATED]);
    expect(facts("session.updated", { info: { ...INFO, title: "Fix it" } })).toEqual([
      { fact: "agent", name: "Fix it", metadata: METADATA },
    ]);
  });

  test("of a sub-agent has the one above it, and a kind", () => {
    const info = { ...INFO, parentID: "ses_0", agent: "explore", title: "Look (@explore subagent)" };
    expect(facts("session.created", { info })[0]).toEqual({
      fact: "agent",
      name: "Look (@explore subagent)",
      kind: "explore",
      parent: { source: "opencode", session: "ses_0" },
      metadata: { ...METADATA, agent: "explore" },
    });
  });

  test("works, tries again, and rests", () => {
    expect(facts("session.status", { status: { type: "busy" } })).toEqual([EXECUTING]);
    expect(facts("session.status", { status: { type: "idle" } })).toEqual([IDLE]);
    expect(facts("session.status", { status: { type: "retry", attempt: 2, message: "overloaded", next: 9 } })).toEqual([
      EXECUTING,
      {
        fact: "log",
        level: "WARNING",
        type: "error",
        message: "Trying again: overloaded",
        details: { attempt: 2, next: 9, message: "overloaded" },
      },
    ]);
    expect(readOpencodeEvents(event("session.status", { status: { type: "new" } })).reports).toEqual([]);
  });

  test("that rests has completed its turn", () => {
    expect(facts("session.idle")).toEqual([{ fact: "turn.closed", status: "completed" }, IDLE]);
  });

  test("that fails says why; resting afterwards changes neither, a new prompt does", () => {
    const error = "APIError: overloaded";
    expect(facts("session.error", { error: API_ERROR })).toEqual([
      { fact: "turn.closed", status: "failed", error },
      { fact: "status", to: "failed", error },
      { fact: "log", level: "ERROR", type: "error", message: error, details: API_ERROR },
    ]);
    const rests = [...facts("session.status", { status: { type: "idle" } }), ...facts("session.idle")];
    for (const fact of rests) expect(fact).not.toHaveProperty("reopens");
    expect(facts("message.updated", { info: USER })).toContainEqual({ ...EXECUTING, reopens: true } as Fact);
  });

  test("that a person stops has not failed", () => {
    expect(facts("session.error", { error: ABORTED })).toEqual([
      { fact: "turn.closed", status: "cancelled" },
      { ...IDLE, reason: "stopped by a person" } as Fact,
    ]);
  });

  test.each([
    [undefined, "unknown error"],
    ["it broke", "it broke"],
    [{ message: "it broke" }, "it broke"],
    [{ name: "UnknownError" }, "UnknownError"],
  ])("fails for %j", (error, told) => {
    expect(facts("session.error", { error })[1]).toEqual({ fact: "status", to: "failed", error: told });
  });

  test("that is deleted has ended", () => {
    expect(facts("session.deleted", { info: INFO })).toEqual([
      { fact: "status", to: "completed", endsTurns: "cancelled", reason: "deleted" },
    ]);
  });

  test("tells what it did", () => {
    const log = { fact: "log", type: "milestone" } as const;
    expect(facts("session.compacted")).toEqual([
      { ...log, level: "INFO", message: "Compacted the context", details: {} },
    ]);
    const todos = [
      { content: "a", status: "completed" },
      { content: "b", status: "pending" },
    ];
    expect(facts("todo.updated", { todos })).toEqual([
      { ...log, level: "DEBUG", message: "Todos: 1 of 2 done", details: { todos } },
    ]);
    const command = { name: "review", arguments: "all of it" };
    expect(facts("command.executed", command)).toEqual([
      { ...log, level: "INFO", message: "Command: /review all of it", details: command },
    ]);
  });
});

describe("a person", () => {
  test.each([
    ["permission.asked", { permission: "bash", patterns: ["rm *", "ls *"] }, "permission for bash: rm * ls *"],
    ["permission.updated", { type: "bash", pattern: "rm *", title: "Remove" }, "permission for bash: rm *"],
    ["permission.updated", { type: "edit", title: "Edit a.ts" }, "permission for edit: Edit a.ts"],
    ["permission.asked", {}, "permission"],
    ["question.asked", { questions: [{ question: "Which one?", header: "?" }] }, "Which one?"],
    ["question.asked", {}, "a question"],
  ])("is asked: %s %j", (type, properties, reason) => {
    expect(facts(type, properties)).toEqual([{ fact: "status", to: "waiting", reason }]);
  });

  test.each(["permission.replied", "question.replied", "question.rejected"])("has answered: %s", (type) => {
    expect(facts(type, { requestID: "per_1", reply: "once" })).toEqual([ANSWERED]);
  });
});
