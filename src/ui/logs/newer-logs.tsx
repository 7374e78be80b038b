import { useEffect, useState } from "preact/hooks";
import { Failure } from "#src/ui/parts/failure.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { type LogFilter, millisOf, queryOf } from "./log-filter.ts";
import { newerUntil } from "./newer.ts";

type Props = {
  readonly filter: LogFilter;
  readonly until: string;
  readonly onChange: (filter: LogFilter) => void;
};

/** Where a list begins that leaves newer logs out, and the ways to those. */
export function NewerLogs({ filter, until, onChange }: Props) {
  const store = useStore();
  const [looking, setLooking] = useState<AbortController | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => () => looking?.abort(), [looking]);
  useEffect(() => setError(null), [until]);

  async function look(): Promise<void> {
    const own = new AbortController();
    setLooking(own);
    setError(null);
    try {
      const next = await newerUntil(store.client, { ...filter, until }, Date.now(), own);
      if (own.signal.aborted) return;
      const { until: _, ...others } = filter;
      onChange(next === undefined ? others : { ...others, until: next });
    } catch (failure) {
      if (!own.signal.aborted) setError(failure as Error);
    }
    setLooking(null);
  }

  return (
    <>
      {error === null ? null : (
        <Failure error={error} what="Newer logs could not be read" onRetry={() => void look()} />
      )}
      <p class="muted logs-window">
        Logs before <Time at={new Date(millisOf(until)).toISOString()} as="full" />.{" "}
        <button type="button" class="link" disabled={looking !== null} onClick={() => void look()}>
          Newer
        </button>{" "}
        <a href={hrefOf("logs", queryOf({ ...filter, until: "" }))}>Newest</a>
      </p>
    </>
  );
}
