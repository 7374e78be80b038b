import { Database } from "bun:sqlite";

/**
 * How long a reader, or a checkpoint that waits for readers, may block the event loop for another process's lock. A write
 * does not: each attempt would hold up the answers to everybody who reads.
 */
export const BUSY_TIMEOUT_MS = 5;

/** A log that has been larger is cut to this size when it begins anew. */
const MOST_LOG_BYTES = 64 * 1024 * 1024;

/** Opens the connection that writes. `foreign_keys` is on; the journal mode is set when the file is prepared. */
export function openWriter(path: string, busyTimeoutMs = 0, mostLogBytes = MOST_LOG_BYTES): Database {
  const db = new Database(path, { readwrite: true, strict: true });
  // First of all: some of the others read the file.
  db.run(`pragma busy_timeout = ${busyTimeoutMs}`);
  db.run("pragma foreign_keys = on");
  db.run("pragma synchronous = full");
  // On macOS a plain fsync leaves the data in the drive's cache.
  db.run("pragma fullfsync = on");
  db.run("pragma checkpoint_fullfsync = on");
  db.run(`pragma journal_size_limit = ${mostLogBytes}`);
  // Done between batches (checkpoint.ts): no commit pays for it.
  db.run("pragma wal_autocheckpoint = 0");
  // What a savepoint or a statement with triggers could undo is kept beside: in a file, that costs more than the rest of it.
  db.run("pragma temp_store = memory");
  return db;
}

/** Opens the connection for queries; it cannot write. */
export function openReader(path: string): Database {
  const db = new Database(path, { readonly: true, strict: true });
  db.run("pragma query_only = on");
  db.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  db.run("pragma cache_size = -32768");
  return db;
}
