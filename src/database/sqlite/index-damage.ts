import { onlyIndexes } from "#src/domain/damage-advice.ts";
import { openReader } from "./connection.ts";

/** A check that found fewer faults than this has named them all. */
const NAMED_FAULTS = 3;
const CHECK_FAILS = "its check fails: ";

/**
 * The indexes that a check has found damaged, where nothing else is.
 *
 * @param what a check's words; of other words nothing is known
 */
export function damagedIndexes(path: string, what: string): readonly string[] | null {
  if (!what.startsWith(CHECK_FAILS)) return null;
  const faults = what.slice(CHECK_FAILS.length).split("; ");
  return faults.length < NAMED_FAULTS ? onlyIndexes(faults, indexRoots(path)) : null;
}

/** None where even that cannot be read. */
function indexRoots(path: string): Map<number, string> {
  try {
    using db = openReader(path);
    const indexes = db
      .query<{ rootpage: number; name: string }, []>("select rootpage, name from sqlite_master where type = 'index'")
      .all();
    return new Map(indexes.map(({ rootpage, name }) => [rootpage, name]));
  } catch {
    return new Map();
  }
}
