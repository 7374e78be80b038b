import { describe, expect, test } from "bun:test";
import { claudeLines } from "#src/ingest/claude/stream.ts";
import { asEventReader, readLines, said } from "#test/ingest/streamed.ts";
import { expectTolerant } from "#test/ingest/support.ts";

const S = { session_id: "s1" };
const INIT = {
  type: "system",
  subtype: "init",
  ...S,
  uuid: "u1",
  model: "claude-sonnet-5",
  cwd: "/repo/p",
  permissionMode: "default",
  claude_code_version: "2.1.330",
  tools: ["Bash"],
};
const assistant = (content: object[], more: object = {}) => ({
  type: "assistant",
  ...S,
  parent_tool_use_id: null,
  message: { id: "msg_1", model: "claude-sonnet-5", content },
  ...more,
});
const CALL = { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } };
const result = (content: unknown, isError = false) => ({
  type: "user",
  ...S,
  parent_tool_use_id: null,
  message: { content: [{ type: "tool_result", tool_use_id: "toolu_1", is_error: isError, content }] },
});
const DONE = {
  type: "result",
  subtype: "success",
  ...S,
  is_error: false,
  num_turns: 2,
  duration_ms: 4100,
  result: "done",
  total_cost_usd: 0.031,
  modelUsage: {
    "claude-sonnet-5": {
      inputTokens: 12,
      outputTokens: 340,
      cacheReadInputTokens: 9000,
      cacheCreationInputTokens: 800,
      webSearchRequests: 0,
      costUSD: 0.031,
    },
  },
};
const system = (subtype: string, more: object = {}) => ({ type: "system", subtype, ...S, ...more });
const EXECUTING = { fact: "status", to: "executing" } as const;

const facts = (...lines: unknown[]) => said(claudeLines, lines).map(([, fact]) => fact);

