import { createAgentLogs } from "#src/commands/agent-logs.ts";
import type { CommandDeps } from "#src/commands/deps.ts";
import { registerAgent } from "#src/commands/register-agent.ts";
import { updateRuntimeAgent } from "#src/commands/runtime-agents.ts";
import { createSystemLog } from "#src/commands/system-logs.ts";
import { createWorkflow, updateWorkflow } from "#src/commands/workflows.ts";
import { Problem } from "#src/domain/problem.ts";
import type { Broadcast, Note } from "#src/ingest/broadcasts.ts";
import { hashOf } from "#src/ingest/values.ts";

const COMPONENT = "adw";

export type BroadcastDeps = CommandDeps & {
  /** What the store keeps of a text. */
  readonly stored: (text: string) => string;
};

/**
 * Stores what a workflow process has told, by the commands of the API: who watches sees it as every other change. What
 * the state machines do not allow changes nothing and is noted. Rejects with the store's errors.
 */
export async function storeBroadcast(deps: BroadcastDeps, broadcast: Broadcast): Promise<void> {
  const { name, workflow, agent, note } = withSafeIds(broadcast, deps.stored);
  if (workflow !== undefined) await storeWorkflow(deps, name, workflow);
  if (agent !== undefined) await storeAgent(deps, name, agent);
  if (note !== null) await write(deps, note);
}

/** An id that holds a secret is not kept as it is; nor are two of them the same afterwards. */
function withSafeIds({ name, workflow, agent, note }: Broadcast, stored: BroadcastDeps["stored"]): Broadcast {
  const safe = (id: string): string => (stored(id) === id ? id : `~${hashOf("adw", id)}`);
  const create = agent?.create ?? null;
  return {
    name,
    ...(workflow === undefined ? {} : { workflow: { ...workflow, id: safe(workflow.id) } }),
    ...(agent === undefined
      ? {}
      : {
          agent: {
            ...agent,
            id: safe(agent.id),
            create: create === null ? null : { ...create, session: safe(create.session) },
          },
        }),
    note: note === null || note.agentId === null ? note : { ...note, agentId: safe(note.agentId) },
  };
}

async function storeWorkflow(
  deps: CommandDeps,
  name: string,
  { id, create, update }: NonNullable<Broadcast["workflow"]>,
): Promise<void> {
  if ((await deps.db.workflows.get(id)).value !== null) {
    await orNoted(deps, null, { broadcast: name, adw_id: id, ...update }, () => updateWorkflow(deps, id, update));
  } else if (create === null) {
    const details = { broadcast: name, adw_id: id, ...update };
    await write(deps, { ...UNKNOWN, message: `A broadcast about an unknown workflow: ${id}`, details });
  } else {
    // By the id that the process knows it by: later messages name it.
    await createWorkflow(
      { ...deps, newId: () => id },
      { ...create, orchestrator_agent_id: await knownDefinition(deps, create.orchestrator_agent_id) },
    );
  }
}

async function knownDefinition(deps: CommandDeps, id: string | null | undefined): Promise<string | null> {
  if (id === null || id === undefined) return null;
  return (await deps.db.orchestratorAgents.get(id)).value?.id ?? null;
}

async function storeAgent(
  deps: CommandDeps,
  name: string,
  { id, create, metadata, update }: NonNullable<Broadcast["agent"]>,
): Promise<void> {
  const known = await agentOf(deps, id);
  if (known !== null) {
    await orNoted(deps, known, { broadcast: name, ...update }, () => updateRuntimeAgent(deps, known, update));
  } else if (create === null) {
    const details = { broadcast: name, agent_id: id, ...update };
    await write(deps, { ...UNKNOWN, message: `A broadcast about an unknown agent: ${id}`, details });
  } else {
    const { kind, name: called, session: session_id } = create;
    const made = { kind, name: called, session_id, external_id: externalId(id), status: update.status, metadata };
    const { agent } = await registerAgent(deps, made);
    if (update.cost_usd !== undefined) await updateRuntimeAgent(deps, agent.id, { cost_usd: update.cost_usd });
  }
}

const UNKNOWN = { agentId: null, level: "INFO", type: "milestone" } as const;

/** The process may have written the agent into this very file itself, or only have told of it. */
async function agentOf(deps: CommandDeps, id: string): Promise<string | null> {
  const { value } = await deps.db.agents.get(id);
  return value?.id ?? (await deps.db.agents.findByExternalId(externalId(id)))?.id ?? null;
}

function externalId(id: string): string {
  return `adw:${id}`;
}

async function orNoted(
  deps: CommandDeps,
  agentId: string | null,
  details: Record<string, unknown>,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "conflict") throw error;
    await write(deps, { agentId, level: "WARNING", type: "milestone", message: error.message, details });
  }
}

async function write(deps: CommandDeps, { agentId, level, type, message, details }: Note): Promise<void> {
  const agent = agentId === null ? null : await agentOf(deps, agentId);
  if (agent === null) await createSystemLog(deps, { component: COMPONENT, log_level: level, message, details });
  else await createAgentLogs(deps, [{ agent_id: agent, log_type: type, log_level: level, message, details }]);
}
