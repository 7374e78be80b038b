import { describe, expect, test } from "bun:test";
import { codexLines } from "#src/ingest/codex/stream.ts";
import { asEventReader, readLines, said } from "#test/ingest/streamed.ts";
import { expectTolerant } from "#test/ingest/support.ts";

const THREAD = { type: "thread.started", thread_id: "t1" };
const TURN = { type: "turn.started" };
const item = (type: string, fields: object, event = "item.completed") => ({
  type: event,
  item: { id: "item_0", type, ...fields },
});
const USAGE = { input_tokens: 5200, cached_input_tokens: 4096, cache_write_input_tokens: 0, output_tokens: 310 };
const EXECUTING = { fact: "status", to: "executing" } as const;

const facts = (...lines: unknown[]) =>
  said(codexLines, [THREAD, ...lines])
    .map(([, fact]) => fact)
    .slice(2);

describe("a run", () => {
  test("begins with its thread and turn", () => {
    expect(said(codexLines, [THREAD, TURN])).toEqual([
      ["t1", { fact: "agent" }],
      ["t1", { fact: "status", to: "idle", reopens: true }],
      ["t1", { fact: "turn.opened", text: null }],
      ["t1", { ...EXECUTING, reopens: true }],
    ]);
  });

  test("that is stopped ends in the middle of its turn", () => {
    const ended = said(codexLines, [THREAD, TURN], true).map(([, fact]) => fact);
    expect(ended.slice(4)).toMatchObject([{ fact: "turn.closed", status: "cancelled", isGuess: true }, { to: "idle" }]);
    expect(said(codexLines, [THREAD, TURN, { type: "turn.completed" }], true)).toHaveLength(6);
    expect(said(codexLines, [THREAD], true)).toHaveLength(2);
  });

  test("ends with what the thread has used from its beginning", () => {
    expect(facts({ type: "turn.completed", usage: USAGE })).toEqual([
      {
        fact: "total",
        isForever: true,
        counter: "",
        model: null,
        provider: "openai",
        tokens: { input: 5200, output: 310, cacheRead: 4096, cacheWrite: 0 },
        costUsd: null,
      },
      { fact: "turn.closed", status: "completed" },
      { fact: "status", to: "idle" },
    ]);
  });

  test("fails", () => {
    expect(facts({ type: "turn.failed", error: { message: "stream disconnected" } })).toMatchObject([
      { fact: "turn.closed", status: "failed", error: "stream disconnected" },
      { fact: "status", to: "failed", error: "stream disconnected" },
      { level: "ERROR", type: "error", message: "stream disconnected" },
    ]);
  });

  test("goes on behind notices and what is tried again", () => {
    const told = facts({ type: "error", message: "Reconnecting… 1/5" }, item("error", { message: "untrusted hooks" }));
    expect(told).toMatchObject([
      { level: "WARNING", type: "error", message: "Reconnecting… 1/5" },
      { level: "WARNING", type: "error", message: "untrusted hooks" },
    ]);
  });

  test("is of nobody without a thread", () => {
    expect(readLines(codexLines, [TURN]).unread).toMatchObject([{ event: "turn.started of no known session" }]);
  });
});

test("what it says is its answer", () => {
  const response = { fact: "turn.text", response: "Done.", how: "append" } as const;
  expect(facts(item("agent_message", { text: "Done." }))).toEqual([EXECUTING, response]);
  expect(facts(item("agent_message", { text: "Do" }, "item.updated"), item("reasoning", { text: "hm" }))).toEqual([]);
});

