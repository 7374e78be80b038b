import { SQLiteError } from "bun:sqlite";
import { StoreBusy, StoreDamaged, StoreFull } from "#src/database/manager.ts";
import { freeBytes } from "#src/platform/free-space.ts";

/** On Linux only a full disk gives the second: the index of the log could not be made larger. */
const FULL = /^SQLITE_(FULL|IOERR_SHMSIZE)/;
/** Memory that ran out is no fault of the disk. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB|IOERR(?!_NOMEM))/;

/** The engine's errors as the manager's; anything else comes back as it is. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof SQLiteError) || error.code === undefined) return error;
  if (isBusy(error)) return new StoreBusy("another process holds the database", { cause: error });
  if (FULL.test(error.code)) return new StoreFull("the disk is full", { cause: error });
  if (isDamage(error)) return new StoreDamaged(error.message, { cause: error, isUnknown: isFailedSync(error) });
  return error;
}

/** What lies there cannot be read, or the disk fails. */
export function isDamage(error: unknown): boolean {
  return error instanceof SQLiteError && DAMAGED.test(error.code ?? "");
}

/** The disk would not take something, for which it may be full: a quota, or a system that only says so at a sync. */
export function isFailedWrite(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE)$/.test(error.code ?? "");
}

/** What was to be committed is written, and the disk does not say that it keeps it. */
export function isFailedSync(error: unknown): boolean {
  return error instanceof SQLiteError && error.code === "SQLITE_IOERR_FSYNC";
}

export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code ?? "");
}

/** A name taken or a row gone since the decision was made. (Other constraints are faults of ours.) */
export function isOutdated(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|FOREIGNKEY)$/.test(error.code ?? "");
}

/** With less than this left a disk that will not take a write is full; with more, it fails, or a quota ends there. */
const FULL_BELOW_BYTES = 1024 * 1024;

/** Whether a folder's disk has so little left that a write which failed there found it full. */
export function isAboutFull(folder: string): boolean {
  const free = freeBytes(folder);
  return free !== null && free < FULL_BELOW_BYTES;
}
