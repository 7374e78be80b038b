import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, mkdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Copied, CopyStep, Restored, RestoreOrder } from "#src/database/copies.ts";
import { journalOf } from "#src/database/journals.ts";
import { StoreBusy } from "#src/database/manager.ts";
import { removeLeft, removePartial, syncPath } from "#src/database/partial.ts";
import { isLink, realPath } from "#src/database/real-path.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { openImmutable, standing } from "./check.ts";
import { isBusy } from "./errors.ts";
import { openExclusive } from "./exclusive.ts";
import { forgetUnfinished, isSameFile, place, replace } from "./replace.ts";
import { checkHistory, columnsOf, fileKind } from "./schema-version.ts";
import { copySnapshot, integrityFault } from "./snapshot.ts";

/**
 * Puts a copy of the file at `from` in place of the database at `path`, as a new history of its feed. What was there is kept
 * beside it. Refuses, with everything as it was, while any other process has the database open (`StoreBusy`) or when
 * `from` is not fit for it (`DatabaseUnusable`). Killed at any moment it leaves the old database in place, or the new one.
 */
export function restoreSqlite(order: RestoreOrder, onStep: (step: CopyStep) => void): Restored {
  const path = placeOf(order.path);
  const { partial } = order;
  if (!existsSync(order.from)) throw new DatabaseUnusable(`there is no file ${order.from}`);
  if (!statSync(order.from).isFile()) throw new DatabaseUnusable(`${order.from} is not a file`);
  if (existsSync(path)) {
    if (isSameFile(path, order.from)) throw new DatabaseUnusable(`${order.from} is the database itself`);
    forgetUnfinished(path);
  }
  removeLeft(partial);
  const old = openExclusive(path);
  try {
    const copied = copySource(order.from, partial, onStep);
    const feed = beginHistory(partial, order.nowMillis);
    syncPath(partial);
    onStep({ step: "placing" });
    const placed =
      old === "missing"
        ? { replaced: null, lost: place(path, order) }
        : { replaced: replace(path, order, old), lost: null };
    return { ...copied, bytes: statSync(path).size, feed, ...placed };
  } catch (error) {
    removePartial(partial);
    throw error;
  } finally {
    if (old instanceof Database) old.close();
  }
}

/** Where the file itself lies, or is to lie. A link that leads to nothing may be one to a disk that is not there now. */
function placeOf(path: string): string {
  if (isLink(path) && !existsSync(path)) {
    throw new DatabaseUnusable(
      `${path} is a link to ${readlinkSync(path)}, where nothing is: remove the link, or name the file itself`,
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** Checks and copies a backup. One without a journal is read as what it is, a file that nobody writes: nothing is made beside it. */
function copySource(named: string, partial: string, onStep: (step: CopyStep) => void): Copied {
  const from = realPath(named);
  const isAlone = journalOf(from) === null;
  const before = standing(from);
  checkSource(named, () => (isAlone ? openImmutable(from) : new Database(from, { readonly: true })));
  const copied = copySnapshot({ path: named, reading: isAlone ? "immutable" : "share" }, partial, onStep);
  if (isAlone && standing(from) !== before) {
    throw new StoreBusy(`another program writes to ${named}: try again, or take another backup`);
  }
  return copied;
}

/** A file may be of an older schema, also the ancestor's: the next start migrates it. */
function checkSource(from: string, open: () => Database): void {
  try {
    using db = open();
    const { kind } = fileKind(db);
    if (kind === "foreign" || kind === "empty") {
      throw new DatabaseUnusable(`${from} is no backup of this program; nothing was changed`);
    }
    if (kind === "ours") checkHistory(db, from);
    const fault = integrityFault(db);
    if (fault !== null) throw new DatabaseUnusable(`${from} is damaged (${fault}): take another backup`);
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    if (isBusy(error)) throw new StoreBusy(`another program keeps ${from} locked; try again`, { cause: error });
    throw new DatabaseUnusable(`${from} cannot be read (${error.message}): take another backup`, { cause: error });
  }
}

/**
 * Clients that followed the old history must not go on in this one: it gets an id of its own. Its numbers go on where the
 * copy's ended. Leases of then are nobody's, and nothing is removed for having been old in the backup.
 */
function beginHistory(path: string, nowMillis: number): string | null {
  using db = new Database(path, { readwrite: true });
  db.run("pragma synchronous = full");
  db.run("pragma journal_mode = memory");
  db.run("begin immediate");
  const knows = (table: string) => columnsOf(db, table).length > 0;
  if (knows("orchestrator_leases")) db.run("delete from orchestrator_leases");
  const row = knows("orchestrator_meta") ? newHistory(db, nowMillis) : null;
  db.run("commit");
  return row?.value ?? null;
}

function newHistory(db: Database, nowMillis: number): { value: string } | null {
  db.run("update orchestrator_meta set value = ? where key = 'retention_since'", [String(nowMillis)]);
  return db
    .query<{ value: string }, []>(
      "update orchestrator_meta set value = lower(hex(randomblob(16))) where key = 'feed' returning value",
    )
    .get();
}
