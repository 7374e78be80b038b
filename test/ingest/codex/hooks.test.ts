import { describe, expect, test } from "bun:test";
import { readCodexHook } from "#src/ingest/codex/hooks.ts";
import type { Fact } from "#src/ingest/report.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const BASE = {
  session_id: "01a0-thread",
  transcript_path: null,
  cwd: "/repo/p",
  model: "gpt-5.6-sol",
  permission_mode: "bypassPermissions",
};
const TURN = { turn_id: "01a0-turn" };
const CHILD = { agent_id: "01a0-child", agent_type: "default" };
const BASH = { tool_name: "Bash", tool_input: { command: "ls -la" }, tool_use_id: "call_1" };
const WHERE = { model: "gpt-5.6-sol", cwd: "/repo/p", permission_mode: "bypassPermissions" };
const AGENT_OF_CHILD: Fact = { fact: "agent", kind: "default", name: "default" };

const hook = (name: string, fields: object = {}) => ({ ...BASE, hook_event_name: name, ...fields });
const facts = (name: string, fields: object = {}) => factsOf(readCodexHook(hook(name, fields)));

const milestone = (message: string, details = {}): Fact => ({
  fact: "log",
  level: "INFO",
  type: "milestone",
  message,
  details,
});

describe("a hook event", () => {
  test("is of its thread and turn", () => {
    const report = only(readCodexHook(hook("PreToolUse", { ...TURN, ...BASH })));
    expect(report.about).toEqual({ source: "codex", session: "01a0-thread" });
    expect([report.key, report.turn, report.channel]).toEqual(["PreToolUse:call_1", "01a0-turn", "hook"]);
    expect(only(readCodexHook(hook("SessionEnd", { reason: "other" })))).toMatchObject({ key: null, turn: null });
  });

  test("of a sub-agent is of that, in the thread above it", () => {
    const report = only(readCodexHook(hook("PreToolUse", { ...TURN, ...BASH, ...CHILD })));
    expect(report.about).toEqual({ source: "codex", session: "01a0-thread", child: "01a0-child" });
    expect(report.facts[0]).toEqual(AGENT_OF_CHILD);
  });

  test.each(["PostToolBatch", "Notification", "StopFailure"])("of Claude Code only is not known: %s", (name) => {
    const event = hook(name);
    expect(readCodexHook(event)).toEqual({
      reports: [],
      unread: [{ source: "codex", channel: "hook", event: name, details: event }],
    });
  });

  test("may hold anything", () => {
    const names = ["SessionStart", "SessionEnd", "UserPromptSubmit", "Stop", "Interrupt", "PermissionRequest"];
    expectTolerant(readCodexHook, [
      ...names.map((name) => hook(name, { ...TURN, ...BASH, prompt: "x", source: "startup" })),
      hook("PostToolUse", { ...TURN, ...BASH, tool_response: "x" }),
      hook("SubagentStop", { ...TURN, ...CHILD, last_assistant_message: "x" }),
      NOTIFY,
    ]);
  });
});

test("a session begins and ends", () => {
  const [agent, status] = facts("SessionStart", { source: "startup" });
  expect(agent).toEqual({ fact: "agent", nameGuess: "p", metadata: { ...WHERE, source: "startup" } });
  expect(status).toMatchObject({ to: "idle", reopens: true, reason: "session startup" });
  expect(facts("SessionEnd", { reason: "other" })).toEqual([
    { fact: "status", to: "completed", endsTurns: "cancelled", reason: "session ended: other" },
  ]);
});

test("a turn begins, and ends in one of two ways", () => {
  expect(facts("UserPromptSubmit", { ...TURN, prompt: "Fix it" })).toEqual([
    { fact: "agent", nameGuess: "p", metadata: WHERE },
    { fact: "turn.opened", text: "Fix it" },
    { fact: "status", to: "executing", reopens: true },
    milestone("Prompt: Fix it"),
  ]);
  expect(facts("Stop", { ...TURN, stop_hook_active: false, last_assistant_message: "Done." })).toEqual([
    { fact: "turn.closed", status: "completed", response: "Done." },
    { fact: "status", to: "idle" },
  ]);
  expect(facts("Stop", { ...TURN, last_assistant_message: null })[0]).toMatchObject({ response: null });
  expect(facts("Interrupt", TURN)).toEqual([
    { fact: "turn.closed", status: "cancelled" },
    { fact: "status", to: "idle", reason: "interrupted" },
  ]);
});

