import { describe, expect, test } from "bun:test";
import { Problem } from "#src/domain/problem.ts";
import {
  type AgentStatus,
  changeAgent,
  CreateRuntimeAgent,
  nextAgentStatuses,
  type RuntimeAgent,
  startAgent,
  UpdateRuntimeAgent,
} from "#src/domain/runtime-agent.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const BORN = "2026-02-05T10:30:00.000Z";
const NOW = "2026-02-05T10:31:00.000Z";

/** From each status to each other one, in the order of the head: `=` no change, `+` changes, `-` refused. */
const HEAD: readonly AgentStatus[] = [
  "pending",
  "initializing",
  "idle",
  "planning",
  "executing",
  "reviewing",
  "waiting",
  "completed",
  "failed",
  "cancelled",
];
const TABLE: Record<AgentStatus, string> = {
  pending: "= + + + + + + + + +",
  initializing: "+ = + + + + + + + +",
  idle: "+ + = + + + + + + +",
  planning: "+ + + = + + + + + +",
  executing: "+ + + + = + + + + +",
  reviewing: "+ + + + + = + + + +",
  waiting: "+ + + + + + = + + +",
  completed: "- - - - - - - = - -",
  failed: "- - - - - - - - = -",
  cancelled: "- - - - - - - - - =",
};
const FINAL: readonly AgentStatus[] = ["completed", "failed", "cancelled"];

const CELLS = HEAD.flatMap((from) =>
  TABLE[from].split(" ").map((outcome, column) => ({ from, to: HEAD[column]!, outcome })),
);

function agentIn(status: AgentStatus, more: Partial<RuntimeAgent> = {}): RuntimeAgent {
  const command = { orchestrator_agent_id: "d-1", session_id: "s-1", status };
  return { ...startAgent(command, "a-1", BORN), ...more };
}

describe("runtime agent: every status under every command", () => {
  test("the table knows every status", () => {
    expect([...AGENT_STATUSES].toSorted()).toEqual([...HEAD].toSorted());
    expect(CELLS).toHaveLength(100);
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "="))("$from again is no change", ({ from, to }) => {
    expect(changeAgent(agentIn(from), { status: to }, NOW)).toBeNull();
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "+"))("$from may become $to", ({ from, to }) => {
    const ended = FINAL.includes(to) ? { completed_at: NOW } : {};
    expect(changeAgent(agentIn(from), { status: to }, NOW)).toEqual({
      set: { status: to, updated_at: NOW, ...ended },
      transition: { from, to },
    });
    expect(nextAgentStatuses(from)).toContain(to);
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "-"))("$from may not become $to", ({ from, to }) => {
    const problem = thrownBy(Problem, () => changeAgent(agentIn(from), { status: to, name: "also" }, NOW));
    expect(problem.code).toBe("conflict");
    expect(problem.message).toContain(`"${from}"`);
    expect(problem.message).toContain(`"${to}"`);
    expect(problem.extra).toEqual({ allowed: [] });
  });
});

describe("runtime agent: creation", () => {
  test("without a status it starts as initializing, at cost 0", () => {
    const agent = startAgent({ orchestrator_agent_id: "d-1", session_id: "s-1" }, "a-1", BORN);
    expect(agent).toEqual({
      id: "a-1",
      orchestrator_agent_id: "d-1",
      session_id: "s-1",
      parent_agent_id: null,
      name: null,
      external_id: null,
      status: "initializing",
      context: null,
      config: null,
      metadata: null,
      started_at: BORN,
      updated_at: BORN,
      completed_at: null,
      cost_usd: 0,
      error_message: null,
      quiet_since: null,
      lost: false,
    });
  });

  test.each(HEAD.map((status) => ({ status })))("it may start as $status", ({ status }) => {
    const agent = agentIn(status);
    expect(agent.status).toBe(status);
    expect(agent.completed_at).toBe(FINAL.includes(status) ? BORN : null);
  });

  test("what was given is kept", () => {
    const given = { parent_agent_id: "a-0", name: "n", external_id: "x", context: [1], config: "c", metadata: false };
    expect(startAgent({ orchestrator_agent_id: "d-1", session_id: "s-1", ...given }, "a-1", BORN)).toMatchObject(given);
  });
});

