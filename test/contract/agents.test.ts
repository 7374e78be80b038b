import { describe, expect, test } from "bun:test";
import { DecisionOutdated } from "#src/database/manager.ts";
import type { RuntimeAgentFilter } from "#src/domain/runtime-agent.ts";
import { toMillis } from "#src/domain/timestamp.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, at, seed } from "./rows.ts";

const change = (set: object) => ({ set, transition: null });

describe.each([...ENGINES])("$name: runtime agents", (engine) => {
  test("are read as they were written, by id and by external id", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent({ id: "parent" }));
    const row = anAgent({
      parent_agent_id: "parent",
      name: "n",
      external_id: "x",
      status: "waiting",
      context: "plain",
      config: [1, { a: null }],
      metadata: false,
      started_at: "2026-02-05T10:30:00.001Z",
      updated_at: "2026-02-05T10:30:00.002Z",
      completed_at: "2026-02-05T10:30:00.003Z",
      cost_usd: 0.125,
      error_message: "e",
    });
    await on.db.agents.insert(row);
    expect((await on.db.agents.get("a1")).value).toEqual(row);
    expect(await on.db.agents.findByExternalId("x")).toEqual(row);
    expect(await on.db.agents.findByExternalId("y")).toBeNull();
    expect((await on.db.agents.get("y")).value).toBeNull();
  });

  test("an insert is outdated when definition or parent are gone, or the id or the external id is taken", async () => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agents.insert(anAgent({ id: "a2", external_id: "x" }));
    for (const row of [
      anAgent({ id: "a3", orchestrator_agent_id: "gone" }),
      anAgent({ id: "a3", parent_agent_id: "gone" }),
      anAgent({ id: "a3", external_id: "x" }),
      anAgent(),
    ]) {
      await expect(on.db.agents.insert(row)).rejects.toBeInstanceOf(DecisionOutdated);
    }
    expect((await on.db.agents.list({}, { limit: 10 })).value.rows).toHaveLength(2);
  });

  test("a transition and its log are one: both are written, or neither", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const { agents, agentLogs } = on.db;
    const done = { status: "completed", completed_at: at(2), updated_at: at(2) } as const;
    expect(await agents.update("a1", { status: "initializing" }, change(done), aLog())).toEqual(anAgent(done));
    expect((await agentLogs.list({}, { limit: 10 })).value.rows).toHaveLength(1);

    await expect(
      agents.update("a1", { status: "initializing" }, change({ status: "failed", error_message: "no" }), aLog()),
    ).rejects.toBeInstanceOf(DecisionOutdated);
    await expect(
      agents.update("a1", { status: "completed" }, change({ error_message: "no" }), aLog({ agent_id: "gone" })),
    ).rejects.toBeInstanceOf(DecisionOutdated);
    await expect(agents.update("gone", { status: "idle" }, change({ name: "x" }), null)).rejects.toBeInstanceOf(
      DecisionOutdated,
    );
    expect((await agents.get("a1")).value).toEqual(anAgent(done));
    expect((await agentLogs.list({}, { limit: 10 })).value.rows).toHaveLength(1);
  });

  test("the cost is set outright", async () => {
    await using on = await engine.open();
    await seed(on.db);
    expect(await on.db.agents.update("a1", { status: "initializing" }, change({ cost_usd: 2.5 }), null)).toMatchObject({
      cost_usd: 2.5,
    });
  });

  test.each<{ filter: RuntimeAgentFilter; ids: string[] }>([
    { filter: { session_id: ["s1"] }, ids: ["c", "a"] },
    { filter: { session_id: ["s1", "s2"] }, ids: ["d", "c", "b", "a"] },
    { filter: { status: ["idle"] }, ids: ["b"] },
    { filter: { status: ["idle", "failed"], session_id: ["s2"] }, ids: ["d", "b"] },
    { filter: { orchestrator_agent_id: ["d2"] }, ids: ["d"] },
    { filter: { parent_agent_id: ["a"] }, ids: ["c", "b"] },
    { filter: { parent_agent_id: ["a"], status: ["idle"] }, ids: ["b"] },
    { filter: { session_id: ["nobody"] }, ids: [] },
  ])("a filter narrows the list: %j", async ({ filter, ids }) => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.orchestratorAgents.insert(aDefinition({ id: "d2" }));
    await on.db.agents.insert(anAgent({ id: "a" }));
    await on.db.agents.insert(anAgent({ id: "b", session_id: "s2", status: "idle", parent_agent_id: "a" }));
    await on.db.agents.insert(anAgent({ id: "c", parent_agent_id: "a" }));
    await on.db.agents.insert(anAgent({ id: "d", session_id: "s2", status: "failed", orchestrator_agent_id: "d2" }));
    const { value } = await on.db.agents.list(filter, { limit: 10 });
    expect(value.rows.map(({ id }) => id)).toEqual(ids);
  });

  test("an agent goes when nothing belongs to it any more, and frees its children", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const { agents } = on.db;
    await agents.insert(anAgent({ id: "child", parent_agent_id: "a1" }));
    await on.db.prompts.insert(aPrompt(), 0);
    await on.db.agentLogs.append([aLog()]);
    await expect(agents.remove("a1")).rejects.toBeInstanceOf(DecisionOutdated);
    while (!(await agents.removeDependents("a1")));
    await agents.remove("a1");
    await expect(agents.remove("a1")).rejects.toBeInstanceOf(DecisionOutdated);
    expect((await agents.get("child")).value!.parent_agent_id).toBeNull();
    expect((await on.db.prompts.get("p1")).value).toBeNull();
    expect((await on.db.agentLogs.list({}, { limit: 10 })).value.rows).toEqual([]);
  });

  test("the current ones are those alive, and those that ended after a time, newest first, with one more if there are", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const ended = (id: string, seconds: number) =>
      anAgent({ id, status: "completed", started_at: at(seconds), updated_at: at(seconds), completed_at: at(seconds) });
    await on.db.agents.insert(ended("old", -100));
    await on.db.agents.insert(ended("recent", 50));
    await on.db.agents.insert(anAgent({ id: "long", status: "waiting", started_at: at(-1000), updated_at: at(-1000) }));
    await on.db.agents.insert(anAgent({ id: "new", status: "idle", started_at: at(60) }));
    const since = toMillis(at(10))!;
    const ids = async (limit: number) => (await on.db.agents.current(since, limit)).value.map(({ id }) => id);
    expect(await ids(10)).toEqual(["new", "recent", "a1", "long"]);
    expect(await ids(2)).toEqual(["new", "recent", "a1"]);
    const { seq } = await on.db.agents.current(since, 10);
    expect(seq).toBe((await on.db.changes.state()).headSeq);
  });
});
