import type { Client, RequestOptions } from "#src/client/client.ts";
import { listLogs, type LogFilter, millisOf } from "./log-filter.ts";
import { PAGE_ROWS } from "./log-source.ts";

const MINUTE_MS = 60_000;
const GROWTH = 4;
/** So many are worth a page of their own. */
const ENOUGH = 40;

/**
 * The `until` of the page of logs that are newer than those of a filter: lists go back in time only, so a window is
 * looked for that has some and not too many. Undefined when it reaches the present.
 */
export async function newerUntil(
  client: Client,
  filter: LogFilter & { readonly until: string },
  now: number,
  options?: RequestOptions,
): Promise<string | undefined> {
  let from = millisOf(filter.until);
  let span = MINUTE_MS;
  let isNarrowing = false;
  let few: string | undefined;
  while (from < now) {
    const end = Math.min(from + span, now);
    const until = new Date(end).toISOString();
    const { count, isMany } = await look({ ...filter, since: new Date(from).toISOString(), until });
    if (isMany && few !== undefined) return few;
    if (isMany && end - from > 1) [span, isNarrowing] = [Math.ceil((end - from) / 2), true];
    else if (end === now) return undefined;
    else if (count >= ENOUGH || (count > 0 && (isNarrowing || isMany))) return until;
    else {
      // Nothing is lost of what is empty; beside few there is room for more.
      if (count === 0) from = end;
      else few = until;
      if (!isNarrowing) span *= GROWTH;
    }
  }
  return undefined;

  async function look(window: LogFilter): Promise<{ readonly count: number; readonly isMany: boolean }> {
    let cursor: string | null = null;
    do {
      const page = await listLogs(client, window, { limit: PAGE_ROWS, cursor }, options);
      cursor = page.cursor;
      if (page.rows.length > 0) return { count: page.rows.length, isMany: cursor !== null };
      // A page of a rare filter may be empty and go on.
    } while (cursor !== null);
    return { count: 0, isMany: false };
  }
}
