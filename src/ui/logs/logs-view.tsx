import { useMemo, useState } from "preact/hooks";
import { ApiError } from "#src/client/client.ts";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { filterOf, queryOf } from "./log-filter.ts";
import { LogFilters } from "./log-filters.tsx";
import { LogList } from "./log-list.tsx";
import { useFilterAddress } from "./use-filter-address.ts";

/** All logs, of agents or of the system. What is filtered stands in the address. */
export function LogsView({ query }: ViewProps) {
  const filter = useMemo(() => filterOf(query), [query.toString()]);
  const [error, setError] = useState<Error | null>(null);
  const faults = error instanceof ApiError && error.status === 422 ? (error.problem.errors ?? []) : [];
  const go = useFilterAddress();
  return (
    <div class="logs-view">
      <LogFilters filter={filter} faults={faults} onChange={(next, way) => go(hrefOf("logs", queryOf(next)), way)} />
      <LogList filter={filter} onError={setError} />
    </div>
  );
}
