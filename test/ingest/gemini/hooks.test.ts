import { describe, expect, test } from "bun:test";
import { readGeminiHook } from "#src/ingest/gemini/hooks.ts";
import type { Fact } from "#src/ingest/report.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const BASE = {
  session_id: "5e55-10",
  transcript_path: "/home/x/.gemini/tmp/p/chats/session.json",
  cwd: "/repo/p",
  timestamp: "2026-11-20T10:00:00.123Z",
};
const WHERE = { cwd: BASE.cwd, transcript_path: BASE.transcript_path };
const SHELL = { tool_name: "run_shell_command", tool_input: { command: "ls -la", description: "List" } };

const hook = (name: string, fields: object = {}) => ({ ...BASE, hook_event_name: name, ...fields });
const facts = (name: string, fields: object = {}) => factsOf(readGeminiHook(hook(name, fields)));

const IDLE: Fact = { fact: "status", to: "idle" };
const milestone = (message: string, details = {}, level: "INFO" | "DEBUG" = "INFO"): Fact => ({
  fact: "log",
  level,
  type: "milestone",
  message,
  details,
});

describe("a hook event", () => {
  test("is known by its time and all it holds, and names no turn", () => {
    const report = only(readGeminiHook(hook("AfterAgent")));
    expect(report.about).toEqual({ source: "gemini", session: "5e55-10" });
    expect(report.key).toMatch(/^AfterAgent:[\w-]{22}$/);
    expect([report.turn, report.sentMs]).toEqual([null, Date.parse(BASE.timestamp)]);
    const later = { ...hook("AfterAgent"), timestamp: "2026-11-20T10:00:00.124Z" };
    expect(only(readGeminiHook(later)).key).not.toBe(report.key);
  });

  test("without a time may come again", () => {
    const { timestamp: _, ...untimed } = hook("AfterAgent");
    const report = only(readGeminiHook(untimed));
    expect([report.key, report.sentMs]).toEqual([null, null]);
    expect(report.hash).toMatch(/^[\w-]{22}$/);
  });

  test.each(["BeforeModel", "AfterModel", "BeforeToolSelection", "PreCompress"])(
    "of noise says nothing: %s",
    (name) => {
      expect(readGeminiHook(hook(name, { trigger: "auto", llm_request: {} }))).toEqual({ reports: [], unread: [] });
    },
  );

  test("that is not known is told as such", () => {
    const event = hook("AfterParty");
    expect(readGeminiHook(event).unread).toEqual([
      { source: "gemini", channel: "hook", event: "AfterParty", details: event },
    ]);
  });

  test("may hold anything", () => {
    const names = ["SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent", "Notification", "PreCompress"];
    expectTolerant(readGeminiHook, [
      ...names.map((name) => hook(name, { prompt: "x", prompt_response: "y", message: "z", trigger: "manual" })),
      hook("BeforeTool", SHELL),
      hook("AfterTool", { ...SHELL, tool_response: { llmContent: "x", error: { message: "no", type: "x" } } }),
    ]);
  });
});

test("a session begins and ends", () => {
  const [agent, status] = facts("SessionStart", { source: "startup" });
  expect(agent).toEqual({ fact: "agent", nameGuess: "p", metadata: { ...WHERE, source: "startup" } });
  expect(status).toMatchObject({ to: "idle", reopens: true, reason: "session startup" });
  expect(facts("SessionEnd", { reason: "exit" })).toEqual([
    { fact: "status", to: "completed", endsTurns: "cancelled", reason: "session ended: exit" },
  ]);
});

test("a turn begins with its prompt and ends with its answer, where there is no better one", () => {
  expect(facts("BeforeAgent", { prompt: "Fix it" })).toEqual([
    { fact: "agent", nameGuess: "p", metadata: WHERE },
    { fact: "turn.opened", text: "Fix it" },
    { fact: "status", to: "executing", reopens: true },
    milestone("Prompt: Fix it"),
  ]);
  const fields = { prompt: "Fix it", prompt_response: "A B B", stop_hook_active: false };
  expect(facts("AfterAgent", fields)).toEqual([
    { fact: "turn.text", response: "A B B", how: "guess" },
    { fact: "turn.closed", status: "completed" },
    IDLE,
  ]);
  expect(facts("AfterAgent", { prompt_response: "" })).toEqual([{ fact: "turn.closed", status: "completed" }, IDLE]);
});

describe("a tool", () => {
  const details = { tool: "run_shell_command", input: SHELL.tool_input };
  const log = { fact: "log", type: "tool_call", message: "run_shell_command: ls -la" } as const;

  test("begins and ends", () => {
    expect(facts("BeforeTool", SHELL)).toEqual([
      { fact: "status", to: "executing" },
      { ...log, level: "DEBUG", message: `${log.message} (started)`, details },
    ]);
    const tool_response = { llmContent: "Exit Code: 0", returnDisplay: "a" };
    const [status, ended] = facts("AfterTool", { ...SHELL, tool_response });
    expect(status).toMatchObject({ fact: "status", to: "executing" });
    expect(ended).toEqual({ ...log, level: "INFO", details: { ...details, response: tool_response, success: true } });
  });

  test.each([
    ["no such file", "no such file"],
    [{ message: "no such file", type: "file_not_found" }, "no such file"],
    [{ code: 2 }, { code: 2 }],
  ])("fails: %j", (failure, error) => {
    const tool_response = { llmContent: "", error: failure };
    expect(facts("AfterTool", { ...SHELL, tool_response })[1]).toEqual({
      ...log,
      level: "ERROR",
      details: { ...details, response: tool_response, error, success: false },
    });
  });
});

test("a person is asked, or told", () => {
  const asked = { notification_type: "ToolPermission", message: "May I run ls?", details: { type: "exec" } };
  expect(facts("Notification", asked)).toEqual([{ fact: "status", to: "waiting", reason: "May I run ls?" }]);
  expect(facts("Notification", { notification_type: "ToolPermission" })).toEqual([
    { fact: "status", to: "waiting", reason: "permission" },
  ]);
  expect(facts("Notification", { notification_type: "Other", message: "Hi" })).toEqual([
    milestone("Hi", { notification_type: "Other" }),
  ]);
});

test("what a person compresses is told", () => {
  expect(facts("PreCompress", { trigger: "manual" })).toEqual([
    milestone("Compacting the context (manual)", { trigger: "manual" }, "DEBUG"),
  ]);
});
