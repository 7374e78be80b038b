import { describe, expect, test } from "bun:test";
import { readClaudeHook } from "#src/ingest/claude/hooks.ts";
import type { Fact } from "#src/ingest/report.ts";
import { factsOf } from "#test/ingest/support.ts";

const BASE = {
  session_id: "0199-s",
  transcript_path: "/home/x/.claude/projects/p/0199-s.jsonl",
  cwd: "/repo/p",
  permission_mode: "default",
  prompt_id: "prompt-1",
};
const CHILD = { agent_id: "a1b2", agent_type: "Explore" };
const BASH = { tool_name: "Bash", tool_input: { command: "ls -la", description: "List" }, tool_use_id: "toolu_1" };

const hook = (name: string, fields: object = {}) => ({ ...BASE, hook_event_name: name, ...fields });
const facts = (name: string, fields: object = {}) => factsOf(readClaudeHook(hook(name, fields)));

const AGENT_OF_CHILD: Fact = { fact: "agent", kind: "Explore", name: "Explore" };

const milestone = (message: string, details = {}): Fact => ({
  fact: "log",
  level: "INFO",
  type: "milestone",
  message,
  details,
});

describe("a person", () => {
  const waiting = (reason?: string): Fact[] => [{ fact: "status", to: "waiting", ...(reason && { reason }) }];
  const answered: Fact[] = [{ fact: "status", to: "executing", from: ["waiting"] }];

  test("is asked", () => {
    const { tool_use_id: _, ...unnumbered } = BASH;
    expect(facts("PermissionRequest", unnumbered)).toEqual(waiting("permission for Bash: ls -la"));
    expect(facts("PermissionRequest")).toEqual(waiting("permission"));
    expect(facts("Elicitation", { message: "Which one?" })).toEqual(waiting("Which one?"));
    expect(facts("Elicitation")).toEqual(waiting("a question of an MCP server"));
  });

  const asking = ["permission_prompt", "elicitation_dialog", "elicitation_url_dialog", "agent_needs_input"];
  test.each(asking)("is told: %s", (notification_type) => {
    expect(facts("Notification", { notification_type, message: "May I?" })).toEqual(waiting("May I?"));
    expect(facts("Notification", { notification_type })).toEqual(waiting());
  });

  test.each(["elicitation_complete", "elicitation_response"])("has answered: %s", (notification_type) => {
    expect(facts("Notification", { notification_type, message: "Thanks" })).toEqual(answered);
    expect(facts("ElicitationResult")).toEqual(answered);
  });

  test("is awaited", () => {
    const idle: Fact[] = [{ fact: "status", to: "idle", from: ["waiting", "executing"] }];
    expect(facts("Notification", { notification_type: "idle_prompt", message: "Waiting" })).toEqual(idle);
    expect(facts("Notification", { message: "Claude is waiting for your input" })).toEqual(idle);
    const message = "Claude needs your permission to use Bash";
    expect(facts("Notification", { message })).toEqual(waiting(message));
  });

  test("is told something else", () => {
    const fields = { notification_type: "auth_success", title: "Claude", message: "Signed in" };
    expect(facts("Notification", fields)).toEqual([
      milestone("Signed in", { title: "Claude", notification_type: "auth_success" }),
    ]);
    expect(facts("Notification")).toEqual([milestone("Notification")]);
  });
});

describe("a sub-agent", () => {
  test("starts a turn of its own, of which the prompt is not told", () => {
    expect(facts("SubagentStart", CHILD)).toEqual([
      AGENT_OF_CHILD,
      { fact: "turn.opened", text: null },
      { fact: "status", to: "executing", reopens: true },
      { ...milestone("Sub-agent started: Explore"), key: "sub-agent started" } as Fact,
    ]);
  });

  test("ends with its answer", () => {
    const fields = { ...CHILD, agent_transcript_path: "/t/agent-a1b2.jsonl", last_assistant_message: "Found." };
    expect(facts("SubagentStop", fields)).toEqual([
      { ...AGENT_OF_CHILD, metadata: { transcript_path: "/t/agent-a1b2.jsonl" } } as Fact,
      { fact: "turn.closed", status: "completed", response: "Found." },
      { fact: "status", to: "completed" },
      { ...milestone("Sub-agent finished: Explore"), key: "sub-agent finished" } as Fact,
    ]);
  });

  test("without an id is nobody", () => {
    for (const name of ["SubagentStart", "SubagentStop"]) {
      expect(readClaudeHook(hook(name, { agent_type: "Explore" }))).toEqual({ reports: [], unread: [] });
    }
  });

  test("works on tasks in a team", () => {
    const task = { task_id: "1", task_subject: "Look", teammate_name: "ann" };
    expect(facts("TaskCreated", task)).toEqual([milestone("Task created: Look", task)]);
    expect(facts("TaskCompleted", task)).toEqual([milestone("Task completed: Look", task)]);
    expect(facts("TeammateIdle", { teammate_name: "ann" })).toEqual([milestone("Teammate is idle: ann")]);
  });
});
