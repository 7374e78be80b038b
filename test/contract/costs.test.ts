import { describe, expect, test } from "bun:test";
import { type CostRow, keptTotals } from "#src/domain/costs.ts";
import { START } from "#test/support/clock.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, anAgent, aPrompt, at } from "./rows.ts";

/** `a1` with `a2` below it and `a3` below that; `b1` of another session, above nobody. */
async function tree(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  const { agents, prompts } = on.db;
  await on.db.orchestratorAgents.insert(aDefinition());
  await agents.insert(anAgent({ name: "root", cost_usd: 0.1 }));
  await agents.insert(anAgent({ id: "a2", parent_agent_id: "a1", cost_usd: 0.2, started_at: at(1) }));
  await agents.insert(anAgent({ id: "a3", parent_agent_id: "a2", started_at: at(2) }));
  await agents.insert(anAgent({ id: "b1", session_id: "s2", cost_usd: 5, started_at: at(3), updated_at: at(3) }));
  await prompts.insert(
    aPrompt({
      model_used: "opus",
      tokens_input: 100,
      tokens_output: 10,
      tokens_cache_read: 60,
      cost_usd: 0.05,
      cost_source: "reported",
    }),
    0,
  );
  await prompts.insert(
    aPrompt({
      id: "p2",
      agent_id: "a3",
      model_used: "opus",
      tokens_input: 7,
      tokens_cache_write: 3,
      cost_usd: 1,
      cost_source: "computed",
    }),
    1,
  );
  await prompts.insert(aPrompt({ id: "p3", agent_id: "a3", model_used: "local", cost_source: "unknown" }), 0);
  return on;
}

const cost = (fields: object) => ({
  prompts: 0,
  tokens_input: 0,
  tokens_output: 0,
  tokens_cache_read: 0,
  tokens_cache_write: 0,
  cost_usd: 0,
  ...fields,
});

/** A row as `key (name): agents/prompts tokens in/out cost ?prompts of unknown cost`. */
function line({ key, name, agents, prompts, tokens_input, tokens_output, cost_usd, unknown_prompts }: CostRow): string {
  const unknown = unknown_prompts === 0 ? "" : ` ?${unknown_prompts}`;
  return `${key} (${name}): ${agents}/${prompts} ${tokens_input}/${tokens_output} ${cost_usd}${unknown}`;
}

