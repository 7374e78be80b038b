import { describe, expect, test } from "bun:test";
import { changesAfter } from "#test/support/reduce.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aWorkflow } from "./rows.ts";

const PROMPTS = 5_000;

/** A finished definition `d1` with much below it, and a bystander `d2` with a little. */
async function muchToDelete(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  const { db } = on;
  for (const id of ["d1", "d2"]) await db.orchestratorAgents.insert(aDefinition({ id }));
  for (const id of ["a1", "a2"]) await db.agents.insert(anAgent({ id, status: "completed" }));
  await db.agents.insert(anAgent({ id: "b1", orchestrator_agent_id: "d2", parent_agent_id: "a1" }));
  const writes = Array.from({ length: PROMPTS }, (_, index) =>
    db.prompts.insert(aPrompt({ id: `p${index}`, agent_id: index % 2 === 0 ? "a1" : "a2" }), 0),
  );
  await Promise.all(writes);
  await db.agentLogs.append(Array.from({ length: 5_000 }, () => aLog()));
  await db.prompts.insert(aPrompt({ id: "kept", agent_id: "b1" }), 0);
  await db.agentLogs.append([aLog({ agent_id: "b1" })]);
  await db.workflows.insert(aWorkflow({ orchestrator_agent_id: "d1", status: "failed" }));
  return on;
}

async function whatIsLeft(on: OpenEngine) {
  const page = { limit: 1000 };
  return {
    definitions: (await on.db.orchestratorAgents.list({}, page)).value.rows.map(({ id }) => id),
    agents: (await on.db.agents.list({}, page)).value.rows.map(({ id, parent_agent_id: parent }) => [id, parent]),
    prompts: (await on.db.prompts.list({}, page)).value.rows.map(({ id }) => id),
    logs: (await on.db.agentLogs.list({}, page)).value.rows.map(({ agent_id: agent }) => agent),
    workflows: (await on.db.workflows.list({}, page)).value.rows.length,
  };
}

const BYSTANDER = { definitions: ["d2"], agents: [["b1", null]], prompts: ["kept"], logs: ["b1"], workflows: 0 };

describe.each([...ENGINES])("$name: a large delete", (engine) => {
  test("goes in several steps, the named row last, and tells of every row once", async () => {
    await using on = await muchToDelete(engine.open);
    const { headSeq } = await on.db.changes.state();
    let steps = 1;
    while (!(await on.db.orchestratorAgents.removeDependents("d1"))) {
      steps += 1;
      expect((await on.db.orchestratorAgents.get("d1")).value).not.toBeNull();
    }
    await on.db.orchestratorAgents.remove("d1");
    expect(steps).toBeGreaterThan(3);
    expect(await whatIsLeft(on)).toEqual(BYSTANDER);
    const told = (await changesAfter(on.db, headSeq)).filter(({ op }) => op === "deleted").map(({ id }) => id);
    expect(told).toHaveLength(PROMPTS + 4);
    expect(new Set(told).size).toBe(told.length);
    expect(told.at(-1)).toBe("d1");
  });

  test("that was cut off half-way finishes when it is repeated, also by another process", async () => {
    await using on = await muchToDelete(engine.open);
    expect(await on.db.orchestratorAgents.removeDependents("d1")).toBe(false);
    expect((await on.db.prompts.get("kept")).value).not.toBeNull();
    const other = await on.another();
    while (!(await other.orchestratorAgents.removeDependents("d1")));
    await other.orchestratorAgents.remove("d1");
    expect(await whatIsLeft(on)).toEqual(BYSTANDER);
  });

  test("invariant 11: lets other writes in between its steps", async () => {
    await using on = await muchToDelete(engine.open);
    let finished = false;
    const deleting = (async () => {
      while (!(await on.db.agents.removeDependents("a1")));
      finished = true;
    })();
    await on.db.orchestratorAgents.insert(aDefinition({ id: "meanwhile" }));
    expect(finished).toBe(false);
    await deleting;
  });
});