describe("a call", () => {
  test.each([
    [
      "command_execution",
      { command: "ls -la", aggregated_output: "a", exit_code: 0, status: "completed" },
      "command_execution: ls -la",
    ],
    [
      "mcp_tool_call",
      { server: "gh", tool: "issues", arguments: { query: "x" }, result: {}, status: "completed" },
      "gh/issues: x",
    ],
    ["file_change", { changes: [{ path: "a.ts", kind: "add" }], status: "completed" }, "file_change: a.ts"],
    ["web_search", { query: "bun pty" }, "web_search: bun pty"],
  ])("of %s", (type, fields, message) => {
    const [status, log] = facts(item(type, fields));
    expect(status).toEqual(EXECUTING);
    expect(log).toMatchObject({ level: "INFO", type: "tool_call", message, details: { success: true } });
    // Items are numbered anew by each run: the number names none.
    expect(log).not.toHaveProperty("key");
    // Hooks tell of the others, too.
    expect((log as { isAside?: boolean }).isAside).toBe(type === "web_search" ? undefined : true);
  });

  test("that fails is an error", () => {
    const [, log] = facts(item("command_execution", { command: "false", exit_code: 3, status: "failed" }));
    expect(log).toMatchObject({ level: "ERROR", details: { exit_code: 3, success: false, status: "failed" } });
  });

  test("that begins is known", () => {
    const [, log] = facts(item("command_execution", { command: "sleep 9", status: "in_progress" }, "item.started"));
    expect(log).toMatchObject({ level: "DEBUG", message: "command_execution: sleep 9 (started)" });
  });
});

test("a list of things to do is told when it changes", () => {
  const list = (completed: boolean) => ({
    items: [
      { text: "one", completed },
      { text: "two", completed: false },
    ],
  });
  const told = facts(
    item("todo_list", list(false), "item.started"),
    item("todo_list", list(false), "item.updated"),
    item("todo_list", list(true)),
  );
  expect(told.filter(({ fact }) => fact === "log")).toMatchObject([
    { type: "milestone", message: "To do: 0 of 2 done, next: one" },
    { type: "milestone", message: "To do: 1 of 2 done, next: two" },
  ]);
});

describe("a sub-agent", () => {
  const spawn = { tool: "spawn_agent", sender_thread_id: "t1", receiver_thread_ids: ["t2"], prompt: "Look" };
  const told = (...lines: unknown[]) => said(codexLines, [THREAD, ...lines]).filter(([who]) => who === "t2");

  test("is below the thread that began it, with its prompt", () => {
    expect(told(item("collab_tool_call", spawn, "item.started"))).toEqual([
      ["t2", { fact: "agent", parent: { source: "codex", session: "t1" } }],
      ["t2", { fact: "turn.opened", text: "Look" }],
      ["t2", { ...EXECUTING, reopens: true }],
    ]);
  });

  test.each([
    ["completed", "completed"],
    ["errored", "failed"],
    ["shutdown", "cancelled"],
    ["running", "executing"],
  ])("is %s", (status, to) => {
    const wait = { tool: "wait", receiver_thread_ids: [], agents_states: { t2: { status, message: "m" } } };
    expect(told(item("collab_tool_call", wait))).toContainEqual([
      "t2",
      expect.objectContaining({ fact: "status", to }),
    ]);
  });
});

test("what is not known is kept", () => {
  expect(readLines(codexLines, [THREAD, { type: "new.thing" }, item("new_item", {})]).unread).toMatchObject([
    { source: "codex", event: "new.thing" },
    { source: "codex", event: "item.completed" },
  ]);
});

test("may hold anything", () => {
  const collab = {
    tool: "spawn_agent",
    sender_thread_id: "t1",
    receiver_thread_ids: ["t2"],
    agents_states: { t2: { status: "x" } },
  };
  expectTolerant(asEventReader(codexLines, [THREAD, TURN]), [
    THREAD,
    { type: "turn.completed", usage: USAGE },
    { type: "turn.failed", error: { message: "x" } },
    { type: "error", message: "x" },
    item("command_execution", { command: "ls", exit_code: 0, status: "failed" }),
    item("mcp_tool_call", { server: "a", tool: "b", arguments: {}, error: { message: "x" } }),
    item("file_change", { changes: [{ path: "a", kind: "add" }] }),
    item("todo_list", { items: [{ text: "x", completed: true }] }),
    item("collab_tool_call", collab, "item.started"),
  ]);
});
