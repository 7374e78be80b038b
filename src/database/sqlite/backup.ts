import { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const PARTIAL = ".partial";

/** A copy of the database that is not in its place yet. */
export type Backup = {
  /** Gives it its name: `<file>.backup-<schema>-<UTC time>`. */
  readonly keep: () => string;
  /** Removes it, unless it has its name. */
  readonly discard: () => void;
};

/** Copies the committed content of a database beside it (mode 0600). The caller holds the write lock. */
export function copyDatabase(path: string, schema: number, nowMillis: number): Backup {
  removePartialCopies(path);
  const time = new Date(nowMillis).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const target = `${path}.backup-${schema}-${time}`;
  const partial = target + PARTIAL;
  closeSync(openSync(partial, "wx", 0o600));
  const db = new Database(path, { readonly: true });
  try {
    db.run("vacuum into ?", [partial]);
  } finally {
    db.close();
  }
  sync(partial);
  return {
    keep() {
      renameSync(partial, target);
      sync(dirname(path));
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

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
