import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseUnusable } from "#src/database/unusable.ts";

const MAGIC = "SQLite format 3\0";

/**
 * Sees to it that the file is there and may be opened: makes the folder (0700) and an empty file (0600) when missing.
 * Throws `DatabaseUnusable`, with everything untouched, when it cannot be ours.
 */
export function prepareFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    if (!statSync(path).isFile()) throw new DatabaseUnusable(`${path} is not a file`);
    requireWritable(path, "the file", constants.R_OK | constants.W_OK);
    // The journal stands beside the file.
    requireWritable(dirname(path), "its folder", constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    throw new DatabaseUnusable(`cannot write the database ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`);
  }
  const head = readHead(path);
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

function readHead(path: string): string {
  const head = Buffer.alloc(MAGIC.length);
  const file = openSync(path, "r");
  try {
    return head.toString("latin1", 0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}
