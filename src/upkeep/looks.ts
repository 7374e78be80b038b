import { StoreAtLimit, StoreBusy, StoreOverloaded } from "#src/database/manager.ts";

/** From the end of one look to the next: a part of what it looks for, within bounds; milliseconds. */
const LEAST_MS = 250;
const MOST_MS = 15_000;
const LOOKS = 4;

/** How often to look for what has not happened for so long. */
export function everyLook(afterMs: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, afterMs / LOOKS));
}

/** Passes over a store that has no time: what others write comes first, and the next look finds the same. */
export function whenBusy(error: unknown): void {
  if ([StoreBusy, StoreOverloaded, StoreAtLimit].some((kind) => error instanceof kind)) return;
  throw error;
}
