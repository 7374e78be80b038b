import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { JOURNALS } from "./journals.ts";

/** What is written is written to all the time, or read once: whoever wrote this last so long ago is gone. */
const LEFT_MS = 60 * 60 * 1000;
const MARK = /^(([\da-f]{8})-(\d+)-[\da-f]{8})(?:-journal|-wal|-shm)?$/;

/** What this process is writing: another file that carries its number is of one that had it before. */
const own = new Set<string>();

/**
 * A name to write a copy under until it is whole, in a folder. It is none that a migration gives its own copies, or takes
 * for one.
 *
 * @param database its path; or what else tells its copies from others in the folder
 */
export function partialName(database: string, folder: string): string {
  const mark = `${machine()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  own.add(mark);
  return resolve(folder, `.${basename(database)}.partial-${mark}`);
}

/**
 * Removes what runs left beside this one, of the same database, that were cut off: at once where the process can be seen to be
 * gone. The folder may be shared with other machines and containers, whose processes cannot be seen: theirs by age.
 */
export function removeLeft(partial: string): void {
  const folder = dirname(partial);
  const [, prefix = "", mine = ""] = /^(.*\.partial-)(.*)$/.exec(basename(partial)) ?? [];
  const pidOf = (mark: string) => Number(MARK.exec(mark)?.[3]);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || name.startsWith(basename(partial))) continue;
    const [, mark, where] = MARK.exec(name.slice(prefix.length)) ?? [];
    if (mark === undefined || own.has(mark)) continue;
    const isGone = where === machine() && !isAlive(pidOf(mark), pidOf(mine));
    if (isGone || isOld(join(folder, name))) rmSync(join(folder, name), { force: true });
  }
}

function isOld(path: string): boolean {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > LEFT_MS;
}

/** Removes a copy that was not put in its place. */
export function removePartial(partial: string): void {
  for (const suffix of ["", ...JOURNALS]) rmSync(partial + suffix, { force: true });
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

/** @param mine the number of the run that asks: another file with it is of one that had it before */
function isAlive(pid: number, mine: number): boolean {
  if (pid === mine) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

let known: string | undefined;

/** The same for processes that see each other's numbers: those of one boot of a machine, and of one container on it. */
function machine(): string {
  if (known !== undefined) return known;
  const boot = told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const numbers = told(() => readlinkSync("/proc/self/ns/pid"));
  known = new Bun.CryptoHasher("sha256").update(`${hostname()} ${boot} ${numbers}`).digest("hex").slice(0, 8);
  return known;
}

/** Only Linux tells. */
function told(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
