import { describe, expect, test } from "bun:test";
import type { PromptFilter } from "#src/domain/prompt.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { anAgent, aPrompt, at, endings, seed } from "./rows.ts";

async function costOf(on: OpenEngine): Promise<number> {
  return (await on.db.agents.get("a1")).value!.cost_usd;
}

describe.each([...ENGINES])("$name: prompts", (engine) => {
  test("are read as they were written", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const row = aPrompt({
      prompt_name: "plan",
      prompt_text: "x".repeat(100_000),
      response_text: "é\n",
      status: "completed",
      model_used: "m",
      tokens_input: 0,
      tokens_output: 12,
      cost_usd: 0.000001,
      latency_ms: 1500,
      completed_at: at(1),
      error_message: "e",
    });
    await on.db.prompts.insert(row, 0);
    expect((await on.db.prompts.get("p1")).value).toEqual(row);
    await on.db.prompts.insert(aPrompt({ id: "p2" }), 0);
    expect((await on.db.prompts.get("p2")).value).toEqual(aPrompt({ id: "p2" }));
  });

  test("book differences on their agent in the same write, and take nothing back when they go", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const { prompts } = on.db;
    await prompts.insert(aPrompt({ cost_usd: 0.1 }), 0.1);
    await prompts.update("p1", { status: "pending", cost_usd: 0.1 }, { cost_usd: 0.3 }, 0.2);
    expect(await costOf(on)).toBe(0.3);
    await prompts.update("p1", { status: "pending", cost_usd: 0.3 }, { cost_usd: null }, -0.3);
    expect(await costOf(on)).toBe(0);
    await prompts.insert(aPrompt({ id: "p2", cost_usd: 0.5 }), 0.5);
    expect(await prompts.remove("p2")).toBe(true);
    expect(await prompts.remove("p2")).toBe(false);
    expect(await costOf(on)).toBe(0.5);
  });

  test("a decision is outdated when the agent is gone, or status or cost have moved; nothing is booked then", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const { prompts } = on.db;
    await prompts.insert(aPrompt({ cost_usd: 1 }), 0);
    const writes = [
      prompts.insert(aPrompt({ id: "p2", agent_id: "gone" }), 5),
      prompts.insert(aPrompt(), 5),
      prompts.update("p1", { status: "streaming", cost_usd: 1 }, { cost_usd: 6 }, 5),
      prompts.update("p1", { status: "pending", cost_usd: 2 }, { cost_usd: 6 }, 5),
      prompts.update("p1", { status: "pending", cost_usd: null }, { cost_usd: 6 }, 5),
      prompts.update("gone", { status: "pending", cost_usd: null }, { cost_usd: 6 }, 5),
    ];
    expect(await endings(writes)).toEqual(writes.map(() => "DecisionOutdated"));
    expect(await costOf(on)).toBe(0);
    expect((await prompts.list({}, { limit: 10 })).value.rows).toEqual([aPrompt({ cost_usd: 1 })]);
  });

  test.each<{ filter: PromptFilter; ids: string[] }>([
    { filter: { agent_id: ["a1"] }, ids: ["p2", "p1"] },
    { filter: { agent_id: ["a1", "a2"] }, ids: ["p3", "p2", "p1"] },
    { filter: { session_id: ["s2"] }, ids: ["p3"] },
    { filter: { status: ["pending"] }, ids: ["p3", "p1"] },
    { filter: { prompt_type: ["tool_call"] }, ids: ["p2"] },
    { filter: { model: ["m2"] }, ids: ["p3"] },
    { filter: { agent_id: ["a1"], status: ["pending"], model: ["m1", "m2"] }, ids: ["p1"] },
  ])("a filter narrows the list: %j", async ({ filter, ids }) => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agents.insert(anAgent({ id: "a2", session_id: "s2" }));
    await on.db.prompts.insert(aPrompt({ model_used: "m1" }), 0);
    await on.db.prompts.insert(aPrompt({ id: "p2", prompt_type: "tool_call", status: "streaming" }), 0);
    await on.db.prompts.insert(aPrompt({ id: "p3", agent_id: "a2", model_used: "m2" }), 0);
    const { value } = await on.db.prompts.list(filter, { limit: 10 });
    expect(value.rows.map(({ id }) => id)).toEqual(ids);
  });
});
