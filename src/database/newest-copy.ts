import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { timeOfStamp } from "./copies.ts";
import { realPath } from "./real-path.ts";

/** A backup of a database, and when it was written (UTC milliseconds). */
export type FoundCopy = { readonly path: string; readonly at: number };

/**
 * The newest backup of a database: beside it (`<file>.backup-<time>`, as a migration or `backup` leaves them), or in the folder
 * of scheduled ones; null when there is none.
 *
 * @param folder of scheduled backups, null for none
 * @param feed id of the history of its feed; null when that cannot be read: scheduled ones then only count where they are all of one database
 */
export function newestCopy(path: string, folder: string | null, feed: string | null): FoundCopy | null {
  const real = realPath(path);
  const copies = [
    ...[...new Set([path, real])].flatMap((file) => besideOf(file)),
    ...(folder === null ? [] : scheduledIn(folder, basename(real), feed)),
  ];
  return copies.toSorted((one, other) => other.at - one.at)[0] ?? null;
}

function besideOf(path: string): FoundCopy[] {
  const prefix = `${basename(path)}.backup-`;
  const isCopy = (name: string) =>
    name.startsWith(prefix) && timeOfStamp(name.slice(prefix.length).replace(/^\d+-(?=\w)/, "")) !== null;
  return filesIn(dirname(path))
    .filter(isCopy)
    .flatMap((name) => foundAt(join(dirname(path), name)));
}

function scheduledIn(folder: string, name: string, feed: string | null): FoundCopy[] {
  const prefix = `${name}.scheduled-`;
  const named = filesIn(folder).flatMap((file) => {
    const [, id, stamp = ""] =
      /^([\da-f]{8})-(\w+)$/.exec(file.startsWith(prefix) ? file.slice(prefix.length) : "") ?? [];
    return id === undefined || timeOfStamp(stamp) === null ? [] : [{ file, id }];
  });
  const ids = new Set(named.map(({ id }) => id));
  const isOfIt = ({ id }: { readonly id: string }) => (feed === null ? ids.size === 1 : feed.startsWith(id));
  return named.filter(isOfIt).flatMap(({ file }) => foundAt(join(folder, file)));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function foundAt(path: string): FoundCopy[] {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? [] : [{ path, at: found.mtimeMs }];
}
