import { describe, expect, test } from "bun:test";
import { geminiLines } from "#src/ingest/gemini/stream.ts";
import { asEventReader, readLines, said } from "#test/ingest/streamed.ts";
import { expectTolerant } from "#test/ingest/support.ts";

const AT = "2026-11-26T10:00:00.000Z";
const line = (type: string, fields: object = {}) => ({ type, timestamp: AT, ...fields });
const INIT = line("init", { session_id: "g1", model: "gemini-3.8-flash" });
const PROMPT = line("message", { role: "user", content: "Fix it" });
const piece = (content: string) => line("message", { role: "assistant", content, delta: true });
const CALL = line("tool_use", { tool_name: "run_shell_command", tool_id: "c1", parameters: { command: "ls" } });
const ended = (fields: object) => line("tool_result", { tool_id: "c1", ...fields });
const STATS = {
  duration_ms: 1200,
  models: {
    "gemini-3.8-flash": { total_tokens: 140, input_tokens: 100, output_tokens: 25, cached: 60, input: 40 },
    "gemini-3.8-pro": { total_tokens: 0, input_tokens: 0, output_tokens: 0, cached: 0, input: 0 },
  },
};
const DONE = line("result", { status: "success", stats: STATS });
const EXECUTING = { fact: "status", to: "executing" } as const;

const facts = (...lines: unknown[]) =>
  said(geminiLines, [INIT, ...lines])
    .map(([, fact]) => fact)
    .slice(2);

test("a run begins with its session and prompt", () => {
  const { reports } = readLines(geminiLines, [INIT, PROMPT]);
  expect(reports).toMatchObject([
    {
      about: { source: "gemini", session: "g1" },
      channel: "stream",
      sentMs: Date.parse(AT),
      facts: [
        { fact: "agent", metadata: { model: "gemini-3.8-flash" } },
        { ...EXECUTING, reopens: true },
      ],
    },
    {
      facts: [
        { fact: "turn.opened", text: "Fix it" },
        { ...EXECUTING, reopens: true },
      ],
    },
  ]);
});

describe("its end", () => {
  test("has the answer in one piece, and what each model used", () => {
    const [usage, ...others] = facts(piece("It "), piece("works."), DONE);
    expect(others).toEqual([
      { fact: "turn.closed", status: "completed", response: "It works.", latencyMs: 1200 },
      { fact: "status", to: "completed" },
    ]);
    // What was thought is told in the total alone.
    expect(usage).toMatchObject({
      fact: "usage",
      model: "gemini-3.8-flash",
      provider: "google",
      tokens: { input: 100, output: 40, cacheRead: 60, cacheWrite: null },
      costUsd: null,
    });
  });

  test("names two runs' usage apart", () => {
    const calls = [DONE, { ...DONE, timestamp: "2026-11-26T10:00:01.000Z" }].map((done) => {
      const [usage] = facts(done);
      return usage?.fact === "usage" ? usage.call : null;
    });
    expect(new Set(calls).size).toBe(2);
  });

  test("may be a failure", () => {
    const told = facts(line("result", { status: "error", error: { type: "ApiError", message: "quota" }, stats: {} }));
    expect(told).toMatchObject([
      { fact: "turn.closed", status: "failed", error: "quota" },
      { fact: "status", to: "failed", error: "quota" },
      { level: "ERROR", type: "error", message: "quota" },
    ]);
  });

  test("that never came leaves what was said", () => {
    const told = said(geminiLines, [INIT, PROMPT, piece("Half")], true);
    expect(told.slice(-3)).toEqual([
      ["g1", { fact: "turn.text", response: "Half", how: "fill" }],
      ["g1", { fact: "turn.closed", status: "cancelled", isGuess: true }],
      ["g1", { fact: "status", to: "idle", from: ["executing", "waiting"], reason: "its output ended" }],
    ]);
    expect(said(geminiLines, [INIT, PROMPT, piece("All"), DONE], true).at(-1)?.[1]).toEqual({
      fact: "status",
      to: "completed",
    });
  });
});

test("an answer is bounded", () => {
  const told = facts(piece("x".repeat(900_000)), piece("y".repeat(900_000)), DONE);
  const closed = told.find(({ fact }) => fact === "turn.closed");
  expect(closed?.fact === "turn.closed" ? closed.response?.length : 0).toBe(1_000_000);
});

test.each([
  [{ status: "success", output: "a" }, "INFO", { response: "a", success: true }],
  [{ status: "error", error: { message: "denied" } }, "ERROR", { error: "denied", success: false }],
])("the end of a call has the tool and input of its beginning: %p", (fields, level, details) => {
  const [, begun, , end] = facts(CALL, ended(fields));
  expect(begun).toMatchObject({
    level: "DEBUG",
    message: "run_shell_command: ls (started)",
    key: "tool-start:c1",
    isAside: true,
  });
  expect(end).toMatchObject({ level, message: "run_shell_command: ls", key: "tool:c1", details, isAside: true });
});

test("errors and warnings leave logs; what is not known is kept", () => {
  const told = facts(
    line("error", { severity: "warning", message: "loop" }),
    line("error", { severity: "error", message: "bad" }),
  );
  expect(told).toMatchObject([
    { level: "WARNING", type: "error", message: "loop" },
    { level: "ERROR", type: "error", message: "bad" },
  ]);
  expect(readLines(geminiLines, [INIT, line("new")]).unread).toMatchObject([{ source: "gemini", event: "new" }]);
});

test("may hold anything", () => {
  expectTolerant(asEventReader(geminiLines, [INIT, PROMPT, CALL]), [
    INIT,
    PROMPT,
    piece("x"),
    CALL,
    ended({ status: "error" }),
    DONE,
  ]);
});
