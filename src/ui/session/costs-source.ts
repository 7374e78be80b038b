import type { Client, RequestOptions } from "#src/client/client.ts";
import { isAddressable } from "#src/client/path.ts";
import type { BoardAgent } from "#src/domain/board.ts";
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
  /** What each of them took, by id. */
  readonly reads: ReadonlyMap<string, Read>;
};

/** A cost, and what the board told of those it adds up when it was read. */
type Read = { readonly figures: string; readonly cost: AgentCost };

/** Each is a request of its own. */
const MOST_ROOTS = 60;
const AT_ONCE = 6;

/**
 * What a session took by model: that of its agents that no other one started, each with all below it; or of one agent.
 * Only those are read again of which something has changed.
 */
export function sessionCostsSource(sessionId: string, agentId: string | null): Source<SessionCosts> {
  /** Agents whose prompts have changed since the last read: of their models the board tells nothing. */
  let touched = new Set<string | null>();
  return {
    key: `session costs ${JSON.stringify([sessionId, agentId])}`,
    async load(client, options, known) {
      const taken = touched;
      touched = new Set();
      try {
        const { rows, seq } = await client.listBoard(await sessionFilter(client, sessionId, options), options);
        const trees = treesOf(rows);
        const wanted = agentId === null ? [...trees.keys()] : [agentId];
        const isUnknown = !taken.isSubsetOf(new Set(rows.map(({ id }) => id)));
        const readOf = (id: string) => {
          const tree = trees.get(id);
          const read = known?.reads.get(id);
          if (tree === undefined || isUnknown || tree.some((row) => taken.has(row.id))) return;
          return read?.figures === figuresOf(tree) ? read : undefined;
        };
        const asked = wanted.filter(isAddressable).slice(0, MOST_ROOTS);
        const reads = new Map(asked.map((id) => [id, readOf(id)]));
        const old = asked.filter((id) => reads.get(id) === undefined);
        for (const cost of await readCosts(client, old, options)) {
          reads.set(cost.agent_id, { figures: figuresOf(trees.get(cost.agent_id)), cost });
        }
        return { seq, value: valueOf(reads as ReadonlyMap<string, Read>, wanted.length, agentId) };
      } catch (error) {
        touched = touched.union(taken);
        throw error;
      }
    },
    outdates({ type, session_id, agent_id }) {
      if (session_id !== sessionId) return false;
      if (type.startsWith("prompt.")) touched.add(agent_id);
      return type.startsWith("prompt.") || type.startsWith("agent.");
    },
  };
}

function valueOf(reads: ReadonlyMap<string, Read>, roots: number, agentId: string | null): SessionCosts {
  const costs = [...reads.values()].map(({ cost }) => cost);
  return { ...sumsOf(costs), read: costs.length, roots, reads, agent: agentId === null ? null : (costs[0] ?? null) };
}

/** Agents that no other one of these started, each with all below it. Those that started each other are below none. */
function treesOf(rows: readonly BoardAgent[]): ReadonlyMap<string, readonly BoardAgent[]> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const trees = new Map<string, BoardAgent[]>();
  for (const row of rows) {
    let root = row;
    const path = new Set<BoardAgent>();
    for (let one: BoardAgent | undefined = row; one !== undefined && !path.has(one); one = parentOf(one)) {
      path.add(one);
      root = one;
    }
    if (parentOf(root) !== undefined) continue;
    const tree = trees.get(root.id);
    if (tree === undefined) trees.set(root.id, [row]);
    else tree.push(row);
  }
  return trees;

  function parentOf({ parent_agent_id }: BoardAgent): BoardAgent | undefined {
    return byId.get(parent_agent_id ?? "");
  }
}

function figuresOf(rows: readonly BoardAgent[] = []): string {
  return JSON.stringify(
    rows.map(({ id, prompts, tokens_input, tokens_output, cost_usd }) => {
      return [id, prompts, tokens_input, tokens_output, cost_usd];
    }),
  );
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
