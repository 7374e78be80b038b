/** From the most to the least said. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** The least level that is written. */
export type LogThreshold = (typeof LOG_LEVELS)[number];

type Fields = Readonly<Record<string, unknown>>;

/** The server's own log. Fields must be JSON; errors are written with their stack. */
export type Log = Record<LogThreshold, (message: string, fields?: Fields) => void> & {
  /** Whether debug lines are written; what they would tell need not be gathered otherwise. */
  readonly writesDebug?: boolean;
};

/** Where log lines go, and whether a person reads them there. */
export type LogSink = { readonly write: (line: string) => void; readonly isTerminal: boolean };

/** JSON lines, or readable lines on a terminal, for everything at or above the threshold. */
export function createLog(threshold: LogThreshold, sink: LogSink = STDERR): Log {
  const line = sink.isTerminal ? readableLine : jsonLine;
  const enabled = new Set(LOG_LEVELS.slice(LOG_LEVELS.indexOf(threshold)));
  const writer = (level: LogThreshold) =>
    enabled.has(level)
      ? (message: string, fields: Fields = {}) => sink.write(`${line(level, message, fields)}\n`)
      : () => {};
  const writesDebug = enabled.has("debug");
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error"), writesDebug };
}

const STDERR: LogSink = {
  write: (line) => void process.stderr.write(line),
  isTerminal: process.stderr.isTTY === true,
};

function jsonLine(level: LogThreshold, message: string, fields: Fields): string {
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, plainError);
}

function readableLine(level: LogThreshold, message: string, fields: Fields): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value, plainError)}`);
  return `${new Date().toISOString().slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join("")}`;
}

function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...value, name: value.name, message: value.message, stack: value.stack, cause: value.cause };
}
