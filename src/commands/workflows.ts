import { notFound } from "#src/domain/problem.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import {
  changeWorkflow,
  type CreateWorkflow,
  planWorkflow,
  type UpdateWorkflow,
  type Workflow,
} from "#src/domain/workflow.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

export function createWorkflow(deps: CommandDeps, command: CreateWorkflow): Promise<Workflow> {
  return decideAnew(async () => {
    if (typeof command.orchestrator_agent_id === "string") {
      const definition = await deps.db.orchestratorAgents.get(command.orchestrator_agent_id);
      if (definition.value === null) throw notFound("orchestrator agent", command.orchestrator_agent_id);
    }
    const workflow = planWorkflow(command, deps.newId(), toTimestamp(deps.clock()));
    return deps.db.workflows.insert(workflow);
  });
}

export function updateWorkflow(deps: CommandDeps, id: string, command: UpdateWorkflow): Promise<Workflow> {
  return decideAnew(async () => {
    const { value: workflow } = await deps.db.workflows.get(id);
    if (workflow === null) throw notFound("workflow", id);
    const set = changeWorkflow(workflow, command, toTimestamp(deps.clock()));
    return set === null ? workflow : deps.db.workflows.update(id, workflow, set);
  });
}
