import { describe, expect, test } from "bun:test";
import { MOST_MARKS, reduceMarks } from "#src/ui/session/marks.ts";
import { reducePromptSpans } from "#src/ui/session/prompt-spans.ts";
import {
  type PromptRow,
  reducePrompts,
  withKnown,
  withMorePrompts,
  withPrompt,
} from "#src/ui/session/prompts-source.ts";
import { isStep, lanesOf, reduceWorkflows, type WorkflowShown } from "#src/ui/session/workflow.ts";
import { change, sessionAgent } from "./session-agent.ts";

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

describe("tools and errors", () => {
  const log = (id: number, seconds: number, facts: object = {}) =>
    change("agent_log.created", {
      id,
      agent_id: "a",
      log_type: "tool_call",
      message: `log ${id}`,
      created_at: at(seconds),
      ...facts,
    });
  const none = { byAgent: new Map(), count: 0, isCut: false };

  test("stand in order of time, each once, whatever order they come in", () => {
    const marks = reduceMarks(none, [log(2, 5), log(1, 3), log(2, 5), log(3, 4, { log_type: "error" })], "s");
    expect(marks.byAgent.get("a")!.map(({ id, isError }) => [id, isError])).toEqual([
      [1, false],
      [3, true],
      [2, false],
    ]);
    expect(marks.count).toBe(3);
  });

  test("other logs, logs that are gone, logs of no readable time and other sessions are none", () => {
    const changes = [
      log(1, 1, { log_type: "milestone" }),
      change("agent_log.created", null),
      log(2, 1, { created_at: null }),
      { ...log(3, 1), session_id: "other" },
    ];
    expect(reduceMarks(none, changes, "s").count).toBe(0);
    expect(reduceMarks(none, changes.slice(0, 2), "s")).toBe(none);
  });

  test("those of an agent that was deleted are gone", () => {
    const marks = reduceMarks(none, [log(1, 1), log(2, 2, { agent_id: "b" })], "s");
    const next = reduceMarks(marks, [change("agent.deleted", {}, { id: "a" })], "s");
    expect([[...next.byAgent.keys()], next.count]).toEqual([["b"], 1]);
    expect(reduceMarks(next, [change("agent.deleted", {}, { id: "a" })], "s")).toBe(next);
  });

  test("beyond what can be shown the oldest go, and it is known that they did", () => {
    const marks = reduceMarks(
      none,
      Array.from({ length: MOST_MARKS + 1 }, (_, index) => log(index, index)),
      "s",
    );
    expect(marks.isCut).toBe(true);
    expect(marks.count).toBe(marks.byAgent.get("a")!.length);
    expect(marks.count).toBeLessThanOrEqual(MOST_MARKS);
    expect(marks.byAgent.get("a")!.at(-1)!.id).toBe(MOST_MARKS);
  });
});

test("times of prompts follow the feed", () => {
  const data = { id: "p", agent_id: "a", status: "pending", created_at: at(1), completed_at: null };
  const one = reducePromptSpans({ spans: new Map(), isCut: false }, [change("prompt.created", data)], "s");
  const done = reducePromptSpans(one, [change("prompt.updated", { ...data, status: "completed" })], "s");
  expect(done.spans.get("p")).toMatchObject({ status: "completed" });
  expect(reducePromptSpans(done, [change("prompt.deleted", { id: "p" })], "s").spans.size).toBe(0);
  expect(reducePromptSpans(done, [change("prompt.updated", data, { session_id: "t" })], "s")).toBe(done);
});

