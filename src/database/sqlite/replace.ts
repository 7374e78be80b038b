import type { Database } from "bun:sqlite";
import { chmodSync, chownSync, constants, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type RestoreOrder, stampOf } from "#src/database/copies.ts";
import { JOURNALS, moveJournals } from "#src/database/journals.ts";
import { StoreBusy } from "#src/database/manager.ts";
import { linkNew, placePartial, syncPath } from "#src/database/partial.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { isDamage } from "./errors.ts";
import { keepLog } from "./exclusive.ts";

type Placing = Pick<RestoreOrder, "partial" | "nowMillis">;

/**
 * Moves a copy to where a database stands; returns where that one is kept. At every moment `path` is the old database or the
 * new one; the old one has got its second name before.
 */
export function replace(path: string, { partial, nowMillis }: Placing, old: Database | "unreadable"): string {
  const wasWal = old !== "unreadable" && leaveWal(old, path);
  let kept: string | undefined;
  try {
    takeOver(partial, path);
    kept = keepBeside(path, `${path}.replaced-${stampOf(nowMillis)}`);
    // What is left of a damaged one's journals must not be applied to the new one.
    moveJournals(path, kept);
    renameSync(partial, path);
  } catch (error) {
    if (kept !== undefined && !existsSync(path)) renameSync(kept, path);
    if (wasWal) old.run("pragma journal_mode = wal");
    throw error;
  }
  syncPath(dirname(path));
  return kept;
}

/**
 * Moves a copy to where no database stands. A journal that was left there must not be applied to it: returns where that lies
 * now, null when there was none.
 */
export function place(path: string, { partial, nowMillis }: Placing): string | null {
  const taken = () => new StoreBusy(`${path} was made meanwhile: stop the program that made it, and try again`);
  const left = JOURNALS.filter((suffix) => existsSync(path + suffix));
  const kept = freeName(`${path}.replaced-${stampOf(nowMillis)}`);
  // By now they may be somebody's who has begun.
  if (existsSync(path)) throw taken();
  moveJournals(path, kept);
  try {
    if (!placePartial(partial, path, false)) throw taken();
  } catch (error) {
    if (!existsSync(path)) moveJournals(kept, path);
    throw error;
  }
  const told = left.find((suffix) => suffix !== "-shm");
  return told === undefined ? null : kept + told;
}

/** Owner, group and mode of the old one: others may have to open it. Where the group cannot be had, it gets no rights. */
function takeOver(partial: string, path: string): void {
  const { uid, gid, mode } = statSync(path);
  const made = statSync(partial);
  const hasOwner = uid === made.uid || changed(() => chownSync(partial, uid, gid));
  const hasGroup = gid === made.gid || hasOwner || changed(() => chownSync(partial, made.uid, gid));
  const groupBits = constants.S_IRWXG;
  chmodSync(partial, (hasGroup ? mode : mode & ~groupBits) & 0o777);
}

function changed(change: () => void): boolean {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}

/** All of the database into its one file; false when it was not in WAL mode, or cannot be brought there. */
function leaveWal(db: Database, path: string): boolean {
  const mode = (sql: string) => db.query<{ journal_mode: string }, []>(sql).get()!.journal_mode;
  try {
    if (mode("pragma journal_mode") !== "wal") return false;
    if (mode("pragma journal_mode = delete") !== "delete") throw new DatabaseUnusable(`${path} cannot leave WAL mode`);
    // Left behind by the exclusive use, and of no use to anybody.
    for (const suffix of JOURNALS) rmSync(path + suffix, { force: true });
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    // It is moved with the file. The end of this connection must not touch what stands at its name by then.
    keepLog(db, true);
    return false;
  }
}

function keepBeside(path: string, name: string): string {
  for (;;) {
    const kept = freeName(name);
    const outcome = linkNew(path, kept);
    if (outcome === "linked") return kept;
    if (outcome === "taken") continue;
    // A file system without links: for a moment nothing is at the path.
    renameSync(path, kept);
    return kept;
  }
}

/** The name, or the first of its numbers, that no file and no journal has. */
function freeName(name: string): string {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}-${number}`;
    if (["", ...JOURNALS].every((suffix) => !existsSync(free + suffix))) return free;
  }
}

/** A restore that was killed between its last two moves has left a second name of the database that is still in use. */
export function forgetUnfinished(path: string): void {
  if (statSync(path).nlink < 2) return;
  const prefix = `${basename(path)}.replaced-`;
  for (const name of readdirSync(dirname(path))) {
    const kept = resolve(dirname(path), name);
    if (!name.startsWith(prefix) || JOURNALS.some((suffix) => existsSync(kept + suffix))) continue;
    if (isSameFile(path, kept)) rmSync(kept);
  }
}

export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}
