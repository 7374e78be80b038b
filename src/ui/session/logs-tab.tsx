import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError } from "#src/client/client.ts";
import { LOG_LEVELS, LOG_TYPES } from "#src/domain/vocabulary.ts";
import { type LogFilter, filterOf, queryOf } from "#src/ui/logs/log-filter.ts";
import { LogList } from "#src/ui/logs/log-list.tsx";
import { ToggleSet } from "#src/ui/logs/toggle-set.tsx";
import { TypedField } from "#src/ui/logs/typed-field.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";

type Props = {
  readonly sessionId: string;
  readonly agents: ReadonlyMap<string, unknown>;
  readonly selected: string | null;
  readonly query: URLSearchParams;
  /** Puts names of the query in place of those that stand in the address. */
  readonly onNarrow: (query: Readonly<Record<string, string | undefined>>) => void;
};

/** A filter takes no more values. */
const MOST_AGENTS = 100;

/** The logs of a session, as they come: the same list as that of all logs, narrowed. */
export function LogsTab({ sessionId, agents: known, selected, query, onNarrow }: Props) {
  const agents = sessionId.includes(",") ? [...known.keys()].slice(0, MOST_AGENTS).join(" ") : "";
  const [error, setError] = useState<Error | null>(null);
  const [level, type, q] = ["level", "type", "q"].map((name) => query.get(name) ?? "");
  const filter = useMemo((): LogFilter => {
    const narrowed = filterOf(new URLSearchParams({ level: level!, type: type!, q: q! }));
    if (selected !== null) return { ...narrowed, agent: [selected] };
    // In a filter a comma means "any of": then its agents stand for the session.
    return sessionId.includes(",")
      ? { ...narrowed, agent: (agents || "-").split(" ") }
      : { ...narrowed, session: [sessionId] };
  }, [sessionId, selected, agents, level, type, q]);
  useEffect(() => setError(null), [filter]);
  const faults = error instanceof ApiError && error.status === 422 ? (error.problem.errors ?? []) : [];
  const errorOf = (name: string) => faults.find(({ pointer }) => pointer.split(".")[0] === name)?.detail;
  return (
    <div class="session-logs">
      <search class="logs-filters">
        <div class="logs-filters-row">
          <TypedField
            label="Search"
            type="search"
            value={q!}
            error={errorOf("q")}
            placeholder="Words of the message or its details"
            onType={(text) => onNarrow({ q: text })}
          />
          <a class="button" href={hrefOf("logs", queryOf(filter))}>
            Open in Logs
          </a>
        </div>
        <div class="logs-filters-row">
          <ToggleSet
            label="Level"
            values={LOG_LEVELS}
            chosen={filter.level}
            error={errorOf("level")}
            onChange={(values) => onNarrow({ level: values.join(",") })}
          />
          <ToggleSet
            label="Type"
            values={LOG_TYPES}
            chosen={filter.type}
            error={errorOf("log_type")}
            onChange={(values) => onNarrow({ type: values.join(",") })}
          />
        </div>
      </search>
      <LogList filter={filter} onError={setError} />
    </div>
  );
}
