import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { realPath } from "#src/database/real-path.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";

const MAGIC = "SQLite format 3\0";

/** A database file. */
export type DatabaseFile = {
  /** As the user named it. */
  readonly path: string;
  /** Where it lies itself, when that is a link: its journals and copies stand there. */
  readonly real: string;
  /** Folder of its scheduled backups, null for none. */
  readonly backupDir: string | null;
};

export function fileAt(path: string, backupDir: string | null = null): DatabaseFile {
  return { path, real: realPath(path), backupDir };
}

/**
 * Sees to it that the file is there and may be opened: makes the folder (0700) and an empty file (0600) when missing.
 * Throws `DatabaseUnusable`, with everything untouched, when it cannot be ours.
 */
export function prepareFile({ path, real }: DatabaseFile): void {
  try {
    mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
    if (!existsSync(real)) closeSync(openSync(real, "a", 0o600));
    if (!statSync(real).isFile()) throw new DatabaseUnusable(`${path} is not a file`);
    requireWritable(real, "the file", constants.R_OK | constants.W_OK);
    // The journal stands beside the file.
    requireWritable(dirname(real), "its folder", constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    throw new DatabaseUnusable(`cannot write the database ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`);
  }
  const head = readBytes(real, 0, MAGIC.length).toString("latin1");
  if (head !== "" && head !== MAGIC) throw new DatabaseUnusable(`${path} is no SQLite database; it was left as it is`);
}

function requireWritable(path: string, what: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const help =
      code === "EROFS"
        ? "stands on a disk that is mounted read-only"
        : "may not be written by the user who starts this";
    throw new Error(`${what} ${help} (${code}): make it writable, or set DATABASE_PATH to another place`, {
      cause: error,
    });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === "ENOSPC" || code === "EDQUOT" ? `its disk is full (${code}): free some space` : message;
}

/** So many bytes of a file from a place on; fewer where it ends. */
export function readBytes(path: string, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}
