import { existsSync, renameSync, statSync } from "node:fs";

/** What stands beside a database file, and belongs to it and no other. */
export const JOURNALS = ["-wal", "-shm", "-journal"] as const;

/** The first of those that hold something of a database, and would be applied to whatever stands at this path; null for none. */
export function journalOf(path: string): string | null {
  return ["-wal", "-journal"].map((suffix) => path + suffix).find((file) => existsSync(file)) ?? null;
}

/** Moves them beside another file. */
export function moveJournals(path: string, to: string): void {
  for (const suffix of JOURNALS) if (existsSync(path + suffix)) renameSync(path + suffix, to + suffix);
}

/** Bytes of a file; 0 where there is none, or none that can be looked at. */
export function sizeOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}