describe("runtime agent: what a PATCH changes", () => {
  test.each(FINAL.map((status) => ({ status })))("after $status only the status is frozen", ({ status }) => {
    const command = { status, name: "late", cost_usd: 2, error_message: "why", metadata: { late: true } };
    expect(changeAgent(agentIn(status, { completed_at: BORN }), command, NOW)).toEqual({
      set: { name: "late", cost_usd: 2, error_message: "why", metadata: { late: true }, updated_at: NOW },
      transition: null,
    });
  });

  const agent = agentIn("idle", { name: "n", context: { b: [1, { c: null }], a: 1 }, cost_usd: 0.3 });

  const NOTHING: readonly { readonly what: string; readonly command: UpdateRuntimeAgent }[] = [
    { what: "an empty command", command: {} },
    { what: "the same name", command: { name: "n" } },
    { what: "null for what is null", command: { error_message: null, metadata: null } },
    { what: "equal JSON with its keys in another order", command: { context: { a: 1, b: [1, { c: null }] } } },
    { what: "the same cost but for binary dust", command: { cost_usd: 0.1 + 0.2 } },
    { what: "everything as it is", command: { status: "idle", name: "n", cost_usd: 0.3, config: null } },
  ];
  test.each(NOTHING)("$what changes nothing", ({ command }) => {
    expect(changeAgent(agent, command, NOW)).toBeNull();
  });

  test("a negative zero is no change of a cost of 0", () => {
    expect(changeAgent(agentIn("idle"), { cost_usd: -0 }, NOW)).toBeNull();
  });

  test("only what differs is set", () => {
    const change = changeAgent(agent, { status: "idle", name: null, cost_usd: 0.3, context: { a: 1 } }, NOW);
    expect(change).toEqual({ set: { name: null, context: { a: 1 }, updated_at: NOW }, transition: null });
  });

  test("a cost is kept to 1e-9 dollars", () => {
    expect(changeAgent(agent, { cost_usd: 1.23456789012 }, NOW)?.set.cost_usd).toBe(1.23456789);
  });
});

describe("runtime agent: what a body may hold", () => {
  const CREATE = { orchestrator_agent_id: "d-1", session_id: "s-1" };

  test.each([
    ["an unknown field", { ...CREATE, cost: 1 }],
    ["a cost at creation", { ...CREATE, cost_usd: 1 }],
    ["no session", { orchestrator_agent_id: "d-1" }],
    ["an empty session", { ...CREATE, session_id: "" }],
    ["a session of 256 characters", { ...CREATE, session_id: "s".repeat(256) }],
    ["a name of 256 characters", { ...CREATE, name: "n".repeat(256) }],
    ["an empty external_id", { ...CREATE, external_id: "" }],
    ["an unknown status", { ...CREATE, status: "running" }],
    ["null for a status", { ...CREATE, status: null }],
    ["an id that is a number", { ...CREATE, orchestrator_agent_id: 1 }],
  ])("creation refuses %s", (_what, body) => {
    expect(CreateRuntimeAgent.safeParse(body).success).toBe(false);
  });

  test.each([
    ["an unknown field", { session_id: "s-2" }],
    ["a negative cost", { cost_usd: -0.01 }],
    ["null for the cost", { cost_usd: null }],
    ["an infinite cost", { cost_usd: Number.POSITIVE_INFINITY }],
    ["a cost in text", { cost_usd: "1" }],
  ])("an update refuses %s", (_what, body) => {
    expect(UpdateRuntimeAgent.safeParse(body).success).toBe(false);
  });

  test("names and ids may be as long as 255, and null clears", () => {
    const long = "x".repeat(255);
    expect(CreateRuntimeAgent.parse({ ...CREATE, session_id: long, name: long, external_id: long })).toBeDefined();
    expect(UpdateRuntimeAgent.parse({ name: null, error_message: null, context: null })).toEqual({
      name: null,
      error_message: null,
      context: null,
    });
  });
});
