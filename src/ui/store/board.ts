import type { Change } from "#src/client/client.ts";
import type { BoardAgent } from "#src/domain/board.ts";
import type { Source } from "./source.ts";

/** The agents that are alive or ended within the last hour, by id, the newest first when they were read. */
export type Board = ReadonlyMap<string, BoardAgent>;

/** So many agents the server tells of; of more, those that wait first, then those that are alive, the newest. */
export const MOST_ON_BOARD = 1000;

/** The one source that is held as long as the page is open. */
export const BOARD: Source<Board> = {
  key: "board",
  async load(client, options, known) {
    const { rows, seq } = await client.listBoard({}, options);
    return { seq, value: new Map(rows.map((row) => [row.id, sameOrNew(known?.get(row.id), row)])) };
  },
  reduce: reduceBoard,
  // Sums of prompts, names of definitions, and what stands on the card of a new agent.
  outdates: ({ type, id }, board) =>
    (type === "agent.updated" && !board.has(id as string)) ||
    type.startsWith("prompt.") ||
    type.startsWith("orchestrator_agent.") ||
    type === "agent.created",
};

function reduceBoard(board: Board, changes: readonly Change[]): Board {
  let next: Map<string, BoardAgent> | null = null;
  for (const change of changes) {
    const now = next ?? board;
    const row = rowAfter(now, change);
    if (row === undefined) continue;
    next ??= new Map(board);
    if (row === null) next.delete(String(change.id));
    else next.set(row.id, row);
  }
  return next ?? board;
}

/** The row that a change makes; null for one that is gone, undefined when it concerns none. */
function rowAfter(board: Board, change: Change): BoardAgent | null | undefined {
  switch (change.type) {
    case "agent.created":
    case "agent.updated":
      // Who is left out of a full board, only the server can tell.
      if (board.size >= MOST_ON_BOARD && !board.has(change.data.id)) return undefined;
      return { ...(board.get(change.data.id) ?? UNKNOWN), ...summaryOf(change.data) };
    case "agent.deleted":
      return board.has(change.id as string) ? null : undefined;
    case "agent_log.created": {
      const agent = board.get(change.agent_id ?? "");
      const log = change.data;
      if (agent === undefined || log === null || !tells(agent, log)) return undefined;
      const { id, log_level, log_type, message, created_at } = log;
      return { ...agent, last_log: { id, log_level, log_type, message, created_at } };
    }
    default:
      return undefined;
  }
}

type AgentData = Extract<Change, { type: `agent.${string}` }>["data"];
type LogData = NonNullable<Extract<Change, { type: `agent_log.${string}` }>["data"]>;

/** Whether a log tells what an agent does: its cost does not. A change of status does while there is nothing else. */
function tells({ last_log }: BoardAgent, { log_type }: LogData): boolean {
  if (log_type === "cost_update") return false;
  return log_type !== "state_change" || last_log === null || last_log.log_type === "state_change";
}

const UNKNOWN = { definition: null, agent_type: null, prompts: 0, tokens_input: 0, tokens_output: 0, last_log: null };

function summaryOf(row: AgentData): Omit<BoardAgent, keyof typeof UNKNOWN> {
  const { id, name, orchestrator_agent_id, session_id, parent_agent_id, status } = row;
  const { started_at, updated_at, completed_at, cost_usd, error_message, quiet_since, lost } = row;
  const names = { id, name, orchestrator_agent_id, session_id, parent_agent_id, status };
  return { ...names, started_at, updated_at, completed_at, cost_usd, error_message, quiet_since, lost };
}

/** The row that is known where the other says the same: so that only cards that changed are drawn. */
function sameOrNew(known: BoardAgent | undefined, row: BoardAgent): BoardAgent {
  if (known === undefined) return row;
  const isSame = (Object.keys(row) as (keyof BoardAgent)[]).every((name) => {
    return name === "last_log" ? row.last_log?.id === known.last_log?.id : row[name] === known[name];
  });
  return isSame ? known : row;
}
