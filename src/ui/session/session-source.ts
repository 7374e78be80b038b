import { ApiError, type Change, type Client } from "#src/client/client.ts";
import type { BoardAgent } from "#src/domain/board.ts";
import { isAddressable } from "#src/client/path.ts";
import type { AgentTree, Session, SessionWithTree } from "#src/domain/session.ts";
import { atHead } from "#src/ui/store/at-head.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionOfBoard } from "./session-of-board.ts";
import { filterOfSession } from "./session-filter.ts";

/** An agent of a session, with what it took; null is not known. */
export type SessionAgent = Omit<AgentTree, "children" | "config" | "metadata"> & {
  /** Name of its definition. */
  readonly definition: string | null;
  readonly prompts: number | null;
  readonly tokens_input: number | null;
  readonly tokens_output: number | null;
};

export type SessionState = {
  readonly totals: Session;
  readonly agents: ReadonlyMap<string, SessionAgent>;
  /** Whether there are older agents than these. */
  readonly isCut: boolean;
};

/** One session with its agents; null where there is none of that id (yet). */
export function sessionSource(id: string): Source<SessionState | null> {
  return {
    key: `session ${id}`,
    load: (client, options, known) =>
      atHead(client, options, async () => {
        if (!isAddressable(id)) {
          const { rows } = await client.listBoard({ session_id: id }, options);
          return rows.length === 0 ? null : sessionOfBoard(id, rows);
        }
        const session = await readSession(client, id, options);
        if (session === null) return null;
        const { rows } = await client.listBoard(filterOfSession(id, session.tree), options);
        return stateOf(session, rows, known ?? null);
      }),
    reduce: (state, changes) => (state === null ? null : reduceSession(state, changes)),
    // Sums of prompts, and what a frame does not tell of a new agent; its change is there at once.
    outdates: ({ type, session_id }) =>
      session_id === id && (type.startsWith("prompt.") || type === "agent.created" || type === "agent.deleted"),
  };
}

async function readSession(client: Client, id: string, options: Parameters<Client["getSession"]>[1]) {
  try {
    return await client.getSession(id, options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function stateOf(session: SessionWithTree, board: readonly BoardAgent[], known: SessionState | null): SessionState {
  const { tree, truncated, ...totals } = session;
  const onBoard = new Map(board.map((agent) => [agent.id, agent]));
  const agents = new Map<string, SessionAgent>();
  const left = [...tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    for (const child of node.children) left.push(child);
    const agent = agentOf(node, onBoard.get(node.id));
    agents.set(node.id, sameOrNew(known?.agents.get(node.id), agent));
  }
  return { totals, agents, isCut: truncated === true };
}

function agentOf(node: AgentTree, row: BoardAgent | undefined): SessionAgent {
  const { id, orchestrator_agent_id, session_id, parent_agent_id, name, external_id, status, context } = node;
  const { started_at, updated_at, completed_at, cost_usd, error_message, quiet_since, lost } = node;
  const who = { id, orchestrator_agent_id, session_id, parent_agent_id, name, external_id, status, context };
  const how = { started_at, updated_at, completed_at, cost_usd, error_message, quiet_since, lost };
  return {
    ...who,
    ...how,
    definition: row?.definition ?? null,
    prompts: row?.prompts ?? null,
    tokens_input: row?.tokens_input ?? null,
    tokens_output: row?.tokens_output ?? null,
  };
}

/** The one that is known where the other says the same, so that only rows that changed are drawn. */
function sameOrNew(known: SessionAgent | undefined, agent: SessionAgent): SessionAgent {
  if (known === undefined) return agent;
  const isSame = (Object.keys(agent) as (keyof SessionAgent)[]).every((name) => {
    return name === "context"
      ? JSON.stringify(known.context) === JSON.stringify(agent.context)
      : known[name] === agent[name];
  });
  return isSame ? known : agent;
}

/** What changes make of a session: its agents and how many are in which state, at once. */
export function reduceSession(state: SessionState, changes: readonly Change[]): SessionState {
  const id = state.totals.session_id;
  let { totals } = state;
  let last = totals.last_activity_at;
  let agents: Map<string, SessionAgent> | null = null;
  for (const change of changes) {
    if (change.type === "orchestrator_agent.updated") agents = renamed(agents ?? state.agents, change.data) ?? agents;
    if (change.session_id !== id) continue;
    if (!tellsSilence(change)) last = later(last, change.at);
    if (change.type === "agent.deleted") {
      agents ??= new Map(state.agents);
      agents.delete(String(change.id));
    } else if (change.type === "agent.created" || change.type === "agent.updated") {
      agents ??= new Map(state.agents);
      const before = agents.get(change.data.id);
      const agent = { ...UNKNOWN, ...before, ...change.data };
      agents.set(agent.id, agent);
      // Who is new is counted when the session is read again.
      if (before !== undefined) totals = counted(totals, before, agent);
    }
  }
  if (totals === state.totals && agents === null && last === totals.last_activity_at) return state;
  return { ...state, totals: { ...totals, last_activity_at: last }, agents: agents ?? state.agents };
}

/** That nothing comes of an agent any more is no activity. */
function tellsSilence(change: Change): boolean {
  return change.type === "agent.updated" && (change.data.quiet_since !== null || change.data.lost);
}

/** With the new name of a definition; null when no agent has another one. */
function renamed(
  agents: SessionState["agents"],
  { id, name }: { readonly id: string; readonly name: string },
): Map<string, SessionAgent> | null {
  let next: Map<string, SessionAgent> | null = null;
  for (const agent of agents.values()) {
    if (agent.orchestrator_agent_id !== id || agent.definition === null || agent.definition === name) continue;
    next ??= new Map(agents);
    next.set(agent.id, { ...agent, definition: name });
  }
  return next;
}

const UNKNOWN = {
  context: null,
  definition: null,
  prompts: null,
  tokens_input: null,
  tokens_output: null,
};

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? other : one;
}

function counted(totals: Session, before: SessionAgent, agent: SessionAgent): Session {
  const by_status = { ...totals.agents.by_status };
  by_status[before.status] = Math.max(0, (by_status[before.status] ?? 0) - 1);
  by_status[agent.status] = (by_status[agent.status] ?? 0) + 1;
  const quiet = totals.agents.quiet + Number(isQuiet(agent)) - Number(isQuiet(before));
  const lost = totals.agents.lost + Number(agent.lost) - Number(before.lost);
  return {
    ...totals,
    agents: { ...totals.agents, by_status, quiet: Math.max(0, quiet), lost: Math.max(0, lost) },
    cost_usd: Math.max(0, totals.cost_usd + agent.cost_usd - before.cost_usd),
  };
}

function isQuiet({ quiet_since, lost }: SessionAgent): boolean {
  return quiet_since !== null && !lost;
}
