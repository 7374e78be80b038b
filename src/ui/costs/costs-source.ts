import type { Change, Client, RequestOptions } from "#src/client/client.ts";
import type { CostKey, CostRow } from "#src/domain/costs.ts";
import { atHead } from "#src/ui/store/at-head.ts";
import type { Source } from "#src/ui/store/source.ts";
import { coversTime, type Days, windowOf } from "./range.ts";

/** What the API tells at the most. */
export const MOST_ROWS = 1_000;
/** Sessions that one request asks for. */
const MOST_IDS = 200;

export type Costs = {
  readonly by: CostKey;
  readonly rows: readonly CostRow[];
  /** By day, the newest first: what the totals are made of. */
  readonly days: readonly CostRow[];
  /** By agents, where each belongs; of the first rows only. */
  readonly sessions: ReadonlyMap<string, string>;
};

/** Costs by something. @param limit rows at the most; days are always read whole */
export function costsSource(by: CostKey, days: Days, limit: number): Source<Costs> {
  return {
    key: `costs ${by} ${days.first} ${days.last} ${limit}`,
    load: (client, options) => atHead(client, options, async () => readCosts(client, options, by, days, limit)),
    outdates: (change) => outdatesCosts(change, by, days),
  };
}

async function readCosts(
  client: Client,
  options: RequestOptions,
  by: CostKey,
  days: Days,
  limit: number,
): Promise<Costs> {
  const window = windowOf(days);
  const [byDay, rows] = await Promise.all([
    client.listCosts({ by: "day", ...window, limit: MOST_ROWS }, options),
    by === "day" ? [] : client.listCosts({ by, ...window, limit }, options),
  ]);
  const sessions = by === "agent" ? await sessionsOf(client, options, rows) : new Map<string, string>();
  return { by, rows: by === "day" ? byDay : rows, days: byDay, sessions };
}

async function sessionsOf(
  client: Client,
  options: RequestOptions,
  rows: readonly CostRow[],
): Promise<ReadonlyMap<string, string>> {
  // A comma in an id of another program would be taken for two.
  const ids = rows.flatMap(({ key }) => (key === null || key.includes(",") ? [] : [key])).slice(0, MOST_IDS);
  if (ids.length === 0) return new Map();
  const board = await client.listBoard({ agent_id: ids }, options);
  return new Map(board.rows.map((row) => [row.id, row.session_id]));
}

/** Whether a change may move costs of these days: by when it was, or by when what it concerns began. */
export function outdatesCosts(change: Change, by: CostKey, days: Days): boolean {
  switch (change.type) {
    case "prompt.created":
    case "prompt.updated":
    case "prompt.deleted":
      return coversTime(days, change.at) || coversTime(days, change.data.created_at);
    case "agent.created":
    case "agent.updated":
    case "agent.deleted":
      return coversTime(days, change.at) || coversTime(days, change.data.started_at);
    case "orchestrator_agent.updated":
    case "orchestrator_agent.deleted":
      return by === "definition" || by === "agent";
    default:
      return false;
  }
}
