import { closeSync, existsSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** What this process is writing: another file that carries its number is of one that had it before. */
const own = new Set<string>();

/**
 * A name to write a copy of this database under until it is whole, in a folder. Removes what runs left there that were
 * cut off. Its name is none that a migration gives its own copies, or takes for one.
 */
export function partialName(database: string, folder: string): string {
  const prefix = `.${basename(database)}.partial-`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [, whole, pid] = /^((\d+)-[\da-f]{8})(-journal|-wal|-shm)?$/.exec(name.slice(prefix.length)) ?? [];
    if (whole !== undefined && !own.has(whole) && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
  const mark = `${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  own.add(mark);
  return resolve(folder, prefix + mark);
}

/** Removes a copy that was not put in its place. */
export function removePartial(partial: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(partial + suffix, { force: true });
}

/** Gives a whole copy its name; false when another file has it, unless that may be replaced. */
export function placePartial(partial: string, target: string, mayReplace: boolean): boolean {
  if (!mayReplace && linkNew(partial, target) === "taken") return false;
  // Without links it has no second name yet.
  if (mayReplace || !existsSync(target)) renameSync(partial, target);
  else rmSync(partial);
  syncPath(dirname(target));
  return true;
}

/** A second name for a file. Some file systems know no such thing. */
export function linkNew(path: string, name: string): "linked" | "taken" | "unknown" {
  try {
    linkSync(path, name);
    return "linked";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" || existsSync(name)) return "taken";
    return "unknown";
  }
}

/** Sees to it that what was written, or the names in a folder, outlive a power cut. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isAlive(pid: number): boolean {
  // One of this process's own is known by its mark.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
