import type { DatabaseManager } from "#src/database/manager.ts";
import type { Log } from "#src/platform/log.ts";
import { type Follower, startFollower } from "./follower.ts";
import type { Wait } from "./scheduler.ts";

/** Behind by less than this, two thirds of the time are left to callers; beyond it, the index must catch up. */
const PAUSE_PER_STEP = 2;
const FAR_BEHIND = 100_000;

export type IndexingDeps = {
  readonly db: Pick<DatabaseManager, "texts" | "changes">;
  readonly log: Log;
  readonly waitFor?: Wait;
};

/** Keeps the text index up with the feed. */
export function startIndexing({ db, log, waitFor }: IndexingDeps): Follower {
  return startFollower({
    changes: db.changes,
    log,
    waitFor,
    trouble: "texts cannot be indexed; trying again",
    async step() {
      const began = performance.now();
      const { done, behind } = await db.texts.step();
      if (done) return null;
      return behind > FAR_BEHIND ? 0 : PAUSE_PER_STEP * (performance.now() - began);
    },
  });
}
