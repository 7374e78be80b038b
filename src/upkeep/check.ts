import type { DatabaseManager } from "#src/database/manager.ts";
import { writeSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { runHidden } from "./hidden-command.ts";

/** The hidden command that checks a store: `check FILE` prints as JSON what is wrong with it, or null. */
const CHECK = "check";

export type CheckDeps = {
  readonly db: Pick<DatabaseManager, "noteDamage" | "systemLogs">;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
};

/**
 * Reads every page of the store in a process of its own: what a start has no time for. Damage goes into `/health`, and into
 * the system log if that can still be written. Every server does it for itself: each one answers for its own health.
 */
export async function checkStore({ db, clock, log, path }: CheckDeps, signal: AbortSignal): Promise<void> {
  const printed = await runHidden([CHECK, path], signal);
  if (printed === null) return;
  const fault = JSON.parse(printed) as string | null;
  if (fault === null) return;
  db.noteDamage(fault);
  const message = "The database file is damaged: run `orchestrator doctor`, and restore a backup";
  const row = { component: "check", log_level: "ERROR" as const, message, details: { fault } };
  await db.systemLogs.append(writeSystemLog(row, toTimestamp(clock()))).catch((error: unknown) => {
    log.warn("the system log cannot tell of the damage", { error });
  });
}
