import type { Client, RequestOptions } from "#src/client/client.ts";
import type { AgentCost, Cost } from "#src/domain/costs.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionFilter } from "./session-filter.ts";

/** What prompts of a model took; null is no model. */
type ModelRow = AgentCost["by_model"][number];

export type SessionCosts = {
  /** The costliest first. */
  readonly byModel: readonly ModelRow[];
  readonly sources: AgentCost["sources"];
  /** Of the selected agent; null without one. */
  readonly agent: AgentCost | null;
  /** How many agents that no other one started were read, and how many there are. */
  readonly read: number;
  readonly roots: number;
};

/** Each is a request of its own. */
const MOST_ROOTS = 60;
const AT_ONCE = 6;

/** What a session took by model: that of its agents that no other one started, each with all below it; or of one agent. */
export function sessionCostsSource(sessionId: string, agentId: string | null): Source<SessionCosts> {
  return {
    key: `session costs ${JSON.stringify([sessionId, agentId])}`,
    async load(client, options) {
      const { rows, seq } = await client.listBoard(await sessionFilter(client, sessionId, options), options);
      const ids = new Set(rows.map(({ id }) => id));
      const roots = rows.filter(({ parent_agent_id: parent }) => parent === null || !ids.has(parent));
      const wanted = agentId === null ? roots.map(({ id }) => id) : [agentId];
      const costs = await readCosts(client, wanted.slice(0, MOST_ROOTS), options);
      const value = { ...sumsOf(costs), read: costs.length, roots: wanted.length };
      return { seq, value: { ...value, agent: agentId === null ? null : (costs[0] ?? null) } };
    },
    outdates: ({ type, session_id }) =>
      session_id === sessionId && (type.startsWith("prompt.") || type.startsWith("agent.")),
  };
}

async function readCosts(client: Client, ids: readonly string[], options: RequestOptions): Promise<AgentCost[]> {
  const costs: AgentCost[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE).map((id) => client.getAgentCost(id, options));
    costs.push(...(await Promise.all(some)));
  }
  return costs;
}

const NAMES = [
  "prompts",
  "tokens_input",
  "tokens_output",
  "tokens_cache_read",
  "tokens_cache_write",
  "cost_usd",
] as const;

/** Several agents added up. */
function sumsOf(costs: readonly AgentCost[]): Pick<SessionCosts, "byModel" | "sources"> {
  const byModel = new Map<string | null, ModelRow>();
  const sources = { reported: 0, computed: 0, unknown_prompts: 0 };
  for (const cost of costs) {
    for (const row of cost.by_model) {
      const known = byModel.get(row.model);
      byModel.set(row.model, known === undefined ? row : { ...added(known, row), model: row.model });
    }
    sources.reported += cost.sources.reported;
    sources.computed += cost.sources.computed;
    sources.unknown_prompts += cost.sources.unknown_prompts;
  }
  return { byModel: [...byModel.values()].toSorted((a, b) => b.cost_usd - a.cost_usd), sources };
}

function added(one: Cost, other: Cost): Cost {
  return Object.fromEntries(NAMES.map((name) => [name, one[name] + other[name]])) as Cost;
}
