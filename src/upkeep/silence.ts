import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";
import { everyLook, whenBusy } from "./looks.ts";
import type { Job, Wait } from "./scheduler.ts";

/** How long an agent may say nothing, milliseconds; null for as long as it likes. */
export type SilencePolicy = { readonly quietAfterMs: number | null; readonly lostAfterMs: number | null };

export type SilenceDeps = {
  readonly db: Pick<DatabaseManager, "silence">;
  readonly clock: Clock;
  readonly policy: SilencePolicy;
  readonly wait: Wait;
};

/** Many may fall silent at once (a start after a long stop): two thirds of the time are left to callers. */
const PAUSE_PER_STEP = 2;

/**
 * Says which alive agents are quiet or lost, at the start and then again and again. The first look takes back what was said
 * under other times. Several processes may do it: what one has said, the others find said.
 */
export function silenceJob({ db, clock, policy, wait }: SilenceDeps): Job {
  const { quietAfterMs, lostAfterMs } = policy;
  let anew = true;

  async function run(signal: AbortSignal): Promise<void> {
    const now = clock();
    const before = (millis: number | null) => (millis === null ? null : now - millis);
    const times = { quietBefore: before(quietAfterMs), lostBefore: before(lostAfterMs), anew };
    while (!signal.aborted) {
      const began = performance.now();
      if (await db.silence.judge(times)) {
        anew = false;
        return;
      }
      await wait(PAUSE_PER_STEP * (performance.now() - began), signal);
    }
  }

  return {
    name: "silence",
    firstMs: 0,
    everyMs: everyLook(quietAfterMs ?? lostAfterMs ?? Infinity),
    run: (signal) => run(signal).catch(whenBusy),
  };
}
