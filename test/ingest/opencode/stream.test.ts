import { describe, expect, test } from "bun:test";
import { opencodeLines } from "#src/ingest/opencode/stream.ts";
import { asEventReader, readLines, said } from "#test/ingest/streamed.ts";
import { expectTolerant } from "#test/ingest/support.ts";

const line = (type: string, fields: object = {}) => ({ type, timestamp: 1790000000000, sessionID: "ses_1", ...fields });
const START = line("step_start", { part: { id: "prt_1", messageID: "msg_1", type: "step-start" } });
const TEXT = line("text", { part: { id: "prt_2", messageID: "msg_1", type: "text", text: "Done.", time: { end: 1 } } });
const tool = (state: object) =>
  line("tool_use", { part: { id: "prt_3", type: "tool", callID: "call_1", tool: "bash", state } });
const FINISH = line("step_finish", {
  part: {
    id: "prt_4",
    messageID: "msg_1",
    type: "step-finish",
    reason: "stop",
    cost: 0.004,
    tokens: { input: 900, output: 40, reasoning: 10, cache: { read: 5, write: 3 } },
  },
});
const FAILURE = line("error", { error: { name: "APIError", data: { message: "no such model" } } });
const EXECUTING = { fact: "status", to: "executing" } as const;
const OPENING = [{ fact: "agent" }, { fact: "turn.opened", text: null }, { ...EXECUTING, reopens: true }] as const;

const facts = (lines: unknown[], isWhole = false) => said(opencodeLines, lines, isWhole).map(([, fact]) => fact);

test("the first line opens the turn, the others go on", () => {
  expect(facts([START, START])).toEqual([...OPENING]);
  const { reports } = readLines(opencodeLines, [TEXT]);
  expect(reports).toMatchObject([{ about: { source: "opencode", session: "ses_1" }, sentMs: 1790000000000 }]);
  const text = { fact: "turn.text", response: "Done.", how: "append", key: "prt_2" } as const;
  expect(facts([TEXT])).toEqual([...OPENING, EXECUTING, text]);
});

test("a step tells what its call used", () => {
  expect(facts([START, FINISH]).at(-1)).toEqual({
    fact: "usage",
    call: "msg_1:prt_4",
    model: null,
    tokens: { input: 908, output: 50, cacheRead: 5, cacheWrite: 3 },
    costUsd: 0.004,
    details: { reason: "stop" },
  });
});

test.each([
  [
    { status: "completed", input: { command: "ls" }, output: "a", metadata: { exit: 3 } },
    "INFO",
    { success: true, exit_code: 3 },
  ],
  [{ status: "error", input: { command: "ls" }, error: "denied" }, "ERROR", { success: false, error: "denied" }],
])("a call has ended: %p", (state, level, details) => {
  expect(facts([START, tool(state)]).at(-1)).toMatchObject({ level, message: "bash: ls", key: "tool:call_1", details });
});

describe("a turn ends", () => {
  const COMPLETED = [
    { fact: "turn.closed", status: "completed" },
    { fact: "status", to: "idle" },
  ] as const;

  test("with the output, once", () => {
    expect(facts([START, TEXT], true).slice(-2)).toEqual([{ ...COMPLETED[0], isGuess: true }, COMPLETED[1]]);
    expect(facts([START, line("done", { reason: "idle" })], true)).toEqual([...OPENING, ...COMPLETED]);
    expect(facts([], true)).toEqual([]);
  });

  test("as a failure, which its end leaves", () => {
    expect(facts([FAILURE], true)).toMatchObject([
      ...OPENING,
      { fact: "turn.closed", status: "failed", error: "APIError: no such model" },
      { fact: "status", to: "failed", error: "APIError: no such model" },
      { level: "ERROR", type: "error", message: "APIError: no such model" },
    ]);
  });

  test("by a person", () => {
    const told = facts([START, line("error", { error: { name: "MessageAbortedError" } })]);
    expect(told.slice(-2)).toMatchObject([{ status: "cancelled" }, { to: "idle" }]);
  });
});

test("what is not known is kept", () => {
  expect(readLines(opencodeLines, [line("new_thing")]).unread).toMatchObject([
    { source: "opencode", event: "new_thing" },
  ]);
});

test("may hold anything", () => {
  const state = { status: "completed", input: { command: "ls" }, output: "a", time: { start: 1, end: 2 } };
  expectTolerant(asEventReader(opencodeLines, [START]), [START, TEXT, tool(state), FINISH, FAILURE, line("done")]);
});
