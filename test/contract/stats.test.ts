import { describe, expect, test } from "bun:test";
import { dayOf, STATS_KEYS, type StatsKey, type StatsRow } from "#src/domain/stats.ts";
import { START } from "#test/support/clock.ts";
import { type Random, seededRandom } from "#test/support/random.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, anAgent, aPrompt, at } from "./rows.ts";

const TODAY = dayOf(START);
const DAY = 86_400;
const ALWAYS = { firstDay: -Number.MAX_SAFE_INTEGER, lastDay: Number.MAX_SAFE_INTEGER };

/**
 * Two definitions of two types. Of `d1`: `a1`, which cost more than its prompts, `a2` of the next day without prompts. Of
 * `d2`: `b1`, with a prompt of a day later.
 */
async function history(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  const { orchestratorAgents, agents, prompts } = on.db;
  await orchestratorAgents.insert(aDefinition());
  await orchestratorAgents.insert(aDefinition({ id: "d2", agent_type: "builder" }));
  await agents.insert(anAgent({ cost_usd: 0.1 }));
  await agents.insert(anAgent({ id: "a2", started_at: at(DAY), cost_usd: 0.25 }));
  await agents.insert(anAgent({ id: "b1", orchestrator_agent_id: "d2", session_id: "s2" }));
  await prompts.insert(aPrompt({ model_used: "opus", tokens_input: 10, tokens_output: 1, cost_usd: 0.2 }), 0.2);
  await prompts.insert(aPrompt({ id: "p2", model_used: "haiku", tokens_input: 5, cost_usd: 0.01 }), 0.01);
  await prompts.insert(
    aPrompt({ id: "p3", agent_id: "b1", model_used: "opus", tokens_output: 2, cost_usd: 1, created_at: at(DAY) }),
    1,
  );
  return on;
}

async function totals({ db }: OpenEngine, key: StatsKey, daily = false, days = ALWAYS): Promise<string[]> {
  const { value } = await db.stats.totals({ key, daily, ...days });
  return value.map(line);
}

/** A row as `key day: agents/prompts tokens in/out cost`. */
function line({ key, day, agents, prompts, tokens_input, tokens_output, cost_usd }: StatsRow): string {
  const name = day === undefined || key === day ? `${key}` : `${key} ${day}`;
  return `${name}: ${agents}/${prompts} ${tokens_input}/${tokens_output} ${cost_usd}`;
}

