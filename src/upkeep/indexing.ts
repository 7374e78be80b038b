import { type DatabaseManager, StoreAtLimit, StoreDamaged } from "#src/database/manager.ts";
import type { Log } from "#src/platform/log.ts";
import { type Wait, wait } from "./scheduler.ts";

/** From a commit to its indexing: what comes meanwhile is indexed with it. */
const GATHER_MS = 200;
const RETRY_MS = 1_000;
/** At the limit each attempt is undone, with what others wrote beside it, and made again alone; damage stays. */
const VAIN_RETRY_MS = 30_000;
/** Behind by less than this, two thirds of the time are left to callers; beyond it, the index must catch up. */
const PAUSE_PER_STEP = 2;
const FAR_BEHIND = 100_000;

export type IndexingDeps = {
  readonly db: Pick<DatabaseManager, "texts" | "changes">;
  readonly log: Log;
  readonly waitFor?: Wait;
};

/**
 * Keeps the text index up with the feed, whoever wrote. It wakes with commits, and at the start for what is left over;
 * with nothing to do it does nothing.
 */
export function startIndexing({ db, log, waitFor = wait }: IndexingDeps): { close(): Promise<void> } {
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

  /** How long to wait for the next step; null when there is nothing to do. */
  async function step(): Promise<number | null> {
    isStirred = false;
    const began = performance.now();
    try {
      const { done, behind } = await db.texts.step();
      seesTrouble = false;
      if (done) return null;
      return behind > FAR_BEHIND ? 0 : PAUSE_PER_STEP * (performance.now() - began);
    } catch (error) {
      if (!seesTrouble && !signal.aborted) log.warn("texts cannot be indexed; trying again", { error });
      seesTrouble = true;
      return error instanceof StoreAtLimit || error instanceof StoreDamaged ? VAIN_RETRY_MS : RETRY_MS;
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await step();
      if (pauseMs === null && !signal.aborted) await sleep();
      await waitFor(pauseMs ?? GATHER_MS, signal);
    }
  }

  const stopListening = db.changes.onChange(stir);
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
