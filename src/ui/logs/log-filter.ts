import type { Change, RequestOptions, Client, Page } from "#src/client/client.ts";
import { rowOf, type LogRow } from "./log-row.ts";

/** Which logs are shown. Lists are "any of"; what is absent is not narrowed. */
export type LogFilter = {
  readonly kind: "agent" | "system";
  readonly level?: readonly string[];
  /** Of agent logs. */
  readonly type?: readonly string[];
  /** Ids, of agent logs. */
  readonly agent?: readonly string[];
  /** Of agent logs. */
  readonly session?: readonly string[];
  /** Of system logs. */
  readonly component?: readonly string[];
  /** RFC 3339 or a date, inclusive. */
  readonly since?: string;
  /** The same, exclusive. */
  readonly until?: string;
  /** Searched for, in the server's syntax. */
  readonly q?: string;
};

const LISTS = ["level", "type", "agent", "session", "component"] as const;
const TEXTS = ["since", "until", "q"] as const;
/** What the other kind of logs does not have. */
const FOREIGN = { agent: ["component"], system: ["type", "agent", "session"] } as const;

/** The filter that an address asks for. What is wrong with its values is the server's to say. */
export function filterOf(query: URLSearchParams): LogFilter {
  const filter: Record<string, unknown> = { kind: query.get("kind") === "system" ? "system" : "agent" };
  for (const name of LISTS) {
    const values = (query.get(name) ?? "").split(",").filter((value) => value !== "");
    if (values.length > 0) filter[name] = values;
  }
  for (const name of TEXTS) if (query.get(name)) filter[name] = query.get(name);
  return withoutForeign(filter as LogFilter);
}

/** The query of an address for a filter, as `hrefOf` takes it. */
export function queryOf(filter: LogFilter): Record<string, string | undefined> {
  const own = withoutForeign(filter);
  return {
    kind: own.kind === "system" ? "system" : undefined,
    ...Object.fromEntries(LISTS.map((name) => [name, own[name]?.join(",")])),
    ...Object.fromEntries(TEXTS.map((name) => [name, own[name]])),
  };
}

function withoutForeign(filter: LogFilter): LogFilter {
  const own: Record<string, unknown> = { ...filter };
  for (const name of FOREIGN[filter.kind]) delete own[name];
  return own as LogFilter;
}

/** Whether anything but the kind is narrowed. */
export function isNarrowed(filter: LogFilter): boolean {
  return Object.entries(queryOf(filter)).some(([name, value]) => name !== "kind" && value !== undefined);
}

/** Two filters with the same text show the same. */
export function textOf(filter: LogFilter): string {
  return JSON.stringify(queryOf(filter));
}

/**
 * Whether what the feed tells is a log that the server would list for this filter, as far as that can be told without
 * searching: `q` is not looked at.
 */
export function passes(filter: LogFilter, change: Change): boolean {
  const { kind, level, since, until } = filter;
  if (change.type !== `${kind}_log.created` || change.data === null) return false;
  const { log_level, created_at } = change.data as { log_level: string; created_at: string | null };
  if (level !== undefined && !level.some((one) => one.toUpperCase() === log_level)) return false;
  if (!isOneOfThem(filter, change)) return false;
  if (since === undefined && until === undefined) return true;
  if (created_at === null) return false;
  const millis = Date.parse(created_at);
  return !(since !== undefined && millis < millisOf(since)) && !(until !== undefined && millis >= millisOf(until));
}

function isOneOfThem(filter: LogFilter, change: Change): boolean {
  if (change.type === "system_log.created") return isAnyOf(filter.component, change.data?.component);
  if (change.type !== "agent_log.created") return false;
  return (
    isAnyOf(filter.type, change.data?.log_type) &&
    isAnyOf(filter.agent, change.data?.agent_id) &&
    isAnyOf(filter.session, change.session_id)
  );
}

function isAnyOf(wanted: readonly string[] | undefined, value: string | null | undefined): boolean {
  return wanted === undefined || wanted.includes(value ?? "");
}

/** A time without a zone is UTC, as for the server. */
export function millisOf(time: string): number {
  return Date.parse(/^\d{4}-\d{2}-\d{2}$|[Zz]$|[+\- ]\d{2}:\d{2}$/.test(time) ? time.toUpperCase() : `${time}Z`);
}

/** Whether nothing new can come: a filter that ends before now. */
export function isOver(until: string | undefined): boolean {
  return until !== undefined && millisOf(until) <= Date.now();
}

/** A page of the logs that pass; `cursor` null is the newest. */
export async function listLogs(
  client: Client,
  filter: LogFilter,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
  options?: RequestOptions,
): Promise<Page<LogRow>> {
  const { level, since, until, q } = filter;
  const common = { limit, cursor, level: level as never, since, until, q };
  const { rows, ...page } =
    filter.kind === "system"
      ? await client.listSystemLogs({ ...common, component: filter.component as string[] | undefined }, options)
      : await client.listAgentLogs(
          { ...common, log_type: filter.type as never, agent_id: filter.agent, session_id: filter.session },
          options,
        );
  return { ...page, rows: rows.map(rowOf) };
}
