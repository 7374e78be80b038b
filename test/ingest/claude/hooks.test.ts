import { describe, expect, test } from "bun:test";
import { readClaudeHook } from "#src/ingest/claude/hooks.ts";
import type { AgentFact, Fact } from "#src/ingest/report.ts";
import { expectTolerant, factsOf, only } from "#test/ingest/support.ts";

const BASE = {
  session_id: "0199-s",
  transcript_path: "/home/x/.claude/projects/p/0199-s.jsonl",
  cwd: "/repo/p",
  permission_mode: "default",
  prompt_id: "prompt-1",
};
const CHILD = { agent_id: "a1b2", agent_type: "Explore" };
const BASH = { tool_name: "Bash", tool_input: { command: "ls -la", description: "List" }, tool_use_id: "toolu_1" };
const WHERE = { cwd: BASE.cwd, transcript_path: BASE.transcript_path, permission_mode: "default" };

const hook = (name: string, fields: object = {}) => ({ ...BASE, hook_event_name: name, ...fields });
const facts = (name: string, fields: object = {}) => factsOf(readClaudeHook(hook(name, fields)));

const EXECUTING: Fact = { fact: "status", to: "executing" };
const ALIVE_BUSY = ["pending", "initializing", "planning", "executing", "reviewing", "waiting"] as const;
const STILL: Fact = { fact: "status", to: "executing", from: ALIVE_BUSY };
const IDLE: Fact = { fact: "status", to: "idle" };
const AGENT_OF_CHILD: Fact = { fact: "agent", kind: "Explore", name: "Explore" };

const milestone = (message: string, details = {}): Fact => ({
  fact: "log",
  level: "INFO",
  type: "milestone",
  message,
  details,
});

describe("an event", () => {
  test("is of its session, turn and channel, and without an id known by its hash", () => {
    const report = only(readClaudeHook(hook("Stop")));
    expect(report).toMatchObject({ about: { source: "claude", session: "0199-s" }, channel: "hook", key: null });
    expect(report).toMatchObject({ turn: "prompt-1", sentMs: null });
    expect(report.hash).toMatch(/^[\w-]{22}$/);
    expect(only(readClaudeHook(hook("Stop"))).hash).toBe(report.hash!);
    expect(only(readClaudeHook(hook("Stop", { last_assistant_message: "x" }))).hash).not.toBe(report.hash!);
  });

  test("of a tool has that of its call", () => {
    expect(only(readClaudeHook(hook("PreToolUse", BASH))).key).toBe("PreToolUse:toolu_1");
    expect(only(readClaudeHook(hook("PostToolUse", BASH))).key).toBe("PostToolUse:toolu_1");
  });

  test("in a sub-agent is of that, and says of what kind it is", () => {
    const report = only(readClaudeHook(hook("PreToolUse", { ...BASH, ...CHILD })));
    expect(report.about).toEqual({ source: "claude", session: "0199-s", child: "a1b2" });
    expect(report.facts[0]).toEqual(AGENT_OF_CHILD);
  });

  test.each([
    [null, "not an object"],
    [[], "not an object"],
    ["x", "not an object"],
    [{}, "no hook_event_name"],
    [{ hook_event_name: 5 }, "no hook_event_name"],
    [{ hook_event_name: "Stop" }, "Stop without session_id"],
    [{ hook_event_name: "Stop", session_id: "" }, "Stop without session_id"],
    [hook("Dreaming"), "Dreaming"],
    [hook("constructor"), "constructor"],
    [hook("__proto__"), "__proto__"],
  ])("that is none, or not known, is told as such: %j", (event, what) => {
    const details = event;
    expect(readClaudeHook(event)).toEqual({
      reports: [],
      unread: [{ source: "claude", channel: "hook", event: what, details }],
    });
  });

  const ignored = [
    "Setup",
    "PostToolBatch",
    "ConfigChange",
    "InstructionsLoaded",
    "WorktreeCreate",
    "WorktreeRemove",
    "FileChanged",
    "DirectoryAdded",
    "MessageDisplay",
  ];
  test.each(ignored)("%s says nothing", (name) => {
    expect(readClaudeHook(hook(name))).toEqual({ reports: [], unread: [] });
  });

  test("the end of what only compacts says nothing: it has no kind, and did not start", () => {
    const compacts = { agent_id: "a1", agent_type: "", last_assistant_message: "A summary" };
    expect(readClaudeHook(hook("SubagentStop", compacts))).toEqual({ reports: [], unread: [] });
    expect(readClaudeHook(hook("SubagentStop", { ...compacts, agent_type: undefined })).reports).toHaveLength(1);
  });

  test("may hold anything", () => {
    const names = [
      "SessionStart",
      "UserPromptSubmit",
      "Stop",
      "StopFailure",
      "Notification",
      "SubagentStop",
      "Nothing",
    ];
    const tools = ["PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest", "PermissionDenied"];
    expectTolerant(readClaudeHook, [
      ...names.map((name) => hook(name, { prompt: "x", message: "x", error: "unknown", background_tasks: [{}] })),
      ...tools.map((name) => hook(name, { ...BASH, ...CHILD, error: "x", tool_response: { stdout: "x" } })),
      hook("TaskCreated", { task_id: "1", task_subject: "x" }),
      hook("PostModelSwitch", { from_model: "a", to_model: "b" }),
    ]);
  });
});

