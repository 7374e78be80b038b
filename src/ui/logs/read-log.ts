import type { Client, RequestOptions } from "#src/client/client.ts";
import type { LogRest, LogRow } from "./log-row.ts";

/** Rows that one request may give. */
const LARGEST_PAGE = 1000;

/**
 * The whole of a log. There is none by its id alone: it is among those of its millisecond.
 *
 * @returns null when it is gone
 */
export async function readLog(client: Client, row: LogRow, options?: RequestOptions): Promise<LogRest | null> {
  const since = new Date(row.millis).toISOString();
  const until = new Date(row.millis + 1).toISOString();
  const common = { level: row.level, since, until, limit: LARGEST_PAGE };
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Client["listAgentLogs"] | Client["listSystemLogs"]>> =
      row.agentId === null
        ? await client.listSystemLogs({ ...common, cursor }, options)
        : await client.listAgentLogs({ ...common, cursor, ...agentOf(row.agentId) }, options);
    const found = page.rows.find(({ id }) => id === row.id);
    if (found !== undefined) return { message: found.message, details: found.details };
    cursor = page.cursor;
  } while (cursor !== null);
  return null;
}

/** A comma separates ids: one that holds some is no filter. */
function agentOf(id: string): { agent_id?: readonly string[] } {
  return id.includes(",") ? {} : { agent_id: [id] };
}
