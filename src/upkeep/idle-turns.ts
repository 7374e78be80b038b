import type { DatabaseManager } from "#src/database/manager.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import { everyLook, whenBusy } from "./looks.ts";
import type { Job, Wait } from "./scheduler.ts";

export type IdleTurnsDeps = {
  readonly db: { readonly ingest: Pick<DatabaseManager["ingest"], "endIdle"> };
  readonly clock: Clock;
  /** After so many milliseconds without telemetry a turn has ended. */
  readonly afterMs: number;
  readonly wait: Wait;
};

/** Who comes back to a server that has just started tells first what it did. */
const FIRST_MS = 15_000;
const PAUSE_MS = 20;

/** Ends turns that only telemetry tells of, which never says that one has ended (Gemini CLI without hooks). */
export function idleTurnsJob({ db, clock, afterMs, wait }: IdleTurnsDeps): Job {
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = clock();
      if (await db.ingest.endIdle(now - afterMs, toTimestamp(now))) return;
      await wait(PAUSE_MS, signal);
    }
  }

  return {
    name: "idle turns",
    firstMs: FIRST_MS,
    everyMs: everyLook(afterMs),
    run: (signal) => run(signal).catch(whenBusy),
  };
}