describe("a session", () => {
  const STARTS_FROM = [
    "pending",
    "initializing",
    "idle",
    "planning",
    "reviewing",
    "waiting",
    "completed",
    "failed",
    "cancelled",
  ] as const;

  test.each(["startup", "resume", "clear", "fork"])("that begins by %s is idle, unless it works already", (source) => {
    expect(facts("SessionStart", { source, model: "claude-sonnet-5", session_title: "Fix it" })).toEqual([
      { fact: "agent", name: "Fix it", metadata: { model: "claude-sonnet-5", ...WHERE, source } },
      { fact: "status", to: "idle", reopens: true, from: STARTS_FROM, reason: `session ${source}` },
    ]);
  });

  test.each([
    ["/repo/shop/", "shop"],
    ["C:\\Users\\x\\my shop", "my shop"],
    ["/", undefined],
  ])("in the folder %j goes by the name of it until it has a title", (cwd, nameGuess) => {
    const agent = facts("UserPromptSubmit", { cwd })[0] as AgentFact;
    expect([agent.name, agent.nameGuess]).toEqual([undefined, nameGuess]);
  });

  test("that is compacted goes on", () => {
    expect(facts("SessionStart", { source: "compact" })).toEqual([{ fact: "agent", nameGuess: "p", metadata: WHERE }]);
    expect(facts("PreCompact", { trigger: "auto", custom_instructions: "" })).toEqual([
      milestone("Compacting the context (auto)", { trigger: "auto", custom_instructions: "" }),
    ]);
    expect(facts("PostCompact", { trigger: "auto", compact_summary: "s" })).toEqual([
      milestone("Compacted the context (auto)", { trigger: "auto", compact_summary: "s" }),
    ]);
  });

  test("that ends has ended, with its turns", () => {
    expect(facts("SessionEnd", { reason: "clear" })).toEqual([
      { fact: "status", to: "completed", endsTurns: "cancelled", reason: "session ended: clear" },
    ]);
    expect(facts("SessionEnd")).toEqual([{ fact: "status", to: "completed", endsTurns: "cancelled" }]);
  });

  test("may go elsewhere, or on with another model", () => {
    expect(facts("CwdChanged", { new_cwd: "/elsewhere" })).toEqual([
      { fact: "agent", metadata: { cwd: "/elsewhere" } },
    ]);
    const models = { from_model: "a", to_model: "b", source: "user", context_tokens: 5 };
    expect(facts("PreModelSwitch", models)).toEqual([
      { ...milestone("Switching the model: a -> b", models), level: "DEBUG" } as Fact,
    ]);
    expect(facts("PostModelSwitch", models)).toEqual([
      { fact: "agent", metadata: { model: "b" } },
      milestone("Switched the model: a -> b", models),
    ]);
  });
});

