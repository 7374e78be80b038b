import type { DatabaseManager } from "#src/database/manager.ts";
import { cutoffsAt, type Purge, type RetentionPolicy } from "#src/domain/storage.ts";
import type { Clock } from "#src/platform/clock.ts";

export type PurgeDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  /** Begins a purge in the background; one that is under way goes on. */
  readonly purgeSoon: () => void;
};

/** Asks for a purge, and says what it will remove. */
export async function purgeStorage({ db, clock, policy, purgeSoon }: PurgeDeps, isDryRun: boolean): Promise<Purge> {
  const removes = await db.retention.preview(cutoffsAt(policy, await db.retention.since(), clock()));
  if (!isDryRun) purgeSoon();
  return { dry_run: isDryRun, removes };
}
