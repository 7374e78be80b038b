import { DecisionOutdated, type Dependents } from "#src/database/manager.ts";
import { changedFields } from "#src/domain/changed-fields.ts";
import {
  type CreateOrchestratorAgent,
  defineAgent,
  type OrchestratorAgent,
  type UpdateOrchestratorAgent,
} from "#src/domain/orchestrator-agent.ts";
import { notFound, Problem } from "#src/domain/problem.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

const NOUN = "orchestrator agent";

/** The store refuses a taken name, so it is looked for only then. */
export function createOrchestratorAgent(
  deps: CommandDeps,
  command: CreateOrchestratorAgent,
): Promise<OrchestratorAgent> {
  return decideAnew(async () => {
    const row = defineAgent(command, deps.newId(), toTimestamp(deps.clock()));
    try {
      return await deps.db.orchestratorAgents.insert(row);
    } catch (error) {
      if (error instanceof DecisionOutdated) await refuseTakenName(deps, command.name, row.id);
      throw error;
    }
  });
}

export function updateOrchestratorAgent(
  deps: CommandDeps,
  id: string,
  command: UpdateOrchestratorAgent,
): Promise<OrchestratorAgent> {
  return decideAnew(async () => {
    const row = await load(deps, id);
    const set = changedFields(row, command);
    if (Object.keys(set).length === 0) return row;
    if (set.name !== undefined) await refuseTakenName(deps, set.name, id);
    return deps.db.orchestratorAgents.update(id, { ...set, updated_at: toTimestamp(deps.clock()) });
  });
}

/** @param cascade delete its finished agents and workflows with it; refused while one of them is alive */
export function deleteOrchestratorAgent(deps: CommandDeps, id: string, cascade: boolean): Promise<void> {
  const store = deps.db.orchestratorAgents;
  return decideAnew(async () => {
    await load(deps, id);
    refuseDependents(await store.dependents(id), cascade);
    if (cascade) while (!(await store.removeDependents(id)));
    await store.remove(id);
  });
}

async function load(deps: CommandDeps, id: string): Promise<OrchestratorAgent> {
  const { value } = await deps.db.orchestratorAgents.get(id);
  if (value === null) throw notFound(NOUN, id);
  return value;
}

/** The name as it is stored: the one that was sent may hold a secret, and so may become that of the row itself. */
async function refuseTakenName(deps: CommandDeps, name: string, id: string): Promise<void> {
  const owner = await deps.db.orchestratorAgents.findByName(name);
  if (owner !== null && owner.id !== id)
    throw new Problem("conflict", `The name "${owner.name}" is taken by ${NOUN} "${owner.id}".`, { id: owner.id });
}

function refuseDependents(found: Dependents, cascade: boolean): void {
  const numbers = { agents: found.agents, workflows: found.workflows };
  const alive = { alive_agents: found.aliveAgents, alive_workflows: found.aliveWorkflows };
  if (found.aliveAgents + found.aliveWorkflows > 0) {
    const which = `${found.aliveAgents} of its ${found.agents} runtime agents and ${found.aliveWorkflows} of its ${found.workflows} workflows are alive`;
    throw new Problem("conflict", `The ${NOUN} cannot be deleted: ${which}. End them first.`, { ...numbers, ...alive });
  }
  if (!cascade && found.agents + found.workflows > 0) {
    const which = `it has ${found.agents} runtime agents and ${found.workflows} workflows`;
    throw new Problem(
      "conflict",
      `The ${NOUN} cannot be deleted: ${which}. Delete them with it by ?cascade=true.`,
      numbers,
    );
  }
}
