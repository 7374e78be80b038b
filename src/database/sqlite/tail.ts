import type { Database } from "bun:sqlite";

/**
 * After a sync that failed, the transaction stands in the log, whole, behind its end: nobody sees it, but who opens the
 * file after a crash would take it for committed. Another one that changes nothing takes its place, also where it
 * cannot be synced either: then only a power cut may bring the first one back.
 */
export function overwriteTail(db: Database): void {
  try {
    db.run("begin immediate");
    const { user_version: version } = db.query<{ user_version: number }, []>("pragma user_version").get()!;
    // Writes the first page, as it is.
    db.run(`pragma user_version = ${version}`);
    db.run("commit");
  } catch {
    // As it was before: what was answered says that the outcome is not known.
    if (db.inTransaction) db.run("rollback");
  }
}
