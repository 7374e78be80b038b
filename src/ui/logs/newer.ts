import type { Client, RequestOptions } from "#src/client/client.ts";
import { listLogs, type LogFilter, millisOf } from "./log-filter.ts";
import { PAGE_ROWS } from "./log-source.ts";

const MINUTE_MS = 60_000;
const GROWTH = 4;

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
  while (from + span < now) {
    const [since, until] = [new Date(from).toISOString(), new Date(from + span).toISOString()];
    const found = await look({ ...filter, since, until });
    if (found === "none") {
      from += span;
      if (!isNarrowing) span *= GROWTH;
    } else if (found === "some" || span === 1) return until;
    else [span, isNarrowing] = [Math.ceil(span / 2), true];
  }
  return undefined;

  async function look(window: LogFilter): Promise<"none" | "some" | "many"> {
    let cursor: string | null = null;
    do {
      const page = await listLogs(client, window, { limit: PAGE_ROWS, cursor }, options);
      cursor = page.cursor;
      if (page.rows.length > 0) return cursor === null ? "some" : "many";
      // A page of a rare filter may be empty and go on.
    } while (cursor !== null);
    return "none";
  }
}
