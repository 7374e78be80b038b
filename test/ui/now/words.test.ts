import { expect, test } from "bun:test";
import type { BoardAgent } from "#src/domain/board.ts";
import { sinceOf, sinceText } from "#src/ui/now/since.ts";
import { summaryOf } from "#src/ui/now/summary.ts";
import { tellingOf } from "#src/ui/now/telling.ts";
import { idText, nameOf } from "#src/ui/parts/agent-name.ts";
import { at, boardAgent } from "./board-agent.ts";

// What the board says in words.

test("the board in a sentence, with the forms of one and of many", () => {
  const one = [
    boardAgent("w", { status: "waiting", cost_usd: 0.5, tokens_input: 900, tokens_output: 100 }),
    boardAgent("e"),
  ];
  expect(summaryOf(one)).toEqual({
    needs: "1 needs you",
    failed: "",
    others: "1 works",
    took: "1K tokens and $0.50 since they started",
  });
  const many = ["planning", "executing", "idle", "completed"].map((status, index) =>
    boardAgent(`${index}`, { status: status as BoardAgent["status"] }),
  );
  const lost = ["x", "y"].map((id) => boardAgent(id, { lost: true, quiet_since: at("09:00") }));
  const failed = ["f", "g"].map((id) => boardAgent(id, { status: "failed" }));
  expect(summaryOf([...many, ...lost, ...failed])).toMatchObject({
    needs: "Nobody waits for you",
    failed: "2 failed",
    others: "2 work, 1 is idle, 2 are quiet or lost, 1 ended within the last hour",
  });
});

test.each<[string, Partial<BoardAgent>]>([
  ["started 30 min ago", { started_at: at("10:00"), updated_at: at("10:29") }],
  ["waiting for 5 min", { status: "waiting", updated_at: at("10:25") }],
  ["idle just now", { status: "idle", updated_at: at("10:30") }],
  ["silent for 1 h", { lost: true, quiet_since: at("09:30") }],
  ["failed 2 min ago", { status: "failed", completed_at: at("10:28"), updated_at: at("10:29") }],
  ["ended 1 min ago", { status: "cancelled", updated_at: at("10:29") }],
])("since when: %s", (text, facts) => {
  const since = sinceOf(boardAgent("a", facts));
  expect(sinceText(since, Date.parse(at("10:30")) - Date.parse(since.at!))).toBe(text);
});

test.each<[string, string, string, string | null]>([
  ["a tool", "tool_call", "Bash ls", null],
  ["nothing, for the status says it", "state_change", "initializing -> idle", null],
  ["why it is so", "state_change", "executing -> waiting: permission for Bash", null],
  ["nothing, for the error says it", "error", "No room", "No room"],
])("what an agent told last: %s", (what, log_type, message, error_message) => {
  const last_log = { id: 1, log_level: "INFO", log_type, message, created_at: at("10:00") } as BoardAgent["last_log"];
  const told = tellingOf(boardAgent("a", { last_log, error_message }));
  expect(told?.message ?? null).toBe(what.startsWith("nothing") ? null : message);
});

test("an id of nothing but blanks is seen", () => {
  expect([" ", "\t ", "a b"].map(idText)).toEqual(["(blank)", "(blank)", "a b"]);
});

test("an agent is called by its name, its definition, or the end of its id", () => {
  expect(nameOf({ id: "a", name: "plan", definition: "planner" })).toBe("plan");
  expect(nameOf({ id: "a", name: " ", definition: "planner" })).toBe("planner");
  expect(nameOf({ id: "short", name: null })).toBe("short");
  expect(nameOf({ id: "019c0000-0000-7000-a000-0000000000ff", name: null, definition: "" })).toBe("…000000ff");
});