describe.each([...ENGINES])("$name: totals", (engine) => {
  test("there are none without agents", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    for (const key of STATS_KEYS) expect(await totals(on, key)).toEqual([]);
  });

  test("by day: what began then, newest first", async () => {
    await using on = await history(engine.open);
    expect(await totals(on, "day", true)).toEqual(["2026-02-06: 1/1 0/2 1.25", "2026-02-05: 2/2 15/1 0.31"]);
  });

  test("by model: what prompts cost, and under none what agents cost beyond them, the costliest first", async () => {
    await using on = await history(engine.open);
    expect(await totals(on, "model")).toEqual(["opus: 2/2 10/3 1.2", "null: 0/0 0/0 0.35", "haiku: 1/1 5/0 0.01"]);
    expect(await totals(on, "model", true)).toEqual([
      "opus 2026-02-06: 1/1 0/2 1",
      "null 2026-02-06: 0/0 0/0 0.25",
      "opus 2026-02-05: 1/1 10/1 0.2",
      "null 2026-02-05: 0/0 0/0 0.1",
      "haiku 2026-02-05: 1/1 5/0 0.01",
    ]);
  });

  test("by type and definition: what the agents cost, on the day they started", async () => {
    await using on = await history(engine.open);
    expect(await totals(on, "agent_type")).toEqual(["builder: 1/1 0/2 1", "planner: 2/2 15/1 0.56"]);
    expect(await totals(on, "orchestrator_agent")).toEqual(["d2: 1/1 0/2 1", "d1: 2/2 15/1 0.56"]);
    expect(await totals(on, "orchestrator_agent", true)).toEqual([
      "d1 2026-02-06: 1/0 0/0 0.25",
      "d2 2026-02-06: 0/1 0/2 0",
      "d2 2026-02-05: 1/0 0/0 1",
      "d1 2026-02-05: 1/2 15/1 0.31",
    ]);
  });

  test("of a window, whose first and last day count", async () => {
    await using on = await history(engine.open);
    const found = (firstDay: number, lastDay: number) => totals(on, "day", true, { firstDay, lastDay });
    expect(await found(TODAY, TODAY)).toEqual(["2026-02-05: 2/2 15/1 0.31"]);
    expect(await found(TODAY + 1, ALWAYS.lastDay)).toEqual(["2026-02-06: 1/1 0/2 1.25"]);
    expect(await found(TODAY, TODAY + 1)).toHaveLength(2);
    expect(await found(TODAY + 2, ALWAYS.lastDay)).toEqual([]);
    expect(await found(TODAY + 1, TODAY)).toEqual([]);
    expect(await totals(on, "model", false, { firstDay: TODAY, lastDay: TODAY })).toEqual([
      "opus: 1/1 10/1 0.2",
      "null: 0/0 0/0 0.1",
      "haiku: 1/1 5/0 0.01",
    ]);
  });

  test("move with what is changed", async () => {
    await using on = await history(engine.open);
    const { agents, prompts, orchestratorAgents } = on.db;
    // Of another model, dearer, with more tokens.
    await prompts.update("p2", { status: "pending", cost_usd: 0.01 }, { model_used: "opus", tokens_input: 6 }, 0);
    await prompts.update("p2", { status: "pending", cost_usd: 0.01 }, { cost_usd: 0.03 }, 0.02);
    expect(await totals(on, "model")).toEqual(["opus: 2/3 16/3 1.23", "null: 0/0 0/0 0.35"]);
    await agents.update("a2", { status: "initializing" }, { set: { cost_usd: 0 }, transition: null }, null);
    expect(await totals(on, "orchestrator_agent")).toEqual(["d2: 1/1 0/2 1", "d1: 2/2 16/1 0.33"]);
    await orchestratorAgents.update("d2", { agent_type: "planner" });
    expect(await totals(on, "agent_type")).toEqual(["planner: 3/3 16/3 1.33"]);
  });

  test("an agent that costs less than its prompts takes nothing from the others", async () => {
    await using on = await history(engine.open);
    await on.db.agents.update("b1", { status: "initializing" }, { set: { cost_usd: 0.5 }, transition: null }, null);
    expect(await totals(on, "model")).toEqual(["opus: 2/2 10/3 1.2", "null: 0/0 0/0 0.35", "haiku: 1/1 5/0 0.01"]);
    expect(await totals(on, "agent_type")).toEqual(["planner: 2/2 15/1 0.56", "builder: 1/1 0/2 0.5"]);
  });

  test("go with what is deleted, and leave no empty rows", async () => {
    await using on = await history(engine.open);
    const { agents, prompts, orchestratorAgents } = on.db;
    await prompts.remove("p2");
    expect(await totals(on, "model")).toEqual(["opus: 2/2 10/3 1.2", "null: 0/0 0/0 0.36"]);
    for (const id of ["a1", "a2", "b1"]) {
      while (!(await agents.removeDependents(id)));
      await agents.remove(id);
    }
    for (const key of STATS_KEYS) expect(await totals(on, key)).toEqual([]);
    await orchestratorAgents.remove("d1");
    for (const key of STATS_KEYS) expect(await totals(on, key)).toEqual([]);
  });

  test("are read with the seq of the feed, and the same by every process", async () => {
    await using on = await history(engine.open);
    const other = await on.another();
    const request = { key: "model", daily: true, ...ALWAYS } as const;
    const here = await on.db.stats.totals(request);
    expect(here.seq).toBe((await on.db.changes.state()).headSeq);
    expect(await other.stats.totals(request)).toEqual(here);
  });

  test("agree with each other and with the rows, whatever was written", async () => {
    await using on = await engine.open();
    const random = seededRandom(7);
    for (const id of ["d1", "d2", "d3"]) {
      await on.db.orchestratorAgents.insert(aDefinition({ id, agent_type: random.pick(["planner", "builder"]) }));
    }
    for (let left = 120; left > 0; left -= 1) await write(on, random, left);
    const sums = await Promise.all(STATS_KEYS.flatMap((key) => [false, true].map((daily) => sumOf(on, key, daily))));
    const { rows: agents } = (await on.db.agents.list({}, { limit: 1000 })).value;
    const { rows: prompts } = (await on.db.prompts.list({}, { limit: 1000 })).value;
    const nano = (rows: readonly { cost_usd: number | null }[]) =>
      rows.reduce((sum, { cost_usd: usd }) => sum + Math.round((usd ?? 0) * 1e9), 0);
    const beyond = agents.reduce(
      (sum, agent) => sum + Math.max(0, nano([agent]) - nano(prompts.filter((each) => each.agent_id === agent.id))),
      0,
    );
    for (const sum of sums) {
      expect(sum).toMatchObject({
        prompts: prompts.length,
        input: prompts.reduce((all, each) => all + (each.tokens_input ?? 0), 0),
        output: prompts.reduce((all, each) => all + (each.tokens_output ?? 0), 0),
        nano: sum.key === "day" || sum.key === "model" ? nano(prompts) + beyond : nano(agents),
      });
      if (sum.key !== "model") expect(sum.agents).toBe(agents.length);
    }
    expect(agents.length).toBeGreaterThan(20);
    expect(prompts.length).toBeGreaterThan(20);
  });
});

async function sumOf({ db }: OpenEngine, key: StatsKey, daily: boolean) {
  const { value } = await db.stats.totals({ key, daily, ...ALWAYS });
  const sum = (field: "agents" | "prompts" | "tokens_input" | "tokens_output") =>
    value.reduce((all, row) => all + row[field], 0);
  return {
    key,
    agents: sum("agents"),
    prompts: sum("prompts"),
    input: sum("tokens_input"),
    output: sum("tokens_output"),
    nano: value.reduce((all, row) => all + Math.round(row.cost_usd * 1e9), 0),
  };
}

/** One write of an agent or a prompt, at random; what is gone or taken is refused. */
async function write({ db }: OpenEngine, random: Random, left: number): Promise<void> {
  const agent = `a${random.below(40)}`;
  const time = at(random.below(4 * DAY) - 2 * DAY);
  const cost = random.pick([0, 0.1, 0.25, 1.000000001, 2]);
  const model = random.pick([null, "opus", "haiku"]);
  const tokens = random.pick([null, 0, 7, 1000]);
  const definition = random.pick(["d1", "d2", "d3"]);
  await random
    .pick([
      () =>
        db.agents.insert(anAgent({ id: agent, orchestrator_agent_id: definition, started_at: time, cost_usd: cost })),
      () =>
        db.prompts.insert(
          aPrompt({ id: `p${left}`, agent_id: agent, model_used: model, tokens_input: tokens, created_at: time }),
          0,
        ),
      () => db.prompts.insert(aPrompt({ id: `p${left}`, agent_id: agent, cost_usd: cost, created_at: time }), cost),
    ])()
    .catch(() => {});
}
