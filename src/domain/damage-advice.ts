const RESTORE = "run `orchestrator doctor` where the server runs, and restore a backup";

/**
 * What to do about a damaged database.
 *
 * @param indexes names of those that are damaged, where nothing else is; null where more is, or it is not known
 */
export function damageAdvice(indexes: readonly string[] | null): string {
  if (indexes === null) return RESTORE;
  const names = indexes.join(", ");
  return `only indexes are damaged (${names}), no row is: stop the server and run \`REINDEX\` on the file with an SQLite shell; where that fails, restore a backup`;
}

/** A page of a tree, which is a table or an index, by the number of its first page. */
const OF_TREE = /^(?:On tree page|Tree) (\d+)\b/;
/** What does not agree with its table. */
const OF_INDEX =
  /^(?:wrong # of entries in|row \d+ missing from|row \d+ values differ from|non-unique entry in|rowid not at end-of-record for row \d+ of) index (.+)$/;
/** Says where the lines behind it are; or what an index that cannot be read leaves without an owner. */
const NOT_ITSELF = /^(?:\*\*\* in database \w+ \*\*\*$|Page \d+(?:: | is )never used)/;

/**
 * The indexes that a check found damaged, when nothing else is: `REINDEX` may mend those, and no row is lost. Null when
 * more is, or when a line does not say what it is about.
 *
 * @param faults all lines of `quick_check` or `integrity_check`
 * @param roots names of the indexes by their root pages
 */
export function onlyIndexes(
  faults: readonly string[],
  roots: ReadonlyMap<number, string>,
): readonly [string, ...string[]] | null {
  const names = new Set<string>();
  for (const fault of faults) {
    if (NOT_ITSELF.test(fault)) continue;
    const root = OF_TREE.exec(fault)?.[1];
    const name = root === undefined ? OF_INDEX.exec(fault)?.[1] : roots.get(Number(root));
    if (name === undefined) return null;
    names.add(name);
  }
  const [first, ...more] = names;
  return first === undefined ? null : [first, ...more];
}
