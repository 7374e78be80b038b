import { ApiError, type Client, isTransient, type RequestOptions } from "#src/client/client.ts";
import { isAddressable } from "#src/client/path.ts";
import { definitionNames } from "./definitions.ts";

/** Names of runtime agents, as a reader knows them: their own, or that of their definition. */
export type AgentNames = {
  /** Learns from a row that passes by anyhow. */
  learn(agent: AgentRow): void;
  learnDefinition(id: string, name: string): void;
  /** The name; asks the server once for an agent not seen yet. */
  of(agentId: string, options?: RequestOptions): Promise<string>;
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

  /** The agent, null when it is gone; undefined when nobody can say now. */
  async function ask(id: string, options: RequestOptions | undefined): Promise<AgentRow | null | undefined> {
    if (!isAddressable(id)) return null;
    try {
      return await client.getRuntimeAgent(id, options);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      // A name is not worth ending for: that the server is gone, the watch will say itself.
      if (isTransient(error) || options?.signal?.aborted === true) return undefined;
      throw error;
    }
  }

  return {
    learn: (agent) => remember(agent.id, agent),
    learnDefinition: (id, name) => void definitions.set(id, name),
    async of(id, options) {
      const agent = agents.has(id) ? agents.get(id) : await ask(id, options);
      if (agent !== undefined && !agents.has(id)) remember(id, agent);
      const name = agent?.name ?? (agent ? definitions.get(agent.orchestrator_agent_id) : undefined);
      return name ?? `…${id.slice(-SHORT)}`;
    },
  };
}
