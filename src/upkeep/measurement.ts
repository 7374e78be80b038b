import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";
import { runHidden } from "./hidden-command.ts";

/** The hidden command that measures a store: `measure FILE` prints bytes by table as JSON. */
const MEASURE = "measure";
/** A measurement takes as long as reading the whole file; who holds this is at it. */
const LEASE = { name: "measurement", ms: 30 * 60 * 1000 };

export type MeasurementDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly path: string;
};

/** Measures the store in a process of its own, and keeps what it found. Does nothing while another server is at it. */
export async function measureStorage({ db, clock, path }: MeasurementDeps, signal: AbortSignal): Promise<void> {
  if (!(await db.leases.take(LEASE.name, LEASE.ms))) return;
  try {
    const printed = await runHidden([MEASURE, path], signal);
    if (printed !== null) await db.storage.keepMeasurement({ at: clock(), bytes: JSON.parse(printed) });
  } finally {
    await db.leases.release(LEASE.name);
  }
}
