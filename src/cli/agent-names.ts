import { type Client, isTransient } from "#src/client/client.ts";
import { ApiError } from "#src/client/errors.ts";
import { definitionNames } from "./definitions.ts";

/** Names of runtime agents, as a reader knows them: their own, or that of their definition. */
export type AgentNames = {
  /** Learns from a row that passes by anyhow. */
  learn(agent: AgentRow): void;
  learnDefinition(id: string, name: string): void;
  /** The name; asks the server once for an agent not seen yet. */
  of(agentId: string): Promise<string>;
};

type AgentRow = { readonly id: string; readonly name: string | null; readonly orchestrator_agent_id: string };

const SHORT = 8;
/** Beyond so many agents the first are forgotten, and asked for again. */
const MOST = 10_000;

export async function readAgentNames(client: Client): Promise<AgentNames> {
  const definitions = await definitionNames(client);
  const agents = new Map<string, AgentRow | null>();

  function remember(id: string, agent: AgentRow | null): void {
    if (agents.size >= MOST) agents.delete(agents.keys().next().value!);
    agents.set(id, agent);
  }

  async function ask(id: string): Promise<AgentRow | null> {
    try {
      return await client.getRuntimeAgent(id);
    } catch (error) {
      // A name is not worth ending for: the agent is gone, or the server is, which the watch will say itself.
      if (isTransient(error) || (error instanceof ApiError && error.status === 404)) return null;
      throw error;
    }
  }

  return {
    learn: (agent) => remember(agent.id, agent),
    learnDefinition: (id, name) => void definitions.set(id, name),
    async of(id) {
      if (!agents.has(id)) remember(id, await ask(id));
      const agent = agents.get(id);
      const name = agent?.name ?? (agent ? definitions.get(agent.orchestrator_agent_id) : undefined);
      return name ?? `…${id.slice(-SHORT)}`;
    },
  };
}
