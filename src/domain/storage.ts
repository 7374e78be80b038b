import { z } from "zod";
import { Timestamp } from "./timestamp.ts";
import { Count } from "./values.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** What may stay. Days are whole days of 24 hours; 0 keeps everything. */
export type RetentionPolicy = {
  /** Agent logs and system logs. */
  readonly days: number;
  /** Finished agents with their prompts. */
  readonly runDays: number;
  /** The newest changes of the feed; what is younger than an hour stays besides. */
  readonly changesKeep: number;
  /** Database file and WAL together, in 1,048,576 bytes; 0 is no limit. */
  readonly maxDatabaseMb: number;
};

/** What may be removed at a moment: rows with a time before these (UTC milliseconds); null keeps everything. */
export type Cutoffs = {
  readonly logs: number | null;
  readonly runs: number | null;
  readonly changes: { readonly keep: number; readonly before: number } | null;
};

/**
 * Ages count from the later of the row's own time and `since`, the moment the store first came under retention: until
 * then nothing is old enough.
 */
export function cutoffsAt(policy: RetentionPolicy, since: number, now: number): Cutoffs {
  const before = (ageMs: number) => (since < now - ageMs ? now - ageMs : null);
  const hourAgo = before(HOUR_MS);
  return {
    logs: policy.days === 0 ? null : before(policy.days * DAY_MS),
    runs: policy.runDays === 0 ? null : before(policy.runDays * DAY_MS),
    changes: hourAgo === null || policy.changesKeep === 0 ? null : { keep: policy.changesKeep, before: hourAgo },
  };
}

/** Tables that retention removes rows from. `answers` are texts of finished prompts, emptied only at the limit. */
export const PURGED = ["agent_logs", "system_logs", "changes", "agents", "prompts", "answers"] as const;
export type Purged = (typeof PURGED)[number];

/** Numbers of rows by table. */
export type Removed = Partial<Record<Purged, number>>;

/** Who removes: retention by age and number, or a limit that would be exceeded. */
export type Remover = "retention" | "limit";

export function addRemoved(one: Removed, other: Removed): Removed {
  const sum: Removed = { ...one };
  for (const table of PURGED) if (other[table] !== undefined) sum[table] = (sum[table] ?? 0) + other[table];
  return sum;
}

export function countRemoved(removed: Removed): number {
  return Object.values(removed).reduce((sum, rows) => sum + rows, 0);
}

const Bounded = z
  .strictObject({
    rows: Count,
    more: z.boolean().meta({ description: "Whether counting stopped at `rows` because there are more" }),
  })
  .meta({ id: "BoundedCount", description: "Rows, counted up to a bound" });
export type BoundedCount = z.infer<typeof Bounded>;

/** What a purge would remove. */
export const PurgePreview = z
  .strictObject({
    agent_logs: Bounded,
    system_logs: Bounded,
    changes: Bounded,
    agents: Bounded.meta({ description: "Finished agents; one with agents that stay below it stays too" }),
    prompts: Bounded.meta({ description: "Prompts of those agents" }),
    over_limit_bytes: z.int().min(0).meta({ description: "What lies above `MAX_DATABASE_MB` and is removed besides" }),
  })
  .meta({ id: "PurgePreview", description: "What a purge at this moment would remove by age and number" });
export type PurgePreview = z.infer<typeof PurgePreview>;

const Bytes = z.int().min(0);
const Oldest = Timestamp.nullable();

/** How large the store is, what of, and what will be removed. */
export const Storage = z
  .strictObject({
    database: z.strictObject({
      bytes: Bytes.meta({ description: "Size of the database file" }),
      wal_bytes: Bytes.meta({ description: "Size of its write-ahead log" }),
      free_bytes: Bytes.meta({ description: "Pages within the file that hold nothing" }),
      limit_bytes: Bytes.nullable().meta({ description: "`MAX_DATABASE_MB`: file and log together; null for none" }),
    }),
    tables: z.array(
      z.strictObject({
        name: z.string(),
        rows: Count.nullable().meta({ description: "From counters that every write keeps; null where none is kept" }),
        bytes: Bytes.nullable().meta({ description: "With its indexes, when last measured; null when never" }),
      }),
    ),
    measured_at: Timestamp.nullable().meta({ description: "When `tables[].bytes` were measured, in the background" }),
    oldest: z.strictObject({
      agent_log: Oldest,
      system_log: Oldest,
      prompt: Oldest,
      agent: Oldest,
      change: Oldest,
    }),
    retention: z.strictObject({
      since: Timestamp.meta({ description: "Ages count from here at the earliest" }),
      days: Count.meta({ description: "`RETENTION_DAYS`: agent logs and system logs; 0 keeps them" }),
      run_days: Count.meta({ description: "`RUN_RETENTION_DAYS`: finished agents with their prompts; 0 keeps them" }),
      changes_keep: Count.meta({
        description: "`CHANGES_KEEP`: newest changes, beside those of the last hour; 0 keeps them all",
      }),
      max_database_mb: Count.meta({ description: "`MAX_DATABASE_MB`; 0 is no limit" }),
    }),
    next_purge: PurgePreview,
  })
  .meta({ id: "Storage", description: "How large the store is, what of, and what will be removed" });
export type Storage = z.infer<typeof Storage>;

/** What a request for a purge brings about. */
export const Purge = z
  .strictObject({
    dry_run: z.boolean(),
    removes: PurgePreview,
  })
  .meta({ id: "Purge" });
export type Purge = z.infer<typeof Purge>;

export const PurgeQuery = z.strictObject({
  dry_run: z
    .enum(["true", "false", ""], 'expected "true" or "false"')
    .default("false")
    // Alone, without a value, it is meant.
    .transform((value) => value !== "false")
    .meta({ type: "boolean", default: false, description: "Only tell what would be removed" }),
});
