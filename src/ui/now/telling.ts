import type { BoardAgent } from "#src/domain/board.ts";

export type Told = Pick<BoardAgent, "last_log" | "error_message">;

/** A change of status without a reason. */
const MERE_STATUS = /^\w+ -> \w+$/;

/** The last log of an agent, where that tells something that neither its status nor its error does. */
export function tellingOf({ last_log: log, error_message }: Told): BoardAgent["last_log"] {
  if (log === null || log.message === error_message) return null;
  return log.log_type === "state_change" && MERE_STATUS.test(log.message) ? null : log;
}
