import { describe, expect, test } from "bun:test";
import { Problem } from "#src/domain/problem.ts";
import {
  changePrompt,
  CreatePrompt,
  openPrompt,
  type Prompt,
  type PromptStatus,
  UpdatePrompt,
} from "#src/domain/prompt.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const BORN = "2026-02-05T10:30:00.000Z";
const NOW = "2026-02-05T10:31:00.000Z";

/** From each status to each other one, in the order of the head: `=` no change, `+` changes, `-` refused. */
const HEAD: readonly PromptStatus[] = ["pending", "streaming", "completed", "failed", "cancelled"];
const TABLE: Record<PromptStatus, string> = {
  pending: "= + + + +",
  streaming: "- = + + +",
  completed: "- - = - -",
  failed: "- - - = -",
  cancelled: "- - - - =",
};
const ALLOWED: Record<PromptStatus, readonly PromptStatus[]> = {
  pending: ["streaming", "completed", "failed", "cancelled"],
  streaming: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};
const FINAL: readonly PromptStatus[] = ["completed", "failed", "cancelled"];

const CELLS = HEAD.flatMap((from) =>
  TABLE[from].split(" ").map((outcome, column) => ({ from, to: HEAD[column]!, outcome })),
);

const CREATE: CreatePrompt = { agent_id: "a-1", prompt_type: "command", prompt_text: "Plan it" };

function promptIn(status: PromptStatus, more: Partial<Prompt> = {}): Prompt {
  return { ...openPrompt({ ...CREATE, status }, "p-1", BORN), ...more };
}

describe("prompt: every status under every command", () => {
  test("the table is whole", () => expect(CELLS).toHaveLength(25));

  test.each(CELLS.filter(({ outcome }) => outcome === "="))("$from again is no change", ({ from, to }) => {
    expect(changePrompt(promptIn(from), { status: to }, NOW)).toBeNull();
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "+"))("$from may become $to", ({ from, to }) => {
    const ended = FINAL.includes(to) ? { completed_at: NOW } : {};
    expect(changePrompt(promptIn(from), { status: to }, NOW)).toEqual({ set: { status: to, ...ended }, agentCost: 0 });
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "-"))("$from may not become $to", ({ from, to }) => {
    const problem = thrownBy(Problem, () => changePrompt(promptIn(from), { status: to, cost_usd: 1 }, NOW));
    expect(problem.code).toBe("conflict");
    expect(problem.message).toContain(`"${from}"`);
    expect(problem.message).toContain(`"${to}"`);
    expect(problem.extra).toEqual({ allowed: ALLOWED[from] });
  });
});

describe("prompt: creation", () => {
  test("without a status it is pending, and what nobody gave is null", () => {
    expect(openPrompt(CREATE, "p-1", BORN)).toEqual({
      id: "p-1",
      agent_id: "a-1",
      prompt_type: "command",
      prompt_name: null,
      prompt_text: "Plan it",
      response_text: null,
      status: "pending",
      model_used: null,
      tokens_input: null,
      tokens_output: null,
      tokens_cache_read: null,
      tokens_cache_write: null,
      cost_usd: null,
      cost_source: null,
      price_version: null,
      latency_ms: null,
      created_at: BORN,
      completed_at: null,
      error_message: null,
    });
  });

  test.each(HEAD.map((status) => ({ status })))("it may start as $status", ({ status }) => {
    const prompt = promptIn(status);
    expect(prompt.status).toBe(status);
    expect(prompt.completed_at).toBe(FINAL.includes(status) ? BORN : null);
  });

  test("a cost that is given was reported", () => {
    expect(openPrompt({ ...CREATE, cost_usd: 0 }, "p-1", BORN).cost_source).toBe("reported");
    expect(openPrompt({ ...CREATE, cost_usd: null }, "p-1", BORN).cost_source).toBeNull();
  });

  test("a cost of 0 stays 0, another is kept to 1e-9 dollars", () => {
    expect(openPrompt({ ...CREATE, cost_usd: 0 }, "p-1", BORN).cost_usd).toBe(0);
    expect(openPrompt({ ...CREATE, cost_usd: 0.1 + 0.2 }, "p-1", BORN).cost_usd).toBe(0.3);
  });
});

