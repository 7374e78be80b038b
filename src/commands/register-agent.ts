import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { notFound, Problem } from "#src/domain/problem.ts";
import type { CreateRuntimeAgent, RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { CommandDeps } from "./deps.ts";
import { createOrchestratorAgent } from "./orchestrator-agents.ts";
import { createRuntimeAgent } from "./runtime-agents.ts";

/** An agent that names its definition instead of knowing its id. */
export type RegisterAgent = Omit<CreateRuntimeAgent, "orchestrator_agent_id" | "session_id"> & {
  /** Name of its definition, which is made when there is none. */
  readonly kind: string;
  /** That of its parent unless told; without a parent a new one. */
  readonly session_id?: string | undefined;
};

/** A known `external_id` gives the agent that has it: `created` is false then. Throws `not_found` for an unknown parent. */
export async function registerAgent(
  deps: CommandDeps,
  { kind, ...command }: RegisterAgent,
): Promise<{ agent: RuntimeAgent; created: boolean }> {
  if (typeof command.external_id === "string") {
    const known = await deps.db.agents.findByExternalId(command.external_id);
    if (known !== null) return { agent: known, created: false };
  }
  // Before the definition is made: a mistake leaves nothing behind.
  const session_id = command.session_id ?? (await sessionOf(deps, command.parent_agent_id)) ?? deps.newId();
  const definition = await definitionNamed(deps, kind);
  return createRuntimeAgent(deps, { ...command, orchestrator_agent_id: definition.id, session_id });
}

async function sessionOf(deps: CommandDeps, id: string | null | undefined): Promise<string | null> {
  if (id === null || id === undefined) return null;
  const { value } = await deps.db.agents.get(id);
  if (value === null) throw notFound("runtime agent", id);
  return value.session_id;
}

async function definitionNamed(deps: CommandDeps, name: string): Promise<OrchestratorAgent> {
  const store = deps.db.orchestratorAgents;
  const known = await store.findByName(name);
  if (known !== null) return known;
  try {
    return await createOrchestratorAgent(deps, { name, agent_type: "custom" });
  } catch (error) {
    // Another agent of this kind may have come at the same time.
    const made = error instanceof Problem && error.code === "conflict" ? await store.findByName(name) : null;
    if (made === null) throw error;
    return made;
  }
}