describe("a session", () => {
  test("begins with its init, which opens a turn, and is told again within it", () => {
    const agent = {
      fact: "agent",
      nameGuess: "p",
      metadata: { model: "claude-sonnet-5", cwd: "/repo/p", permission_mode: "default", version: "2.1.330" },
    };
    expect(facts(INIT)).toEqual([agent, { fact: "turn.opened", text: null }, { ...EXECUTING, reopens: true }] as never);
    expect(facts(INIT, INIT).filter(({ fact }) => fact === "turn.opened")).toHaveLength(1);
    expect(facts(INIT, DONE, INIT).filter(({ fact }) => fact === "turn.opened")).toHaveLength(2);
  });

  test("ends with its result: the answer, and what each model has used until now", () => {
    expect(facts(DONE)).toEqual([
      {
        fact: "total",
        counter: "claude-sonnet-5",
        model: "claude-sonnet-5",
        tokens: { input: 9812, output: 340, cacheRead: 9000, cacheWrite: 800 },
        costUsd: 0.031,
        details: {},
      },
      { fact: "turn.closed", status: "completed", response: "done", latencyMs: 4100 },
      { fact: "status", to: "completed" },
      {
        fact: "log",
        level: "INFO",
        type: "milestone",
        message: "Finished after 2 turns",
        details: { num_turns: 2, duration_ms: 4100 },
      },
    ]);
  });

  test("without its models, has one total", () => {
    const { modelUsage: _, ...old } = DONE;
    const usage = { input_tokens: 5, output_tokens: 2, cache_read_input_tokens: 1 };
    expect(facts({ ...old, usage })[0]).toEqual({
      fact: "total",
      counter: "",
      model: null,
      tokens: { input: 6, output: 2, cacheRead: 1, cacheWrite: null },
      costUsd: 0.031,
    });
  });

  test.each([
    [{ subtype: "error_max_turns", errors: ["too many turns"], result: undefined }, "too many turns"],
    [{ subtype: "error_during_execution", result: undefined }, "error_during_execution"],
    [{ is_error: true, result: "API Error: 529" }, "API Error: 529"],
  ])("fails: %o", (more, error) => {
    const told = facts(INIT, { ...DONE, ...more });
    expect(told).toContainEqual({ fact: "turn.closed", status: "failed", error, latencyMs: 4100 });
    expect(told).toContainEqual({ fact: "status", to: "failed", error });
    expect(told.at(-1)).toMatchObject({ fact: "log", level: "ERROR", type: "error", message: error });
  });

  test("that a person stops has not failed", () => {
    const more = { subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_streaming" };
    const told = facts(INIT, { ...DONE, ...more, errors: ["[ede_diagnostic] x"] });
    expect(told).toContainEqual({ fact: "turn.closed", status: "cancelled", latencyMs: 4100 });
    expect(told.at(-1)).toEqual({ fact: "status", to: "cancelled", reason: "interrupted" });
  });

  test.each([
    ["requires_action", "waiting"],
    ["running", "executing"],
    ["idle", "idle"],
  ])("says its state: %s", (state, to) => {
    expect(facts(system("session_state_changed", { state }))).toEqual([{ fact: "status", to }] as never);
  });
});

test("a text counts once, though it is told again", () => {
  const text = assistant([{ type: "text", text: "Let me see." }]);
  expect(facts(text, text, assistant([{ type: "text", text: "Well." }]))).toEqual([
    EXECUTING,
    { fact: "turn.text", response: "Let me see.", how: "append" },
    EXECUTING,
    EXECUTING,
    { fact: "turn.text", response: "Well.", how: "append" },
  ]);
});

test.each([
  ["a.txt", false, "INFO", { response: "a.txt" }],
  [[{ type: "text", text: "exit 1" }], true, "ERROR", { error: "exit 1" }],
])("the end of a call has the tool and input of its beginning: %p", (content, isError, level, outcome) => {
  const [, begun, , ended] = facts(assistant([CALL]), result(content, isError));
  const details = { tool_use_id: "toolu_1", tool: "Bash", input: { command: "ls" } };
  expect(begun).toEqual({
    fact: "log",
    level: "DEBUG",
    type: "tool_call",
    message: "Bash: ls (started)",
    details,
    key: "tool-start:toolu_1",
  });
  expect(ended).toEqual({
    fact: "log",
    level: level as "INFO",
    type: "tool_call",
    message: "Bash: ls",
    details: { ...details, ...outcome, success: !isError },
    key: "tool:toolu_1",
  });
});

describe("a sub-agent", () => {
  const started = system("task_started", {
    task_id: "a1",
    tool_use_id: "toolu_9",
    subagent_type: "Explore",
    prompt: "Look",
  });
  const nested = system("task_started", { task_id: "a2", parent_task_id: "a1", subagent_type: "Plan", prompt: "Plan" });
  const told = (...lines: unknown[]) => said(claudeLines, lines);

  test("is below its session, or the task that began it", () => {
    const all = told(started, nested);
    const parents = all
      .map(([who, fact]) => [who, "parent" in fact ? fact.parent : null])
      .filter(([, parent]) => parent);
    expect(parents).toEqual([
      ["a1", { source: "claude", session: "s1" }],
      ["a2", { source: "claude", session: "s1", child: "a1" }],
    ]);
    expect(all).toContainEqual(["a1", { fact: "turn.opened", text: "Look" }]);
    expect(all[0]![1]).toMatchObject({ kind: "Explore", name: "Explore" });
  });

  test("says what it does under the call that began it", () => {
    const inside = assistant([{ type: "text", text: "Found." }], { parent_tool_use_id: "toolu_9" });
    expect(told(started, inside)).toContainEqual(["a1", { fact: "turn.text", response: "Found.", how: "append" }]);
    // Older versions tell no task.
    expect(told(inside)).toContainEqual(["toolu_9", { fact: "turn.text", response: "Found.", how: "append" }]);
  });

  test.each([
    ["completed", "completed"],
    ["failed", "failed"],
    ["stopped", "cancelled"],
  ])("ends: %s", (status, to) => {
    const all = told(started, system("task_notification", { task_id: "a1", status, summary: "s" }));
    expect(all).toContainEqual(["a1", expect.objectContaining({ fact: "turn.closed", status: to })]);
    expect(all).toContainEqual(["a1", expect.objectContaining({ fact: "status", to })]);
  });

  test("is none, where a task is a command", () => {
    const command = system("task_started", { task_id: "b1", task_type: "local_bash", description: "npm test" });
    expect(told(command)).toEqual([]);
    const all = told(command, system("task_notification", { task_id: "b1", status: "completed", summary: "npm test" }));
    expect(all).toEqual([["s1", expect.objectContaining({ type: "milestone", message: "Task ended: npm test" })]]);
  });
});

test("tries, compactions and refusals leave logs", () => {
  const retry = system("api_retry", { attempt: 1, max_retries: 10, error_status: 529, error: "overloaded" });
  const compact = system("compact_boundary", { compact_metadata: { trigger: "auto", pre_tokens: 9 } });
  const denied = system("permission_denied", { tool_name: "Bash", tool_use_id: "toolu_1", message: "no" });
  expect(facts(assistant([CALL]), retry, compact, denied).slice(2)).toMatchObject([
    { level: "WARNING", type: "error", message: "A call of the model is tried again (1 of 10): overloaded" },
    { level: "INFO", type: "milestone", message: "Compacted the context (auto)" },
    { fact: "status", to: "executing" },
    { level: "WARNING", type: "tool_call", message: "Bash: ls (denied)", key: "tool:toolu_1" },
  ]);
});

test("parts of messages say nothing; what is not known is kept", () => {
  const noise = [
    { type: "stream_event", ...S, event: {} },
    { type: "tool_progress", ...S },
    system("hook_started"),
    system("background_tasks_changed"),
  ];
  expect(readLines(claudeLines, noise)).toEqual({ reports: [], unread: [] });
  const [unknown] = readLines(claudeLines, [system("brand_new", { x: 1 })]).unread;
  expect(unknown).toMatchObject({ source: "claude", channel: "stream", event: "system/brand_new" });
  expect(readLines(claudeLines, [{ type: "result", subtype: "success" }]).unread).toMatchObject([
    { event: "result of no known session" },
  ]);
});

test("may hold anything", () => {
  const started = system("task_started", {
    task_id: "a1",
    tool_use_id: "toolu_9",
    subagent_type: "Explore",
    prompt: "x",
  });
  const lines = [INIT, assistant([CALL, { type: "text", text: "x" }]), started, result("x"), DONE];
  expectTolerant(asEventReader(claudeLines, [INIT, assistant([CALL])]), [
    ...lines,
    system("task_notification", { task_id: "a1", status: "failed" }),
    system("api_retry", { attempt: 1 }),
    system("permission_denied", { tool_use_id: "toolu_1" }),
  ]);
});