describe("prompt: what a PATCH changes", () => {
  test.each(FINAL.map((status) => ({ status })))("after $status only the status is frozen", ({ status }) => {
    const outcome = { response_text: "Done.", tokens_input: 3, tokens_output: 0, latency_ms: 7, model_used: "m" };
    const change = changePrompt(promptIn(status), { status, ...outcome, cost_usd: 0.5 }, NOW);
    expect(change).toEqual({ set: { ...outcome, cost_usd: 0.5, cost_source: "reported" }, agentCost: 0.5 });
  });

  const COSTS: readonly { readonly was: number | null; readonly to: number | null; readonly moves: number }[] = [
    { was: null, to: 0.25, moves: 0.25 },
    { was: 0.25, to: 1, moves: 0.75 },
    { was: 1, to: 0.25, moves: -0.75 },
    { was: 0.25, to: null, moves: -0.25 },
    { was: 0, to: null, moves: 0 },
    { was: null, to: 0, moves: 0 },
    { was: 0.1, to: 0.3, moves: 0.2 },
    { was: 0.1, to: 0.1 + 0.2, moves: 0.2 },
    { was: 0.3, to: 0.1, moves: -0.2 },
    { was: 1e-9, to: 3e-9, moves: 2e-9 },
    { was: 0, to: 1_000_000_000, moves: 1_000_000_000 },
  ];
  test.each(COSTS)("a cost of $was that becomes $to moves the agent's by $moves", ({ was, to, moves }) => {
    const change = changePrompt(promptIn("streaming", { cost_usd: was }), { cost_usd: to }, NOW);
    expect(change?.agentCost).toBe(moves);
    expect(Object.keys(change!.set)).toEqual(to === null ? ["cost_usd"] : ["cost_usd", "cost_source"]);
  });

  const COMPUTED = { cost_usd: 0.25, cost_source: "computed", price_version: "2026-11-01" } as const;
  test.each([
    {
      what: "another cost was reported",
      cost: 0.5,
      set: { cost_usd: 0.5, cost_source: "reported", price_version: null },
    },
    { what: "no cost is from nowhere", cost: null, set: { cost_usd: null, cost_source: null, price_version: null } },
  ] as const)("of a computed one: $what", ({ cost, set }) => {
    expect(changePrompt(promptIn("pending", COMPUTED), { cost_usd: cost }, NOW)?.set).toEqual(set);
  });

  test("the same cost as was computed leaves it computed", () => {
    expect(changePrompt(promptIn("pending", COMPUTED), { cost_usd: 0.25 }, NOW)).toBeNull();
  });

  test("a cost and a status change together", () => {
    expect(changePrompt(promptIn("pending", { cost_usd: 0.1 }), { status: "failed", cost_usd: 0.4 }, NOW)).toEqual({
      set: { status: "failed", cost_usd: 0.4, cost_source: "reported", completed_at: NOW },
      agentCost: 0.3,
    });
  });

  const prompt = promptIn("pending", { cost_usd: 0.3, tokens_input: 0, response_text: "" });
  test.each([
    ["an empty command", {}],
    ["the same cost", { cost_usd: 0.3 }],
    ["the same cost but for binary dust", { cost_usd: 0.1 + 0.2 }],
    ["a cost that differs below 1e-9 dollars", { cost_usd: 0.3000000001 }],
    ["null for what is null", { tokens_output: null, error_message: null }],
    ["everything as it is", { status: "pending" as const, tokens_input: 0, response_text: "" }],
  ])("%s changes nothing", (_what, command) => {
    expect(changePrompt(prompt, command, NOW)).toBeNull();
  });

  test("null and 0 are not the same", () => {
    expect(changePrompt(prompt, { tokens_input: null, tokens_output: 0 }, NOW)?.set).toEqual({
      tokens_input: null,
      tokens_output: 0,
    });
  });

  test("a cost that loses binary dust of another writer moves nothing", () => {
    const change = changePrompt(promptIn("pending", { cost_usd: 0.1 + 0.2 }), { cost_usd: 0.3 }, NOW);
    expect(change?.agentCost).toBe(0);
  });
});

describe("prompt: what a body may hold", () => {
  test.each([
    ["an unknown type", { ...CREATE, prompt_type: "question" }],
    ["no text", { agent_id: "a-1", prompt_type: "command" }],
    ["half a token", { ...CREATE, tokens_input: 0.5 }],
    ["a negative latency", { ...CREATE, latency_ms: -1 }],
    ["an infinite cost", { ...CREATE, cost_usd: Number.POSITIVE_INFINITY }],
    ["a count beyond exact integers", { ...CREATE, tokens_output: 2 ** 53 }],
    ["NUL in its text", { ...CREATE, prompt_text: "a\0b" }],
    ["its time", { ...CREATE, created_at: BORN }],
    ["where its cost is from", { ...CREATE, cost_usd: 1, cost_source: "computed" }],
    ["a list of prices", { ...CREATE, price_version: "2026-11-01" }],
    ["half a token of the cache", { ...CREATE, tokens_cache_read: 0.5 }],
  ])("creation refuses %s", (_what, body) => {
    expect(CreatePrompt.safeParse(body).success).toBe(false);
  });

  test.each([
    ["another agent", { agent_id: "a-2" }],
    ["another text", { prompt_text: "x" }],
    ["an unpaired surrogate", { response_text: "\uD800" }],
  ])("an update refuses %s", (_what, body) => {
    expect(UpdatePrompt.safeParse(body).success).toBe(false);
  });
});
