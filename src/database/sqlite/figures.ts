import type { Refusal, StoreFigures } from "#src/database/figures.ts";
import { StoreAtLimit, StoreBusy, StoreDamaged, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { type Distribution, count, newDistribution, SECONDS } from "#src/platform/distribution.ts";

const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** What the writer counts as it goes. */
export type WriterFigures = Pick<StoreFigures, "batchWrites" | "commitSeconds" | "refused"> & { busyRetries: number };

export type WriterCounts = {
  readonly figures: WriterFigures;
  committed(writes: number, millis: number): void;
  retried(): void;
  /** Counts what a write is answered with, where it is a refusal of the store; gives it back. */
  refused(error: unknown): unknown;
};

export function createWriterCounts(): WriterCounts {
  const refused: Record<Refusal, number> = { overloaded: 0, busy: 0, disk_full: 0, limit: 0, damaged: 0 };
  const figures: WriterFigures = {
    batchWrites: newDistribution(BATCHES),
    commitSeconds: newDistribution(SECONDS),
    busyRetries: 0,
    refused,
  };
  return {
    figures,
    committed(writes, millis) {
      count(figures.batchWrites, writes);
      count(figures.commitSeconds, millis / 1000);
    },
    retried() {
      figures.busyRetries += 1;
    },
    refused(error) {
      const refusal = refusalOf(error);
      if (refusal !== null) refused[refusal] += 1;
      return error;
    },
  };
}

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof StoreOverloaded) return "overloaded";
  if (error instanceof StoreBusy) return "busy";
  if (error instanceof StoreFull) return "disk_full";
  if (error instanceof StoreDamaged) return "damaged";
  return error instanceof StoreAtLimit ? "limit" : null;
}

/** What the checkpoints count: seconds of each. */
export function newCheckpointSeconds(): Distribution {
  return newDistribution(SECONDS);
}
