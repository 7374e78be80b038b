import type { Log } from "#src/platform/log.ts";

export type LogLine = { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> };

/** A log that keeps its lines. */
export function memoryLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const writer =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  return { lines, debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}