describe("a turn", () => {
  test("begins with its prompt, which brings the agent back", () => {
    expect(facts("UserPromptSubmit", { prompt: "Fix\nissue 42", source: "user" })).toEqual([
      { fact: "agent", nameGuess: "p", metadata: WHERE },
      { fact: "turn.opened", text: "Fix\nissue 42" },
      { fact: "status", to: "executing", reopens: true },
      milestone("Prompt: Fix issue 42", { source: "user" }),
    ]);
  });

  test("may begin by a command", () => {
    const command = { expansion_type: "slash_command", command_name: "plan", command_args: "42" };
    expect(facts("UserPromptExpansion", { ...command, prompt: "Plan 42" })).toEqual([
      milestone("Command: /plan 42", command),
    ]);
  });

  test("ends with its answer", () => {
    const closed: Fact = { fact: "turn.closed", status: "completed", response: "Done." };
    const fields = { last_assistant_message: "Done.", stop_hook_active: false };
    expect(facts("Stop", fields)).toEqual([closed, IDLE]);
    expect(facts("Stop", { ...fields, background_tasks: [] })).toEqual([closed, IDLE]);
    expect(facts("Stop", { ...fields, background_tasks: [{ id: "b1" }] })).toEqual([
      closed,
      { ...EXECUTING, reason: "background tasks" },
    ]);
    expect(facts("Stop")).toEqual([{ fact: "turn.closed", status: "completed", response: null }, IDLE]);
  });

  test("that fails says why", () => {
    const error = "rate_limit: try again in an hour";
    expect(facts("StopFailure", { error: "rate_limit", error_details: "try again in an hour" })).toEqual([
      { fact: "turn.closed", status: "failed", response: null, error },
      { fact: "status", to: "failed", error },
      {
        fact: "log",
        level: "ERROR",
        type: "error",
        message: error,
        details: { error: "rate_limit", error_details: "try again in an hour" },
      },
    ]);
    expect(facts("StopFailure")[1]).toEqual({ fact: "status", to: "failed", error: "unknown" });
    // What the person sees says more.
    const said = { error: "unknown", last_assistant_message: "API Error: 400 no such model" };
    expect(facts("StopFailure", said)[1]).toMatchObject({ to: "failed", error: "API Error: 400 no such model" });
    expect(facts("StopFailure", { ...said, error: "rate_limit" })[1]).toMatchObject({ error: "rate_limit" });
  });
});

describe("a tool", () => {
  const details = { tool_use_id: "toolu_1", tool: "Bash", input: BASH.tool_input };

  test("begins", () => {
    expect(facts("PreToolUse", BASH)).toEqual([
      EXECUTING,
      {
        fact: "log",
        level: "DEBUG",
        type: "tool_call",
        message: "Bash: ls -la (started)",
        details,
        key: "tool-start:toolu_1",
      },
    ]);
  });

  test("ends, which wakes no agent whose turn is over", () => {
    const response = { stdout: "a\nb", stderr: "" };
    expect(facts("PostToolUse", { ...BASH, tool_response: response, duration_ms: 12 })).toEqual([
      STILL,
      {
        fact: "log",
        level: "INFO",
        type: "tool_call",
        message: "Bash: ls -la",
        details: { ...details, response, duration_ms: 12, success: true },
        key: "tool:toolu_1",
      },
    ]);
  });

  test("fails", () => {
    expect(facts("PostToolUseFailure", { ...BASH, error: "no such file", is_interrupt: false })).toEqual([
      STILL,
      {
        fact: "log",
        level: "ERROR",
        type: "tool_call",
        message: "Bash: ls -la",
        details: { ...details, error: "no such file", success: false, is_interrupt: false },
        key: "tool:toolu_1",
      },
    ]);
  });

  test("that a person interrupts ends the work, of a sub-agent not", () => {
    const fields = { ...BASH, error: "interrupted", is_interrupt: true };
    expect(facts("PostToolUseFailure", fields)[0]).toEqual({
      ...IDLE,
      from: ["executing", "waiting"],
      reason: "interrupted",
    } as Fact);
    expect(facts("PostToolUseFailure", { ...fields, ...CHILD })[1]).toEqual(STILL);
  });

  test("is denied", () => {
    const [status, log] = facts("PermissionDenied", { ...BASH, reason: "too risky" });
    expect(status).toEqual(STILL);
    expect(log).toMatchObject({ level: "WARNING", type: "tool_call", message: "Bash: ls -la (denied)" });
    expect(log).toMatchObject({ key: "tool:toolu_1", details: { reason: "too risky", success: false } });
  });

  test.each([
    [{ file_path: "/a/b.ts", content: "…" }, "Write: /a/b.ts"],
    [{ pattern: "TODO", path: "src" }, "Write: src"],
    [{ command: ["bash", "-lc", "ls"] }, "Write: bash -lc ls"],
    [{ command: "  " }, "Write"],
    [{ url: `https://x/${"a".repeat(300)}` }, `Write: https://x/${"a".repeat(189)}…`],
    ["free text\nof two lines", "Write: free text of two lines"],
    [undefined, "Write"],
  ])("is told in one line: %j", (tool_input, message) => {
    expect(facts("PostToolUse", { ...BASH, tool_name: "Write", tool_input })[1]).toMatchObject({ message });
  });

  test("without a name or an id is told all the same", () => {
    const [, log] = facts("PostToolUse", { tool_response: "x" });
    expect(log).toMatchObject({ message: "a tool without a name", details: { response: "x", success: true } });
    expect(log).not.toHaveProperty("key");
  });
});
