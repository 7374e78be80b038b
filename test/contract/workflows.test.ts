import { describe, expect, test } from "bun:test";
import type { WorkflowFilter } from "#src/domain/workflow.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, at, aWorkflow, endings } from "./rows.ts";

describe.each([...ENGINES])("$name: workflows", (engine) => {
  test("are read as they were written and updated in the given fields only", async () => {
    await using on = await engine.open();
    const { workflows } = on.db;
    await on.db.orchestratorAgents.insert(aDefinition());
    const row = aWorkflow({
      orchestrator_agent_id: "d1",
      description: "d",
      current_step: "plan",
      started_at: at(1),
      input_data: { issue: 1 },
      output_data: [],
      metadata: "plain",
      error_step: "s",
      error_count: 2,
    });
    await workflows.insert(row);
    expect((await workflows.get("w1")).value).toEqual(row);
    const set = { status: "completed", completed_at: at(3), duration_seconds: 2, output_data: null } as const;
    const after = await workflows.update("w1", { status: "pending" }, { ...set, updated_at: at(3) });
    expect(after).toEqual({ ...row, ...set, updated_at: at(3) });
    expect((await workflows.get("w1")).value).toEqual(after);
    expect((await workflows.get("gone")).value).toBeNull();
  });

  test("a decision is outdated when the definition is gone, the id is taken or the status has moved", async () => {
    await using on = await engine.open();
    const { workflows } = on.db;
    await workflows.insert(aWorkflow());
    const writes = [
      workflows.insert(aWorkflow({ id: "w2", orchestrator_agent_id: "gone" })),
      workflows.insert(aWorkflow({ adw_name: "other" })),
      workflows.update("w1", { status: "in_progress" }, { description: "no" }),
      workflows.update("gone", { status: "pending" }, { description: "no" }),
    ];
    expect(await endings(writes)).toEqual(writes.map(() => "DecisionOutdated"));
    expect((await workflows.list({}, { limit: 10 })).value.rows).toEqual([aWorkflow()]);
  });

  test.each<{ filter: WorkflowFilter; ids: string[] }>([
    { filter: { status: ["failed"] }, ids: ["w2"] },
    { filter: { status: ["failed", "pending"] }, ids: ["w2", "w1"] },
    { filter: { workflow_type: ["patch"] }, ids: ["w3"] },
    { filter: { workflow_type: ["sdlc"], status: ["pending"] }, ids: ["w1"] },
  ])("a filter narrows the list: %j", async ({ filter, ids }) => {
    await using on = await engine.open();
    await on.db.workflows.insert(aWorkflow());
    await on.db.workflows.insert(aWorkflow({ id: "w2", status: "failed" }));
    await on.db.workflows.insert(aWorkflow({ id: "w3", status: "cancelled", workflow_type: "patch" }));
    const { value } = await on.db.workflows.list(filter, { limit: 10 });
    expect(value.rows.map(({ id }) => id)).toEqual(ids);
  });
});
