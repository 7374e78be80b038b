import { z } from "zod";
import { CONFIG_HELP } from "./budget.ts";
import { windowedListQuery } from "./listing.ts";
import { AgentStatus, RuntimeAgent } from "./runtime-agent.ts";
import { Timestamp } from "./timestamp.ts";
import { Count, CountTotal, Json, StoredJson, UsdTotal } from "./values.ts";

const totals = {
  session_id: z.string(),
  agents: z.strictObject({
    total: Count,
    by_status: z.partialRecord(AgentStatus, Count),
    quiet: Count.meta({
      description: "Alive ones that nothing has come of for longer than QUIET_AFTER, but for the lost",
    }),
    lost: Count.meta({ description: "Those that nothing has come of for longer than LOST_AFTER" }),
  }),
  prompts: Count,
  tokens_input: CountTotal,
  tokens_output: CountTotal,
  cost_usd: UsdTotal.meta({ description: "Sum of the agents' costs, in US dollars" }),
  first_activity_at: Timestamp.nullable(),
  last_activity_at: Timestamp.nullable(),
  config: StoredJson.meta({ description: "What the session is configured with" }),
};

/** The agents that share a `session_id`, added up. */
export const Session = z
  .strictObject(totals)
  .meta({ id: "Session", description: "The agents that share a `session_id`, added up" });
export type Session = z.infer<typeof Session>;

/** An agent of a session with the agents it started in that session. */
export type AgentTree = RuntimeAgent & { children: AgentTree[] };

export const AgentTree: z.ZodType<AgentTree> = RuntimeAgent.extend({
  get children() {
    return z.array(AgentTree);
  },
}).meta({ id: "AgentTree", description: "A runtime agent with the agents it started in this session" });

export const SessionWithTree = z
  .strictObject({
    ...totals,
    tree: z.array(AgentTree).meta({ description: "Agents without a parent in this session; cycles are cut" }),
    truncated: z.literal(true).optional().meta({ description: "Present when only the newest agents are in `tree`" }),
  })
  .meta({ id: "SessionWithTree" });
export type SessionWithTree = z.infer<typeof SessionWithTree>;

export const UpdateSession = z
  .strictObject({ config: Json.optional().meta({ description: CONFIG_HELP, examples: [{ max_cost_usd: 10 }] }) })
  .meta({ id: "UpdateSession", examples: [{ config: { max_cost_usd: 10 } }] });
export type UpdateSession = z.infer<typeof UpdateSession>;

export const SessionQuery = windowedListQuery({});

/** Levels of a tree; agents deeper than that hang at the last level as siblings. */
const MAX_LEVELS = 100;

/** Where an agent hangs: below that parent, or as a root, at a level counted from 1. */
type Place = { readonly parent: AgentTree | null; readonly level: number };

const ROOT: Place = { parent: null, level: 1 };

/** Builds the tree of a session's agents, in their order. A cycle is cut above the agent where it is first reached. */
export function agentTree(agents: readonly RuntimeAgent[]): AgentTree[] {
  const nodes = new Map(agents.map((agent): [string, AgentTree] => [agent.id, { ...agent, children: [] }]));
  const places = new Map<string, Place>();
  const roots: AgentTree[] = [];
  for (const node of nodes.values()) findPlaces(node, nodes, places);
  for (const node of nodes.values()) (places.get(node.id)!.parent?.children ?? roots).push(node);
  return roots;
}

/** Finds the place of a node and of those above it, climbing without recursion. */
function findPlaces(node: AgentTree, nodes: Map<string, AgentTree>, places: Map<string, Place>): void {
  const path = new Set<AgentTree>();
  let top: AgentTree | undefined = node;
  while (top !== undefined && !places.has(top.id) && !path.has(top)) {
    path.add(top);
    top = top.parent_agent_id === null ? undefined : nodes.get(top.parent_agent_id);
  }
  if (top !== undefined && !places.has(top.id)) places.set(top.id, ROOT);
  let parent = top;
  for (const child of [...path].toReversed()) {
    if (child !== top) places.set(child.id, parent === undefined ? ROOT : below(parent, places.get(parent.id)!));
    parent = child;
  }
}

function below(parent: AgentTree, place: Place): Place {
  return place.level < MAX_LEVELS ? { parent, level: place.level + 1 } : place;
}
