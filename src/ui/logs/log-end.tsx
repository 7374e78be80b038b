import { Failure } from "#src/ui/parts/failure.tsx";
import { formatCount } from "#src/ui/parts/format.ts";
import { hrefOf } from "#src/ui/shell/route.ts";
import type { Source } from "#src/ui/store/source.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { isNarrowed, isOver, type LogFilter, queryOf } from "./log-filter.ts";
import type { LogPages } from "./log-pages.ts";
import { MOST_ROWS, type Reading } from "./use-log-pages.ts";

type Props = {
  readonly filter: LogFilter;
  readonly list: LogPages;
  readonly count: number;
  readonly reading: Reading;
};

/** What stands below the last row: that older ones are read, or that there are none. */
export function LogEnd({ filter, list, count, reading }: Props) {
  if (reading.error !== null) {
    return <Failure error={reading.error} what="Older logs could not be read" onRetry={reading.retry} />;
  }
  const { next, pages } = list;
  if (next === null) return count === 0 ? <Nothing filter={filter} /> : <Oldest filter={filter} />;
  if (count < MOST_ROWS) return <p class="muted">{count === 0 ? "Searching…" : "Reading older logs…"}</p>;
  const last = pages.at(-1)?.last;
  const until = new Date((last?.millis ?? 0) + 1).toISOString();
  return (
    <p>
      This list ends after {formatCount(MOST_ROWS)} logs.{" "}
      <a href={hrefOf("logs", queryOf({ ...filter, until }))}>Go on from here</a>
    </p>
  );
}

function Nothing({ filter }: { readonly filter: LogFilter }) {
  if (isOver(filter.until)) return <p class="muted">No log passes these filters.</p>;
  if (isNarrowed(filter)) return <p class="muted">No log passes these filters. New ones appear here as they come.</p>;
  const what = filter.kind === "system" ? "The server has logged nothing yet." : "No agent has logged anything yet.";
  return <p class="muted">{what} New logs appear here as they come.</p>;
}

/** For how many days logs are kept, 0 for ever. It changes with a restart only. */
const RETENTION: Source<number> = {
  key: "logs:retention",
  load: async (client, options) => ({
    value: (await client.getStorage(options)).retention.days,
    seq: Number.MAX_SAFE_INTEGER,
  }),
};

function Oldest({ filter }: { readonly filter: LogFilter }) {
  const days = useSource(RETENTION).value ?? 0;
  const isWhole = filter.since === undefined;
  return (
    <p class="muted">
      {isWhole ? "This is the oldest log." : "This is the oldest log of that time."}
      {days > 0 && isWhole ? ` Logs are kept for ${days === 1 ? "a day" : `${formatCount(days)} days`}.` : null}
    </p>
  );
}
