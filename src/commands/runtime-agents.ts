import { logStateChange } from "#src/domain/agent-log.ts";
import { notFound } from "#src/domain/problem.ts";
import {
  changeAgent,
  type CreateRuntimeAgent,
  type RuntimeAgent,
  startAgent,
  type UpdateRuntimeAgent,
} from "#src/domain/runtime-agent.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

const NOUN = "runtime agent";

/** A known `external_id` gives the agent that has it: `created` is false then. */
export function createRuntimeAgent(
  deps: CommandDeps,
  command: CreateRuntimeAgent,
): Promise<{ agent: RuntimeAgent; created: boolean }> {
  const { agents, orchestratorAgents } = deps.db;
  return decideAnew(async () => {
    if (typeof command.external_id === "string") {
      const known = await agents.findByExternalId(command.external_id);
      if (known !== null) return { agent: known, created: false };
    }
    const definition = await orchestratorAgents.get(command.orchestrator_agent_id);
    if (definition.value === null) throw notFound("orchestrator agent", command.orchestrator_agent_id);
    if (typeof command.parent_agent_id === "string") await load(deps, command.parent_agent_id);
    const agent = startAgent(command, deps.newId(), toTimestamp(deps.clock()));
    return { agent: await agents.insert(agent), created: true };
  });
}

export function updateRuntimeAgent(deps: CommandDeps, id: string, command: UpdateRuntimeAgent): Promise<RuntimeAgent> {
  return decideAnew(async () => {
    const agent = await load(deps, id);
    const now = toTimestamp(deps.clock());
    const change = changeAgent(agent, command, now);
    if (change === null) return agent;
    const { transition } = change;
    const log = transition === null ? null : logStateChange(id, transition.from, transition.to, now);
    return deps.db.agents.update(id, agent, change, log);
  });
}

/** Deletes the agent with its prompts and logs, bottom-up in batches, itself last. */
export function deleteRuntimeAgent(deps: CommandDeps, id: string): Promise<void> {
  return decideAnew(async () => {
    await load(deps, id);
    while (!(await deps.db.agents.removeDependents(id)));
    await deps.db.agents.remove(id);
  });
}

async function load(deps: CommandDeps, id: string): Promise<RuntimeAgent> {
  const { value } = await deps.db.agents.get(id);
  if (value === null) throw notFound(NOUN, id);
  return value;
}