test("a tool begins and ends, without a word of its success", () => {
  const details = { tool_use_id: "call_1", tool: "Bash", input: BASH.tool_input };
  const log = { fact: "log", type: "tool_call", message: "Bash: ls -la" } as const;
  expect(facts("PreToolUse", { ...TURN, ...BASH })).toEqual([
    { fact: "status", to: "executing" },
    { ...log, level: "DEBUG", message: `${log.message} (started)`, details, key: "tool-start:call_1" },
  ]);
  const [status, ended] = facts("PostToolUse", { ...TURN, ...BASH, tool_response: "exit code 3" });
  expect(status).toMatchObject({ fact: "status", to: "executing" });
  expect(ended).toEqual({
    ...log,
    level: "INFO",
    details: { ...details, response: "exit code 3" },
    key: "tool:call_1",
  });
});

test("a person is asked", () => {
  const reason = "permission for Bash: ls -la";
  expect(facts("PermissionRequest", { ...TURN, ...BASH })).toEqual([{ fact: "status", to: "waiting", reason }]);
});

test("the context is compacted", () => {
  expect(facts("PreCompact", { trigger: "manual" })).toEqual([
    milestone("Compacting the context (manual)", { trigger: "manual" }),
  ]);
  expect(facts("PostCompact", {})).toEqual([milestone("Compacted the context")]);
});

test("a sub-agent begins and ends", () => {
  expect(facts("SubagentStart", { ...TURN, ...CHILD })).toEqual([
    AGENT_OF_CHILD,
    { fact: "turn.opened", text: null },
    { fact: "status", to: "executing", reopens: true },
    { ...milestone("Sub-agent started: default"), key: "sub-agent started" } as Fact,
  ]);
  expect(
    facts("SubagentStop", { ...TURN, ...CHILD, agent_transcript_path: "/t", last_assistant_message: "5" }),
  ).toEqual([
    { ...AGENT_OF_CHILD, metadata: { transcript_path: "/t" } } as Fact,
    { fact: "turn.closed", status: "completed", response: "5" },
    { fact: "status", to: "completed" },
    { ...milestone("Sub-agent finished: default"), key: "sub-agent finished" } as Fact,
  ]);
});

const NOTIFY = {
  type: "agent-turn-complete",
  "thread-id": "01a0-thread",
  "turn-id": "01a0-turn",
  cwd: "/repo/p",
  client: "codex-tui",
  "input-messages": ["Fix it", "now"],
  "last-assistant-message": "Done.",
};

describe("what notify tells", () => {
  test("completes a turn, and moves no status", () => {
    expect(only(readCodexHook(NOTIFY))).toEqual({
      about: { source: "codex", session: "01a0-thread" },
      channel: "hook",
      key: "notify:01a0-turn",
      turn: "01a0-turn",
      sentMs: null,
      facts: [
        { fact: "agent", startsAs: "idle", nameGuess: "p", metadata: { cwd: "/repo/p", client: "codex-tui" } },
        { fact: "turn.text", prompt: "Fix it\n\nnow", how: "fill" },
        { fact: "turn.closed", status: "completed", response: "Done." },
      ],
    });
  });

  test("of a sub-agent's thread holds no prompt", () => {
    const { client: _, ...event } = { ...NOTIFY, "thread-id": "01a0-child", "input-messages": [] };
    expect(only(readCodexHook(event))).toMatchObject({
      about: { session: "01a0-child" },
      facts: [
        { fact: "agent", startsAs: "idle", nameGuess: "p", metadata: { cwd: "/repo/p" } },
        { fact: "turn.closed", status: "completed", response: "Done." },
      ],
    });
  });

  test("without a turn is known by its hash", () => {
    const { "turn-id": _, ...event } = NOTIFY;
    const report = only(readCodexHook(event));
    expect([report.key, report.turn]).toEqual([null, null]);
    expect(report.hash).toMatch(/^[\w-]{22}$/);
  });

  test.each([
    [{ ...NOTIFY, "thread-id": undefined }, "agent-turn-complete without thread-id"],
    [{ ...NOTIFY, type: "agent-turn-begins" }, "agent-turn-begins"],
    [{ type: 5 }, "no hook_event_name"],
  ])("may be of no thread or not known: %#", (event, what) => {
    expect(readCodexHook(event)).toMatchObject({ reports: [], unread: [{ source: "codex", event: what }] });
  });
});
