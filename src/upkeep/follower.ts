import { type DatabaseManager, StoreAtLimit, StoreDamaged } from "#src/database/manager.ts";
import type { Log } from "#src/platform/log.ts";
import { type Wait, wait } from "./scheduler.ts";

/** From a commit to the first step: what comes meanwhile is done with it. */
const GATHER_MS = 200;
const RETRY_MS = 1_000;
/** At the limit each attempt is undone, with what others wrote beside it, and made again alone; damage stays. */
const VAIN_RETRY_MS = 30_000;

export type Follower = { close(): Promise<void> };

export type FollowerDeps = {
  readonly changes: Pick<DatabaseManager["changes"], "onChange">;
  readonly log: Log;
  readonly waitFor?: Wait | undefined;
  /** What is logged, once, when steps fail; they are tried again. */
  readonly trouble: string;
  /** Does some of the work; resolves to milliseconds until the next step, or null when all is done. */
  step(): Promise<number | null>;
};

/**
 * Does what follows from commits, whoever makes them. It wakes with them, and at the start for what is left over; with
 * nothing to do it does nothing.
 */
export function startFollower({ changes, log, trouble, step, waitFor = wait }: FollowerDeps): Follower {
  const stopping = new AbortController();
  const { signal } = stopping;
  let isStirred = false;
  let wake = () => {};
  let seesTrouble = false;

  function stir(): void {
    isStirred = true;
    wake();
  }

  async function sleep(): Promise<void> {
    // A commit may have come since the step looked.
    if (!isStirred) await new Promise<void>((resolve) => (wake = resolve));
  }

  async function tryStep(): Promise<number | null> {
    try {
      const pauseMs = await step();
      seesTrouble = false;
      return pauseMs;
    } catch (error) {
      if (!seesTrouble && !signal.aborted) log.warn(trouble, { error });
      seesTrouble = true;
      return error instanceof StoreAtLimit || error instanceof StoreDamaged ? VAIN_RETRY_MS : RETRY_MS;
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      isStirred = false;
      const pauseMs = await tryStep();
      if (pauseMs === null && !signal.aborted) await sleep();
      await waitFor(pauseMs ?? GATHER_MS, signal);
    }
  }

  const stopListening = changes.onChange(stir);
  const ended = run();
  return {
    async close() {
      stopListening();
      stopping.abort();
      stir();
      await ended;
    },
  };
}
