import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The newest copy that a migration left beside a file, `<file>.backup-<schema>-<UTC time>`; null when there is none. */
export function newestCopy(path: string): string | null {
  const folder = dirname(path);
  const prefix = `${basename(path)}.backup-`;
  const copies = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && !name.endsWith(".partial"))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }));
  return copies.toSorted((one, other) => other.at - one.at)[0]?.path ?? null;
}
