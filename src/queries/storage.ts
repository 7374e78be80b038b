import type { DatabaseManager } from "#src/database/manager.ts";
import { cutoffsAt, type RetentionPolicy, type Storage } from "#src/domain/storage.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";

export type StorageDeps = { readonly db: DatabaseManager; readonly clock: Clock; readonly policy: RetentionPolicy };

export async function getStorage({ db, clock, policy }: StorageDeps): Promise<Storage> {
  const facts = await db.storage.facts();
  const since = await db.retention.since();
  const measured = facts.measurement?.bytes ?? {};
  const names = new Set([...Object.keys(facts.rows), ...Object.keys(measured)]);
  const time = (millis: number | null) => (millis === null ? null : toTimestamp(millis));
  return {
    database: {
      bytes: facts.bytes,
      wal_bytes: facts.walBytes,
      free_bytes: facts.freeBytes,
      limit_bytes: facts.limitBytes,
    },
    tables: [...names].toSorted().map((name) => ({
      name,
      rows: facts.rows[name] ?? null,
      bytes: measured[name] ?? null,
    })),
    measured_at: time(facts.measurement?.at ?? null),
    oldest: {
      agent_log: time(facts.oldest.agent_log),
      system_log: time(facts.oldest.system_log),
      prompt: time(facts.oldest.prompt),
      agent: time(facts.oldest.agent),
      change: time(facts.oldest.change),
    },
    retention: {
      since: toTimestamp(since),
      days: policy.days,
      run_days: policy.runDays,
      changes_keep: policy.changesKeep,
      max_database_mb: policy.maxDatabaseMb,
    },
    next_purge: await db.retention.preview(cutoffsAt(policy, since, clock())),
  };
}
