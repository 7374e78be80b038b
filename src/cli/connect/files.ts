import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { stampOf } from "#src/database/copies.ts";
import { CommandError, EXIT } from "#src/cli/exit.ts";
import { type SettingsFile, Unmergeable } from "./agent.ts";

/** A file of settings as it stands. */
type Standing = {
  /** Where it is in truth, when a link leads there. */
  readonly real: string;
  /** Null when there is none. */
  readonly text: string | null;
  readonly mode: number;
};

/** What happens to one file; `text` is null when it goes. */
export type Change = {
  readonly path: string;
  readonly action: "created" | "changed" | "removed" | "unchanged";
  readonly text: string | null;
  readonly notes: readonly string[];
  readonly standing: Standing;
  readonly needsBackup: boolean;
};

/** What connecting does to a file. Writes nothing. Throws `CommandError` for a file that cannot be merged into. */
export function planConnect(file: SettingsFile): Change {
  const standing = read(file);
  const { text, notes } = merged(file, () => file.connect(standing.text));
  const isSame = text === standing.text;
  const action = isSame ? "unchanged" : standing.text === null ? "created" : "changed";
  return { path: file.path, action, text, notes, standing, needsBackup: action === "changed" };
}

/** The same of undoing it. */
export function planDisconnect(file: SettingsFile): Change {
  const standing = read(file);
  const { text: before } = standing;
  const text = before === null ? null : merged(file, () => file.disconnect(before, copiesOf(standing.real)));
  const action = text === before ? "unchanged" : text === null ? "removed" : "changed";
  // A file goes when it holds nothing but ours: that can be had again.
  const needsBackup = action === "changed" || (before !== null && text === null && file.isEdited?.(before) === true);
  return { path: file.path, action, text, notes: [], standing, needsBackup };
}

/** Carries a change out: whole or not at all. Returns the path of the backup; null for none. */
export function carryOut({ path, action, text, standing, needsBackup }: Change, now: number): string | null {
  if (action === "unchanged") return null;
  const { real, mode } = standing;
  try {
    if (standing.text !== null && (mode & 0o200) === 0) {
      throw new CommandError(`${path} is read-only: nothing was written to it`);
    }
    fs.mkdirSync(dirname(real), { recursive: true });
    const backup = needsBackup ? copyBeside(real, mode, now) : null;
    if (text === null) fs.unlinkSync(real);
    else replace(path, standing, text);
    return backup;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be written, and was not: ${(error as Error).message}`);
  }
}

function merged<Value>({ path }: SettingsFile, merge: () => Value): Value {
  try {
    return merge();
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error;
    const message = `${path} is left as it is: ${error.message}; --print shows what belongs there`;
    throw new CommandError(message, EXIT.conflict);
  }
}

function read({ path, mode }: SettingsFile): Standing {
  try {
    const real = realPath(path);
    const stats = fs.statSync(real, { throwIfNoEntry: false });
    if (stats === undefined) return { real, text: null, mode };
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(real));
    return { real, text, mode: stats.mode & 0o7777 };
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Where links lead, also those to a file that is not there yet. */
function realPath(path: string): string {
  let at = path;
  for (let links = 0; links < 40; links += 1) {
    const stats = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return at;
    at = resolve(dirname(at), fs.readlinkSync(at));
  }
  throw new Error("too many links");
}

/** Texts of the backups that stand beside a file, the newest first. */
function copiesOf(real: string): string[] {
  const prefix = `${basename(real)}.backup-`;
  const names = fs.readdirSync(dirname(real)).filter((name) => name.startsWith(prefix));
  return names
    .toSorted()
    .toReversed()
    .flatMap((name) => {
      try {
        return [fs.readFileSync(join(dirname(real), name), "utf8")];
      } catch {
        return [];
      }
    });
}

function copyBeside(real: string, mode: number, now: number): string {
  for (let turn = 1; ; turn += 1) {
    const copy = `${real}.backup-${stampOf(now)}${turn === 1 ? "" : `-${turn}`}`;
    try {
      fs.copyFileSync(real, copy, fs.constants.COPYFILE_EXCL);
      fs.chmodSync(copy, mode);
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Puts a text in the place of a file in one step, unless it has changed since it was read. */
function replace(path: string, { real, text: before, mode }: Standing, text: string): void {
  const aside = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = fs.openSync(aside, "wx", 0o600);
    try {
      fs.writeFileSync(file, text);
      fs.fchmodSync(file, mode);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    const present = fs.existsSync(real) ? fs.readFileSync(real, "utf8") : null;
    if (present !== before) throw new CommandError(`${path} was changed meanwhile: run it again`, EXIT.conflict);
    fs.renameSync(aside, real);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}
