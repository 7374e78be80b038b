import type { Source } from "#src/ui/store/source.ts";
import { listLogs, type LogFilter, passes, textOf } from "./log-filter.ts";
import { arrive, type LogPages, MOST_FIRST, newestOf, readAgain, readFromTop, withoutAgents } from "./log-pages.ts";
import { type LogKey, type LogRow, rowOfChange } from "./log-row.ts";

/** Rows of a page that is asked for. */
export const PAGE_ROWS = 200;

/** The logs of a filter. `history` tells one history of the server from another: after a cut it is a list of its own. */
export function logSource(filter: LogFilter, history: number | string = ""): Source<LogPages> {
  const isSearch = filter.q !== undefined && filter.q.trim() !== "";
  // Taken before the first try: what comes while reads fail is no proof that nothing lies between.
  let newest: LogKey | null | undefined;
  return {
    key: `logs:${history}:${textOf(filter)}`,
    async load(client, options, known) {
      if (known === undefined) newest = undefined;
      else if (newest === undefined) newest = newestOf(known);
      const { rows, cursor, seq } = await listLogs(client, filter, { limit: PAGE_ROWS, cursor: null }, options);
      const value = readFromTop(rows, cursor, newest);
      newest = undefined;
      return { seq, value };
    },
    merge: readAgain,
    reduce(list, changes) {
      const rows: LogRow[] = [];
      const gone = new Set<unknown>();
      for (const change of changes) {
        if (change.type === "agent.deleted") gone.add(change.id);
        else if (!isSearch && passes(filter, change)) rows.push(rowOfChange(change)!);
      }
      return gone.size === 0 ? arrive(list, rows) : withoutAgents(arrive(list, rows), gone);
    },
    // A search only the server can do; and what has grown long is read anew to be short.
    outdates: (change, list) =>
      passes(filter, change) && (isSearch || (list.isFollowing && list.pages[0]!.count > MOST_FIRST)),
  };
}
