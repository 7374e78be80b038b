import { describe, expect, test } from "bun:test";
import type { Mark } from "#src/ui/session/marks.ts";
import type { PromptSpan } from "#src/ui/session/prompt-spans.ts";
import { hitAt, hitsOf, promptSpan, rowsData, timesOf } from "#src/ui/session/timeline-data.ts";
import { sessionAgent } from "./session-agent.ts";

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const NOW = 100_000;

function prompt(id: string, facts: Partial<PromptSpan> = {}): PromptSpan {
  const blank = {
    agent_id: "a",
    prompt_type: "command",
    prompt_name: null,
    status: "completed",
    model_used: null,
  } as const;
  return { id, ...blank, created_at: at(10), completed_at: at(20), latency_ms: null, ...facts };
}
const mark = (id: number, seconds: number, isError = false): Mark => ({
  id,
  at: seconds * 1000,
  isError,
  text: `mark ${id}`,
});
const alive = sessionAgent("a", { started_at: at(8) });
const ended = sessionAgent("a", { started_at: at(8), status: "failed", updated_at: at(40) });
const row = (facts: Partial<PromptSpan>, agent = alive) => {
  const [timed] = rowsData([prompt("p", facts)], new Map(), new Map([["a", agent]]), new Map()).get("a")?.prompts ?? [];
  return timed === undefined ? null : promptSpan(timed, NOW);
};

describe("when a prompt was going on", () => {
  test.each([
    ["between its times", {}, alive, [10, 20]],
    ["up to now", { status: "streaming", completed_at: null }, alive, [10, 100]],
    ["up to the end of its agent, whatever is stored", { status: "streaming", completed_at: null }, ended, [10, 40]],
    ["stored when it was answered: as long before", { completed_at: at(10), latency_ms: 1_500 }, alive, [8.5, 10]],
    ["but not before its agent", { completed_at: at(10), latency_ms: 90_000 }, alive, [8, 10]],
    ["a latency within its times", { latency_ms: 4_000 }, alive, [10, 20]],
    ["ended at an unknown time", { completed_at: null }, alive, [10, 10]],
    ["ended before it began", { completed_at: at(5) }, alive, [10, 10]],
  ] as const)("%s", (_, facts, agent, [from, to]) => {
    expect(row(facts, agent)).toEqual({ from: from * 1000, to: to * 1000 });
  });

  test("at no time that is known", () => expect(row({ created_at: null, completed_at: null })).toBeNull());
});

test("one that is lost went on no longer than it was heard of", () => {
  expect(timesOf({ ...alive, lost: true, quiet_since: at(30) })).toMatchObject({ ended: at(30), isOpen: false });
});

describe("rows", () => {
  const agents = new Map([["a", alive]]);
  const marks = new Map([["a", [mark(1, 12), mark(2, 15, true)]]]);
  const prompts = [prompt("p"), prompt("q", { created_at: at(9) })];
  const before = rowsData(prompts, marks, agents, new Map());

  test("prompts in order of their begin, marks by kind", () => {
    const data = before.get("a")!;
    expect(data.prompts.map((timed) => timed.prompt.id)).toEqual(["q", "p"]);
    expect([data.tools, data.errors]).toEqual([[12_000], [15_000]]);
  });

  test("a row is the same object as long as nothing of it has changed", () => {
    const other = prompt("r", { agent_id: "b" });
    const next = rowsData([...prompts, other], marks, agents, before);
    expect(next.get("a")).toBe(before.get("a")!);
    expect(next.get("b")!.prompts).toHaveLength(1);
    const changed = rowsData([prompt("p", { status: "failed" }), prompts[1]!], marks, agents, before);
    expect(changed.get("a")).not.toBe(before.get("a")!);
  });

  test("a mark is hit before a prompt, the last prompt before those under it, and nothing beside them", () => {
    const data = before.get("a")!;
    expect(hitAt(data, 12_040, 50, NOW)).toEqual({ mark: mark(1, 12) });
    expect(hitAt(data, 13_000, 50, NOW)).toMatchObject({ prompt: { id: "p" } });
    expect(hitAt(data, 9_500, 50, NOW)).toMatchObject({ prompt: { id: "q" } });
    expect(hitAt(data, 30_000, 50, NOW)).toBeNull();
    const names = hitsOf(data, NOW).map((hit) => ("mark" in hit ? hit.mark.id : hit.prompt.id));
    expect(names).toEqual(["q", "p", 1, 2]);
  });
});