describe("prompts", () => {
  const row = (id: string, facts: Partial<PromptRow> = {}) =>
    ({
      id,
      status: "pending",
      prompt_text: `text of ${id}`,
      response_text: null,
      isOutdated: false,
      ...facts,
    }) as PromptRow;
  const list = (ids: string, cursor: string | null = null) => ({ rows: ids.split("").map((id) => row(id)), cursor });
  const ids = ({ rows }: { readonly rows: readonly PromptRow[] }) => rows.map(({ id }) => id).join("");

  test("a change has no texts: they stay, and are known to be old", () => {
    const value = list("ab");
    const next = reducePrompts(value, [change("prompt.updated", { id: "a", status: "completed" })]);
    expect(next.rows[0]).toMatchObject({ status: "completed", prompt_text: "text of a", isOutdated: true });
    expect(next.rows[1]).toBe(value.rows[1]!);
    expect(reducePrompts(value, [change("prompt.updated", { id: "z" })])).toBe(value);
    expect(ids(reducePrompts(value, [change("prompt.deleted", { id: "a" })]))).toBe("b");
  });

  test("a new one stands at its place, its texts still to be read; what belongs behind comes with its page", () => {
    const value = { rows: [row("c", { created_at: at(3) }), row("a", { created_at: at(1) })], cursor: "1" };
    const create = (id: string, seconds: number) => change("prompt.created", { id, created_at: at(seconds) });
    const next = reducePrompts(value, [create("d", 4), create("b", 2), create("b", 2)]);
    expect(ids(next)).toBe("dcba");
    expect(next.rows[0]).toMatchObject({ prompt_text: "", response_text: null, isOutdated: true });
    expect(reducePrompts(value, [create("z", 0)])).toBe(value);
    expect(ids(reducePrompts({ ...value, cursor: null }, [create("z", 0)]))).toBe("caz");
  });

  test("what was read by itself is put in; what has changed again meanwhile stays outdated", () => {
    const value = reducePrompts(list("ab"), [change("prompt.updated", { id: "a", status: "streaming" })]);
    const asked = value.rows[0]!;
    const read = { ...asked, response_text: "half" };
    expect(withPrompt(value, read, asked).rows[0]).toMatchObject({ response_text: "half", isOutdated: false });
    const later = reducePrompts(value, [change("prompt.updated", { id: "a", status: "completed" })]);
    const expected = { status: "completed", response_text: "half", isOutdated: true };
    expect(withPrompt(later, read, asked).rows[0]).toMatchObject(expected);
  });

  test("rows anew keep what is shown behind them, which may have changed unseen", () => {
    const known = withMorePrompts(list("cba", "1"), list("zy", "2"));
    const next = withKnown(known, list("dcb", "9"));
    expect([ids(next), next.cursor]).toEqual(["dcbazy", "2"]);
    expect(next.rows[1]).toBe(known.rows[0]!);
    expect(next.rows.map(({ isOutdated }) => isOutdated)).toEqual([false, false, false, true, true, true]);
  });

  test("with more news than a page holds it begins anew: nothing is left out in between", () => {
    const next = withKnown(list("cba", "1"), list("hgf", "9"));
    expect([ids(next), next.cursor]).toEqual(["hgf", "9"]);
  });

  test("a list that ends now ends", () =>
    expect(withKnown(list("cba", "1"), list("ba"))).toMatchObject({ cursor: null }));
});

describe("workflows", () => {
  const workflow = (id: string, adw_name: string, facts: Partial<WorkflowShown> = {}) =>
    ({ id, adw_name, ...facts }) as WorkflowShown;

  test("are those whose id or name is the session's", () => {
    let rows = reduceWorkflows([], [change("workflow.created", workflow("s", "x"), { session_id: null })], "s");
    rows = reduceWorkflows(
      rows,
      [change("workflow.created", workflow("w", "s")), change("workflow.created", workflow("v", "y"))],
      "s",
    );
    expect(rows.map(({ id }) => id)).toEqual(["w", "s"]);
    const next = reduceWorkflows(rows, [change("workflow.updated", workflow("s", "x", { current_step: "test" }))], "s");
    expect(next[1]).toMatchObject({ current_step: "test", steps: [] });
    const planned = [{ ...rows[1]!, steps: ["plan", "test"] }];
    const moved = reduceWorkflows(planned, [change("workflow.updated", { id: "s", adw_name: "x" })], "s");
    expect(moved[0]?.steps).toEqual(["plan", "test"]);
    expect(reduceWorkflows(next, [change("workflow.deleted", { id: "w" })], "s").map(({ id }) => id)).toEqual(["s"]);
    expect(reduceWorkflows(next, [change("workflow.updated", workflow("v", "y"))], "s")).toBe(next);
  });

  test("lanes are steps in order of their start, with all agents that did them", () => {
    const agent = (id: string, context: unknown, seconds: number, name: string | null = null) =>
      sessionAgent(id, { context: context as string, started_at: at(seconds), name });
    const lanes = lanesOf([
      agent("a", "adw_build_iso", 2),
      agent("b", "adw_plan_iso", 1),
      agent("c", "adw_build_iso", 3),
      agent("d", { issue: 1 }, 4, "review"),
      agent("e", "  ", 5),
    ]);
    expect(lanes.map(({ step, agents }) => [step, agents.map(({ id }) => id)])).toEqual([
      ["adw_plan_iso", ["b"]],
      ["adw_build_iso", ["a", "c"]],
      ["review", ["d"]],
      ["e", ["e"]],
    ]);
  });

  test.each([
    ["plan", "adw_plan_iso", true],
    ["Plan", "plan: checkout", true],
    ["adw_plan_iso", "adw_plan_iso", true],
    ["plan", "adw_build_iso", false],
    ["build image", "build: checkout", false],
    ["adw", "adw", true],
    [null, "plan", false],
    ["", "plan", false],
  ] as const)("the step %j is that of the lane %j: %p", (named, step, expected) =>
    expect(isStep(named, step)).toBe(expected),
  );
});
