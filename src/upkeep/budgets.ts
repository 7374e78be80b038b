import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { type Follower, startFollower } from "./follower.ts";
import type { Wait } from "./scheduler.ts";

/** Most of the time is left to callers. */
const PAUSE_PER_STEP = 2;

export type BudgetDeps = {
  readonly db: Pick<DatabaseManager, "budgets" | "changes">;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitFor?: Wait;
};

/** Watches budgets: tells of those that are nearly spent and of those that are, and stops nothing. */
export function startBudgets({ db, clock, log, waitFor }: BudgetDeps): Follower {
  return startFollower({
    changes: db.changes,
    log,
    waitFor,
    trouble: "budgets cannot be watched; trying again",
    async step() {
      const began = performance.now();
      const { done } = await db.budgets.step(clock());
      return done ? null : PAUSE_PER_STEP * (performance.now() - began);
    },
  });
}
