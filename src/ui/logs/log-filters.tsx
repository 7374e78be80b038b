import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiProblem } from "#src/client/client.ts";
import { LOG_LEVELS, LOG_TYPES } from "#src/domain/vocabulary.ts";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { Field } from "#src/ui/parts/field.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";
import { isNarrowed, isOver, type LogFilter, queryOf } from "./log-filter.ts";
import { fromField, toField } from "./log-time.tsx";
import { ToggleSet } from "./toggle-set.tsx";
import { TypedField } from "./typed-field.tsx";
import type { Way } from "./use-filter-address.ts";
import { NewerLogs } from "./newer-logs.tsx";
import { AgentOptions, SessionOptions } from "./filter-options.tsx";

type Props = {
  readonly filter: LogFilter;
  /** What the server says is wrong with it. */
  readonly faults: NonNullable<ApiProblem["errors"]>;
  readonly onChange: (filter: LogFilter, way: Way) => void;
};

const KINDS = [
  ["agent", "Agents"],
  ["system", "System"],
] as const;
/** What the filter is called in the server's faults. */
const PARAMETERS = {
  level: "level",
  type: "log_type",
  agent: "agent_id",
  session: "session_id",
  component: "component",
  since: "since",
  until: "until",
  q: "q",
} as const;
const SEARCH_HINT = 'All words, in any case; "quotes" for a phrase, -word to leave out';

/** Which logs are shown, and the address of that. */
export function LogFilters({ filter, faults, onChange }: Props) {
  const more = countMore(filter);
  const [isOpen, setOpen] = useState(() => innerWidth >= 900);
  const search = useSlash();
  const errorOf = (name: keyof typeof PARAMETERS) =>
    faults.find(({ pointer }) => pointer.split(".")[0] === PARAMETERS[name])?.detail;
  const set = (name: keyof LogFilter, value: string | readonly string[] | undefined, way: Way = "chosen") => {
    const { [name]: _, ...rest } = filter;
    const isGiven = value !== undefined && value.length > 0;
    onChange((isGiven ? { ...rest, [name]: value } : rest) as LogFilter, way);
  };
  const typed = (name: "q" | "agent" | "session" | "component", label: string) => ({
    label,
    error: errorOf(name),
    value: name === "q" ? (filter.q ?? "") : (filter[name]?.join(",") ?? ""),
    onType: (text: string, way: Way) =>
      set(
        name,
        name === "q"
          ? text
          : text
              .split(",")
              .map((one) => one.trim())
              .filter(Boolean),
        way,
      ),
  });
  return (
    <search class="logs-filters">
      <div class="logs-filters-row">
        <div class="choice" role="group" aria-label="Logs of">
          {KINDS.map(([kind, label]) => (
            <a
              key={kind}
              href={hrefOf("logs", queryOf({ ...filter, kind }))}
              aria-current={filter.kind === kind ? "true" : undefined}
            >
              {label}
            </a>
          ))}
        </div>
        <TypedField
          {...typed("q", "Search")}
          inputRef={search}
          type="search"
          hint={SEARCH_HINT}
          placeholder="Search  ( / )"
        />
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Filters{more === 0 ? "" : ` (${more})`}
        </button>
        <CopyButton
          key={hrefOf("logs", queryOf(filter))}
          text={location.origin + hrefOf("logs", queryOf(filter))}
          what="link"
        >
          Copy link
        </CopyButton>
        <button
          type="button"
          // Disabled it would lose the focus.
          aria-disabled={!isNarrowed(filter)}
          onClick={() => isNarrowed(filter) && onChange({ kind: filter.kind }, "chosen")}
        >
          Clear
        </button>
      </div>
      {isOpen ? (
        <div class="logs-filters-row">
          <ToggleSet
            label="Level"
            values={LOG_LEVELS}
            chosen={filter.level}
            error={errorOf("level")}
            onChange={(values) => set("level", values)}
          />
          {filter.kind === "agent" ? (
            <ToggleSet
              label="Type"
              values={LOG_TYPES}
              chosen={filter.type}
              error={errorOf("type")}
              onChange={(values) => set("type", values)}
            />
          ) : null}
        </div>
      ) : null}
      {isOpen ? (
        <div class="logs-filters-row">
          {filter.kind === "system" ? (
            <TypedField {...typed("component", "Component")} />
          ) : (
            <>
              <TypedField {...typed("agent", "Agent")} options={(id) => <AgentOptions id={id} />} />
              <TypedField {...typed("session", "Session")} options={(id) => <SessionOptions id={id} />} />
            </>
          )}
          <TimeField
            label="From"
            value={filter.since}
            error={errorOf("since")}
            onChange={(time) => set("since", time, "typed")}
          />
          <TimeField
            label="Before (jump to a time)"
            value={filter.until}
            error={errorOf("until")}
            onChange={(time) => set("until", time, "typed")}
          />
        </div>
      ) : null}
      {isOver(filter.until) ? (
        <NewerLogs filter={filter} until={filter.until!} onChange={(next) => onChange(next, "chosen")} />
      ) : null}
    </search>
  );
}

/** How many of the further filters narrow something. */
function countMore(filter: LogFilter): number {
  return Object.keys(filter).filter((name) => name !== "kind" && name !== "q").length;
}

type TimeProps = {
  readonly label: string;
  readonly value: string | undefined;
  readonly error: string | undefined;
  readonly onChange: (time: string | undefined) => void;
};

function TimeField({ label, value, error, onChange }: TimeProps) {
  return (
    <Field label={label} error={error === undefined ? undefined : `${value}: ${error}`}>
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          step="1"
          value={toField(value)}
          onChange={(event) => onChange(fromField(event.currentTarget.value))}
        />
      )}
    </Field>
  );
}

/** The element that `/` brings to. */
function useSlash() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return input;
}
