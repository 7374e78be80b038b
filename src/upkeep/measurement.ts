import { join } from "node:path";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";

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
    const bytes = await measureApart(path, signal);
    if (bytes !== null) await db.storage.keepMeasurement({ at: clock(), bytes });
  } finally {
    await db.leases.release(LEASE.name);
  }
}

/** Null when it was told to stop. */
async function measureApart(path: string, signal: AbortSignal): Promise<Record<string, number> | null> {
  if (signal.aborted) return null;
  const program = Bun.isStandaloneExecutable ? [] : [join(import.meta.dir, "../main.ts")];
  const child = Bun.spawn([process.execPath, ...program, MEASURE, path], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    signal,
  });
  const [printed, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (signal.aborted) return null;
  if (code !== 0) throw new Error(`measuring ended with ${code}: ${complaint.trim()}`);
  return JSON.parse(printed) as Record<string, number>;
}
