import type { Cutoffs, PurgePreview, Removed, Remover } from "#src/domain/storage.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";

/** Work that must be done once among the processes on a store is done by who holds its lease. */
export interface LeaseStore {
  /** Takes or renews it for so many milliseconds; false while another process holds it. */
  take(name: string, millis: number): Promise<boolean>;
  /** Gives it up, if it is this process's. */
  release(name: string): Promise<void>;
}

/** Removes what is old, in steps that are each one small write behind those of callers. */
export interface RetentionStore {
  /** When the store first came under retention, UTC milliseconds. */
  since(): Promise<number>;
  /** What a purge with these would remove, counted to a bound. */
  preview(cutoffs: Cutoffs): Promise<PurgePreview>;
  /** Begins a purge: by age and number when there are cutoffs, and then what lies above the limit of the store. */
  begin(cutoffs: Cutoffs | null): PurgeRun;
  /** Gives a little free space back to the disk: any, or what lies above the limit; how much of it is left, in pages. */
  giveBack(which: "any" | "above the limit"): Promise<number>;
  /** Bytes in use above the limit of the store; none where it is so little that writes make up for it. */
  overLimit(): Promise<number>;
  /** What writes have removed at the limit since this was last asked. */
  takeLimitRemovals(): Removed;
  /** Keeps what was removed until it is told; the steps of a purge do so themselves. */
  noteRemoved(who: Remover, removed: Removed): Promise<void>;
  /** Adds the system log that tells of all that was removed and not yet told, whichever process did it; false for nothing. */
  tell(who: Remover, write: (removed: Removed) => NewSystemLog): Promise<boolean>;
}

/**
 * A purge under way. Each step keeps others out for some seconds; whoever begins another goes on where this ended. By age and
 * above the limit exclude only their like.
 */
export type PurgeRun = {
  /** Removes at most one batch of what then still is to be removed. */
  step(): Promise<PurgeStep>;
  /** Lets others purge. */
  end(): Promise<void>;
};

export type PurgeStep = {
  /** False when another process is at it, or was until it was cut off: nothing was removed, and trying again may help. */
  readonly held: boolean;
  readonly done: boolean;
  readonly removed: Removed;
};

/** Says which agents nothing has come of for long; the next activity takes it back, whoever writes it. */
export interface SilenceStore {
  /**
   * Says it of a few alive agents that do not wait; true when there is none left. Each verdict is one change of the feed,
   * and moves neither the agent's `updated_at` nor its session's last activity.
   */
  judge(times: SilenceTimes): Promise<boolean>;
}

/** UTC milliseconds: whose last activity is not after them is quiet, or lost; null for nobody. */
export type SilenceTimes = {
  readonly quietBefore: number | null;
  /** Not after `quietBefore`. */
  readonly lostBefore: number | null;
  /** Whether to take back what was said under other times, too. */
  readonly anew: boolean;
};

/** How large the store is. */
export interface StorageStore {
  facts(): Promise<StorageFacts>;
  /** Keeps what `measureDatabase` found, with its time (UTC milliseconds). */
  keepMeasurement(measurement: Measurement): Promise<void>;
}

/** Bytes by table, its indexes included, at a time in UTC milliseconds. */
export type Measurement = { readonly at: number; readonly bytes: Readonly<Record<string, number>> };

export type StorageFacts = {
  readonly bytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
  /** Null when there is none. */
  readonly limitBytes: number | null;
  /** Rows by table, for those that a counter is kept of. */
  readonly rows: Readonly<Record<string, number>>;
  readonly measurement: Measurement | null;
  /** Times of the oldest rows that have one, UTC milliseconds. */
  readonly oldest: Readonly<Record<"agent_log" | "system_log" | "prompt" | "agent" | "change", number | null>>;
};
