import { Database } from "bun:sqlite";
import { closeSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { stampOf } from "#src/database/copies.ts";
import { syncPath } from "#src/database/partial.ts";
import { realPath } from "#src/database/real-path.ts";

const PARTIAL = ".partial";

/** A copy of the database that is not in its place yet. */
export type Backup = {
  /** Gives it its name: `<file>.backup-<schema>-<UTC time>`. */
  readonly keep: () => string;
  /** Removes it, unless it has its name. */
  readonly discard: () => void;
};

/** Copies the committed content of a database beside it (mode 0600). The caller holds the write lock. */
export function copyDatabase(named: string, schema: number, nowMillis: number): Backup {
  const path = realPath(named);
  removePartialCopies(path);
  const target = `${path}.backup-${schema}-${stampOf(nowMillis)}`;
  const partial = target + PARTIAL;
  closeSync(openSync(partial, "wx", 0o600));
  const db = new Database(path, { readonly: true });
  try {
    db.run("vacuum into ?", [partial]);
  } finally {
    db.close();
  }
  syncPath(partial);
  return {
    keep() {
      renameSync(partial, target);
      syncPath(dirname(path));
      return target;
    },
    discard: () => rmSync(partial, { force: true }),
  };
}

/** What a start that was cut off left behind. */
function removePartialCopies(path: string): void {
  const prefix = `${basename(path)}.backup-`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix) && name.includes(PARTIAL)) rmSync(join(dirname(path), name));
  }
}
