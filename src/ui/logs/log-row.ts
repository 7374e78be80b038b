import type { Change } from "#src/client/client.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { SystemLog } from "#src/domain/system-log.ts";

/** A log as a list keeps it: what one line shows, and all of it where that is little. */
export type LogRow = {
  readonly id: number;
  readonly level: AgentLog["log_level"];
  /** Null of a system log. */
  readonly type: AgentLog["log_type"] | null;
  /** Null of a system log. */
  readonly agentId: string | null;
  /** Only where the feed told it. */
  readonly sessionId: string | null;
  /** Null of an agent log. */
  readonly component: string | null;
  /** At most 2,000 characters of it. */
  readonly message: string;
  /** RFC 3339; null where it cannot be read. */
  readonly at: string | null;
  /** What `at` says in UTC milliseconds; what cannot be read comes last. */
  readonly millis: number;
  /** Of a search: the part that was found, as HTML. */
  readonly highlight: string | undefined;
  /** The whole message and the details; null where they are not known, or too large to be kept. */
  readonly rest: LogRest | null;
};

export type LogRest = { readonly message: string; readonly details: unknown };

/** Characters of a message that are kept; the feed sends no more. */
export const KEPT = 2_000;

type Listed = Found<AgentLog> | Found<SystemLog>;

/** A row as the API lists it. */
export function rowOf(log: Listed): LogRow {
  const { message, details } = log;
  const isSmall = message.length <= KEPT && (details === null || isShort(details));
  return {
    ...commonOf(log),
    message: message.length > KEPT ? copied(message.slice(0, KEPT)) : message,
    highlight: log.highlight,
    rest: isSmall ? { message, details } : null,
  };
}

/** What is nested deeper than it can be written is not short either. */
function isShort(details: unknown): boolean {
  try {
    return JSON.stringify(details).length <= KEPT;
  } catch {
    return false;
  }
}

/** A row as the feed tells it; null for a change that is none, and for a log that is gone again. */
export function rowOfChange(change: Change): LogRow | null {
  if (change.type !== "agent_log.created" && change.type !== "system_log.created") return null;
  if (change.data === null) return null;
  const { message } = change.data;
  return { ...commonOf(change.data), sessionId: change.session_id, message, highlight: undefined, rest: null };
}

function commonOf(log: Omit<AgentLog, "details"> | Omit<SystemLog, "details">) {
  return {
    id: log.id,
    level: log.log_level,
    type: "log_type" in log ? log.log_type : null,
    agentId: "agent_id" in log ? log.agent_id : null,
    component: "component" in log ? log.component : null,
    sessionId: null,
    at: log.created_at,
    millis: log.created_at === null ? Number.NEGATIVE_INFINITY : Date.parse(log.created_at),
  };
}

/** A part of a text holds on to all of it, be it a megabyte. */
function copied(part: string): string {
  return JSON.parse(JSON.stringify(part)) as string;
}

/** Where a row stands in a list. */
export type LogKey = Pick<LogRow, "millis" | "id">;

/** The newest first, as the server lists them: below 0 when `one` stands before `other`. */
export function compareLogs(one: LogKey, other: LogKey): number {
  return one.millis === other.millis ? other.id - one.id : other.millis > one.millis ? 1 : -1;
}

/** Both lists in one, each row once; of a row in both, that of `rows`. */
export function mergeLogs(rows: readonly LogRow[], added: readonly LogRow[]): readonly LogRow[] {
  if (added.length === 0) return rows;
  const known = new Set(rows.map(({ id }) => id));
  const fresh = added.filter(({ id }) => !known.has(id) && known.add(id));
  return fresh.length === 0 ? rows : [...fresh, ...rows].toSorted(compareLogs);
}