describe.each([...ENGINES])("$name: costs", (engine) => {
  test("of an agent: by itself, and with all below it", async () => {
    await using on = await tree(engine.open);
    const { value, seq } = await on.db.costs.ofAgent("a1");
    expect(seq).toBe((await on.db.changes.state()).headSeq);
    const root = { prompts: 1, tokens_input: 100, tokens_output: 10, tokens_cache_read: 60 };
    expect(value).toEqual({
      agent_id: "a1",
      own: cost({ ...root, cost_usd: 0.1 }),
      subtree: cost({ ...root, prompts: 3, tokens_input: 107, tokens_cache_write: 3, cost_usd: 1.3 }),
      by_model: [
        { model: "opus", ...cost({ ...root, prompts: 2, tokens_input: 107, tokens_cache_write: 3, cost_usd: 1.05 }) },
        // What agents cost beyond their prompts.
        { model: null, ...cost({ cost_usd: 0.25 }) },
        { model: "local", ...cost({ prompts: 1 }) },
      ],
      sources: { reported: 0.05, computed: 1, unknown_prompts: 1 },
      agents: 3,
      budget: null,
    });
  });

  test("of an agent below others, and of one that is not there", async () => {
    await using on = await tree(engine.open);
    const { value } = await on.db.costs.ofAgent("a2");
    expect(value).toMatchObject({
      own: { cost_usd: 0.2, prompts: 0 },
      subtree: { cost_usd: 1.2, prompts: 2 },
      agents: 2,
    });
    expect((await on.db.costs.ofAgent("nobody")).value).toBeNull();
  });

  test("of an agent tell the nearest budget", async () => {
    await using on = await tree(engine.open);
    const { agents, sessions, orchestratorAgents, costs } = on.db;
    const nearest = async (id: string) => (await costs.ofAgent(id)).value!.budget;
    await orchestratorAgents.update("d1", { config: { max_cost_usd: 10 } });
    expect(await nearest("a3")).toEqual({
      scope: "definition",
      id: "d1",
      max_cost_usd: 10,
      cost_usd: 6.3,
      share: 0.63,
    });
    await sessions.configure("s1", { max_cost_usd: 2.6 }, START);
    expect(await nearest("a3")).toEqual({ scope: "session", id: "s1", max_cost_usd: 2.6, cost_usd: 1.3, share: 0.5 });
    const set = (id: string, config: unknown) =>
      agents.update(id, { status: "initializing" }, { set: { config }, transition: null }, null);
    await set("a1", { max_cost_usd: 13 });
    expect(await nearest("a3")).toEqual({ scope: "agent", id: "a1", max_cost_usd: 13, cost_usd: 1.3, share: 0.1 });
    await set("a3", { max_cost_usd: 4 });
    expect(await nearest("a3")).toEqual({ scope: "agent", id: "a3", max_cost_usd: 4, cost_usd: 1, share: 0.25 });
    for (const config of [null, { max_cost_usd: 0 }, { max_cost_usd: "4" }, [{ max_cost_usd: 4 }], "max_cost_usd"]) {
      await set("a3", config);
      expect((await nearest("a3"))!.id).toBe("a1");
    }
  });

  test("of an agent with many below it are those of all of them", async () => {
    await using on = await tree(engine.open);
    const many = Array.from({ length: 200 }, (_, n) =>
      on.db.agents.insert(anAgent({ id: `c${n}`, parent_agent_id: "a3", cost_usd: 0.01 })),
    );
    await Promise.all(many);
    const { value } = await on.db.costs.ofAgent("a1");
    expect(value).toMatchObject({ agents: 203, subtree: { cost_usd: 3.3 } });
    expect(value!.truncated).toBeUndefined();
  });

  test("by agent: the costliest of a window that goes by their start", async () => {
    await using on = await tree(engine.open);
    const found = async (window: object) => (await on.db.costs.byAgent({ limit: 10, ...window })).value.map(line);
    const all = ["b1 (d1): 1/0 0/0 5", "a3 (d1): 1/2 7/0 1 ?1", "a2 (d1): 1/0 0/0 0.2", "a1 (root): 1/1 100/10 0.1"];
    expect(await found({})).toEqual(all);
    expect(await found({ limit: 2 })).toEqual(all.slice(0, 2));
    expect(await found({ since: START + 1000, until: START + 3000 })).toEqual(all.slice(1, 3));
    expect(await found({ until: START })).toEqual([]);
  });

  test("by session: the costliest of a window that goes by their last activity", async () => {
    await using on = await tree(engine.open);
    const found = async (window: object) => (await on.db.costs.bySession({ limit: 10, ...window })).value.map(line);
    const all = ["s2 (d1): 1/0 0/0 5", "s1 (root): 3/3 107/10 1.3 ?1"];
    expect(await found({})).toEqual(all);
    expect(await found({ limit: 1 })).toEqual(all.slice(0, 1));
    // The booking of a prompt was activity, by the clock of the store.
    expect(await found({ since: START + 4000 })).toEqual(all.slice(1));
    expect(await found({ until: START + 4000 })).toEqual(all.slice(0, 1));
    await on.db.agents.remove("b1");
    expect(await found({})).toEqual(all.slice(1));
  });

  test("that nobody knows are none, by agent and by session", async () => {
    await using on = await tree(engine.open);
    await on.db.agents.insert(anAgent({ id: "c1", session_id: "s3", started_at: at(4) }));
    await on.db.prompts.insert(aPrompt({ id: "p4", agent_id: "c1", cost_source: "unknown" }), 0);
    const last = ({ value }: { value: CostRow[] }) => line(value.at(-1)!);
    expect(last(await on.db.costs.byAgent({ limit: 10 }))).toBe("c1 (d1): 1/1 0/0 null ?1");
    expect(last(await on.db.costs.bySession({ limit: 10 }))).toBe("s3 (d1): 1/1 0/0 null ?1");
  });

  test("that nobody knows are counted by day, model and definition, of days asked for", async () => {
    await using on = await tree(engine.open);
    await on.db.orchestratorAgents.insert(aDefinition({ id: "d2" }));
    await on.db.agents.insert(anAgent({ id: "c1", orchestrator_agent_id: "d2" }));
    const later = new Date(START + 86_400_000).toISOString();
    await on.db.prompts.insert(aPrompt({ id: "p4", agent_id: "c1", cost_source: "unknown", created_at: later }), 0);
    const counts = async (by: "day" | "model" | "definition", window: object = {}) => [
      ...(await on.db.costs.unknownPrompts(keptTotals({ by, limit: 10, since: undefined, ...window })!)),
    ];
    expect(await counts("day")).toEqual([
      ["2026-02-05", 1],
      ["2026-02-06", 1],
    ]);
    expect(await counts("model")).toEqual([
      ["local", 1],
      [null, 1],
    ]);
    expect(await counts("definition")).toEqual([
      ["d1", 1],
      ["d2", 1],
    ]);
    expect(await counts("definition", { since: START + 86_400_000 })).toEqual([["d2", 1]]);
    expect(await counts("model", { until: START + 1 })).toEqual([["local", 1]]);
  });

  test("that nobody knows are counted however many there are", async () => {
    await using on = await tree(engine.open);
    const prompts = Array.from({ length: 2_001 }, (_, n) =>
      on.db.prompts.insert(aPrompt({ id: `u${n}`, cost_source: "unknown" }), 0),
    );
    await Promise.all(prompts);
    expect([...(await on.db.costs.unknownPrompts(keptTotals({ by: "day", limit: 10 })!))]).toEqual([
      ["2026-02-05", 2_002],
    ]);
  });

  test("names of definitions are of those that are there", async () => {
    await using on = await tree(engine.open);
    expect([...(await on.db.costs.definitionNames(["d1", "d2"]))]).toEqual([["d1", "d1"]]);
  });
});
