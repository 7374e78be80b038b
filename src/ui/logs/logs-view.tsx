import { useMemo, useState } from "preact/hooks";
import { ApiError } from "#src/client/client.ts";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { type LogFilter, filterOf, queryOf } from "./log-filter.ts";
import { LogFilters } from "./log-filters.tsx";
import { LogList } from "./log-list.tsx";

/** All logs, of agents or of the system. What is filtered stands in the address. */
export function LogsView({ query }: ViewProps) {
  const filter = useMemo(() => filterOf(query), [query.toString()]);
  const [error, setError] = useState<Error | null>(null);
  const faults = error instanceof ApiError && error.status === 422 ? (error.problem.errors ?? []) : [];
  function change(next: LogFilter): void {
    navigate(hrefOf("logs", queryOf(next)), { isSame: true });
  }
  return (
    <div class="logs-view">
      <LogFilters filter={filter} faults={faults} onChange={change} />
      <LogList filter={filter} onError={setError} />
    </div>
  );
}
