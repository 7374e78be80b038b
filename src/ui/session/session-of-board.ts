import type { BoardAgent } from "#src/domain/board.ts";
import type { SessionAgent, SessionState } from "./session-source.ts";

/** The board gives no more. */
const MOST = 1_000;

/** A session as far as its agents tell it: for one whose id cannot stand in a URL and so cannot be read itself. */
export function sessionOfBoard(session_id: string, rows: readonly BoardAgent[]): SessionState {
  const agents = new Map(rows.map((row) => [row.id, agentOf(row)]));
  const by_status: SessionState["totals"]["agents"]["by_status"] = {};
  for (const { status } of rows) by_status[status] = (by_status[status] ?? 0) + 1;
  const sumOf = (name: "prompts" | "tokens_input" | "tokens_output" | "cost_usd") =>
    rows.reduce((sum, row) => sum + row[name], 0);
  const times = rows.flatMap(({ started_at, updated_at }) => [started_at, updated_at]);
  const known = times.filter((time) => time !== null).toSorted();
  const totals = {
    session_id,
    agents: {
      total: rows.length,
      by_status,
      quiet: rows.filter((row) => row.quiet_since !== null && !row.lost).length,
      lost: rows.filter((row) => row.lost).length,
    },
    prompts: sumOf("prompts"),
    tokens_input: sumOf("tokens_input"),
    tokens_output: sumOf("tokens_output"),
    cost_usd: sumOf("cost_usd"),
    first_activity_at: known[0] ?? null,
    last_activity_at: known.at(-1) ?? null,
    config: null,
  };
  return { totals, agents, isCut: rows.length >= MOST };
}

function agentOf(row: BoardAgent): SessionAgent {
  const { agent_type: _type, last_log: _log, ...agent } = row;
  return { ...agent, external_id: null, context: null };
}
