import type { DatabaseManager } from "#src/database/manager.ts";
import type { Damage, StoreHealth, WriterHealth } from "#src/database/store-health.ts";
import { damageAdvice } from "#src/domain/damage-advice.ts";
import { type Health, LOW_DISK_BYTES, WRITER_FAILED_MS } from "#src/domain/health.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";

/** How far the feed has come. */
export type FeedProgress = {
  readonly publishedSeq: number;
  /** Whether anybody is told. */
  readonly hasListeners: boolean;
  readonly isFailing: boolean;
};

export type HealthDeps = {
  readonly db: Pick<DatabaseManager, "health">;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly startedAt: number;
  readonly feed: () => FeedProgress;
};

const UNKNOWN: StoreHealth = {
  headSeq: null,
  writer: { state: "refused", reason: "failed" },
  freeBytes: null,
  damage: null,
};

type Checks = Health["checks"];

/** Looks at everything that the server needs; writes nothing, and waits for nobody. Anybody may read it: it names no path. */
export async function getHealth({ db, clock, log, version, startedAt, feed }: HealthDeps): Promise<Health> {
  const store = await db.health().catch((fault: unknown): StoreHealth => ({ ...UNKNOWN, fault }));
  if (store.headSeq === null) log.error("the database does not answer", { error: store.fault });
  const checks: Checks = {
    reader: { status: store.headSeq === null ? "failed" : "ok" },
    writer: writerCheck(store.writer),
    feed: feedCheck(feed(), store),
    disk: { status: isLow(store) ? "degraded" : "ok", free_bytes: store.freeBytes },
    damage: damageCheck(store.damage),
  };
  const isHealthy = Object.values(checks).every(({ status }) => status !== "failed");
  return {
    status: isHealthy ? "healthy" : "unhealthy",
    database: store.headSeq === null ? "disconnected" : "connected",
    version,
    uptime_s: Math.round((clock() - startedAt) / 1000),
    checks,
  };
}

function writerCheck(writer: WriterHealth): Checks["writer"] {
  if (writer.state === "ready") return { status: "ok", reason: null, waiting_ms: null };
  if (writer.state === "waiting") {
    const status = writer.sinceMs < WRITER_FAILED_MS ? "degraded" : "failed";
    return { status, reason: "waiting", waiting_ms: Math.round(writer.sinceMs) };
  }
  return { status: writer.reason === "failed" ? "failed" : "degraded", reason: writer.reason, waiting_ms: null };
}

function feedCheck({ publishedSeq, hasListeners, isFailing }: FeedProgress, { headSeq }: StoreHealth): Checks["feed"] {
  const lag = hasListeners && headSeq !== null ? Math.max(0, headSeq - publishedSeq) : 0;
  return { status: isFailing ? "degraded" : "ok", lag };
}

function isLow({ freeBytes }: StoreHealth): boolean {
  return freeBytes !== null && freeBytes < LOW_DISK_BYTES;
}

function damageCheck(damage: Damage | null): Checks["damage"] {
  if (damage === null) return { status: "ok", found_at: null, detail: null };
  const detail = `${damage.what}; ${damageAdvice(damage.indexes ?? null)}`;
  return { status: "failed", found_at: toTimestamp(damage.at), detail };
}
