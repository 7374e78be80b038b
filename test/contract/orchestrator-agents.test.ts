import { describe, expect, test } from "bun:test";
import { DecisionOutdated } from "#src/database/manager.ts";
import type { OrchestratorAgentFilter } from "#src/domain/orchestrator-agent.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, anAgent, at, aWorkflow, endings } from "./rows.ts";

describe.each([...ENGINES])("$name: definitions", (engine) => {
  test("are read as they were written, by id and by name", async () => {
    await using on = await engine.open();
    const store = on.db.orchestratorAgents;
    const row = aDefinition({
      id: "any stored string / is an id ✍",
      name: "résumé-writer",
      description: "line\nbreak",
      capabilities: "planning,analysis",
      default_model: "m",
      is_active: false,
      metadata: { team: ["a", null, 1.5] },
      created_at: "2026-02-05T10:30:00.123Z",
    });
    await store.insert(row);
    expect((await store.get(row.id)).value).toEqual(row);
    expect(await store.findByName(row.name)).toEqual(row);
    expect((await store.list({}, { limit: 10 })).value).toEqual({ rows: [row], next: null });
    expect((await store.get("nobody")).value).toBeNull();
    expect(await store.findByName("nobody")).toBeNull();
  });

  test("are updated in the given fields only, and given back as they are now", async () => {
    await using on = await engine.open();
    const store = on.db.orchestratorAgents;
    await store.insert(aDefinition({ metadata: { a: 1 }, description: "x" }));
    const after = await store.update("d1", { name: "new", is_active: false, metadata: null, updated_at: at(5) });
    expect(after).toEqual(aDefinition({ name: "new", is_active: false, description: "x", updated_at: at(5) }));
    expect((await store.get("d1")).value).toEqual(after);
  });

  test("a decision is outdated when the name is taken or the row is gone", async () => {
    await using on = await engine.open();
    const store = on.db.orchestratorAgents;
    await store.insert(aDefinition());
    await store.insert(aDefinition({ id: "d2" }));
    const writes = [
      store.insert(aDefinition({ id: "d3", name: "d1" })),
      store.insert(aDefinition({ name: "other" })),
      store.update("d2", { name: "d1", description: "no" }),
      store.update("d9", { description: "no" }),
      store.remove("d9"),
    ];
    expect(await endings(writes)).toEqual(writes.map(() => "DecisionOutdated"));
    expect((await store.list({}, { limit: 10 })).value.rows).toEqual([aDefinition({ id: "d2" }), aDefinition()]);
  });

  test.each<{ filter: OrchestratorAgentFilter; ids: string[] }>([
    { filter: { agent_type: ["planner"] }, ids: ["d1"] },
    { filter: { agent_type: ["planner", "skill"] }, ids: ["d3", "d1"] },
    { filter: { is_active: false }, ids: ["d2"] },
    { filter: { is_active: true }, ids: ["d3", "d1"] },
    { filter: { q: "PLAN" }, ids: ["d3", "d1"] },
    { filter: { q: "100%" }, ids: ["d2"] },
    { filter: { q: "plan", agent_type: ["skill"] }, ids: ["d3"] },
    { filter: { q: "nothing" }, ids: [] },
  ])("a filter narrows the list: %j", async ({ filter, ids }) => {
    await using on = await engine.open();
    const store = on.db.orchestratorAgents;
    await store.insert(aDefinition({ description: "Plans features" }));
    await store.insert(aDefinition({ id: "d2", agent_type: "tester", is_active: false, description: "100%" }));
    await store.insert(aDefinition({ id: "d3", agent_type: "skill", capabilities: "planning" }));
    const { value } = await store.list(filter, { limit: 10 });
    expect(value.rows.map(({ id }) => id)).toEqual(ids);
    expect(value.next).toBeNull();
  });

  test("know how many depend on them and how many of those are alive, and go only when none does", async () => {
    await using on = await engine.open();
    const store = on.db.orchestratorAgents;
    await store.insert(aDefinition());
    await on.db.agents.insert(anAgent({ status: "waiting" }));
    await on.db.agents.insert(anAgent({ id: "a2", status: "failed" }));
    await on.db.workflows.insert(aWorkflow({ orchestrator_agent_id: "d1", status: "completed" }));
    await on.db.workflows.insert(aWorkflow({ id: "w2", orchestrator_agent_id: "d1", status: "in_progress" }));
    await on.db.workflows.insert(aWorkflow({ id: "w3" }));
    expect(await store.dependents("d1")).toEqual({ agents: 2, aliveAgents: 1, workflows: 2, aliveWorkflows: 1 });
    expect(await store.dependents("d9")).toEqual({ agents: 0, aliveAgents: 0, workflows: 0, aliveWorkflows: 0 });
    await expect(store.remove("d1")).rejects.toBeInstanceOf(DecisionOutdated);

    // In as many steps as a busy machine needs.
    while (!(await store.removeDependents("d1")));
    // What is alive stays.
    expect(await store.dependents("d1")).toEqual({ agents: 1, aliveAgents: 1, workflows: 1, aliveWorkflows: 1 });
    await expect(store.remove("d1")).rejects.toBeInstanceOf(DecisionOutdated);

    await on.db.agents.update("a1", { status: "waiting" }, { set: { status: "cancelled" }, transition: null }, null);
    await on.db.workflows.update("w2", { status: "in_progress" }, { status: "failed" });
    while (!(await store.removeDependents("d1")));
    await store.remove("d1");
    expect((await store.get("d1")).value).toBeNull();
    expect((await on.db.workflows.list({}, { limit: 10 })).value.rows.map(({ id }) => id)).toEqual(["w3"]);
  });
});
