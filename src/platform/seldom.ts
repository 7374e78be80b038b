import type { Log } from "./log.ts";

const EVERY_MS = 60_000;
/** So many lines of one message may come at once. */
const MOST = 5;

type Said = { since: number; lines: number; leftOut: number };

/**
 * A log for what clients bring about as often as they like: of each message it writes five lines a minute. The next one that
 * is written says how many were left out (`left_out`). Messages must be few and fixed.
 *
 * @param now milliseconds that never go back
 */
export function seldom(log: Log, now: () => number = () => performance.now()): Log {
  const messages = new Map<string, Said>();

  const writer =
    (level: "info" | "warn" | "error"): Log["error"] =>
    (message, fields = {}) => {
      const at = now();
      const said = messages.get(message);
      if (said === undefined || at - said.since >= EVERY_MS) {
        messages.set(message, { since: at, lines: 1, leftOut: 0 });
        const leftOut = said?.leftOut ?? 0;
        log[level](message, leftOut === 0 ? fields : { ...fields, left_out: leftOut });
      } else if (said.lines < MOST) {
        said.lines += 1;
        log[level](message, fields);
      } else said.leftOut += 1;
    };

  return { ...log, info: writer("info"), warn: writer("warn"), error: writer("error") };
}
