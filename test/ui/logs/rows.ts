import type { LogRow } from "#src/ui/logs/log-row.ts";

/** A row of this id, written so many milliseconds after the first. */
export function row(id: number, millis = id, more: Partial<LogRow> = {}): LogRow {
  return {
    id,
    level: "INFO",
    type: "milestone",
    agentId: "a",
    sessionId: "s",
    component: null,
    message: `log ${id}`,
    at: new Date(millis).toISOString(),
    millis,
    highlight: undefined,
    rest: { message: `log ${id}`, details: null },
    ...more,
  };
}

/** Rows from one id down to another. */
export function rows(from: number, to: number): LogRow[] {
  return Array.from({ length: from - to + 1 }, (_, index) => row(from - index));
}
