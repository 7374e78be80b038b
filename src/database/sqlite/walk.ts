import type { Cursor } from "#src/domain/listing.ts";
import type { Bindings, Reader } from "./reader.ts";

/** Where a walk stands: behind this time, and at this very time behind this id. Behind null there is none of this time. */
export type Position = { readonly millis: number; readonly id: string | number | null };

/** A row as a walk finds it. Other programs' ids may be any SQLite value. */
export type Key = readonly [rowid: number, millis: number, id: unknown];

/**
 * Goes on from a position, down to `since` (UTC milliseconds, inclusive), and finds at most `count` rows, newest first:
 * all that one filter lets pass, each once. Fewer than asked for: that was its end.
 */
export type Walk = (from: Position, since: number, count: number) => Key[];

/** What is walked over: a table with its ordering column in UTC milliseconds, and the id that breaks ties. */
export type Walked = { readonly table: string; readonly time: string; readonly id: string };

/** A column of which equal values are walked over, and its index on (column, time, id). */
export type Lead = { readonly column: string; readonly index: string };

/** The parameters of both parts of a walk are named as here. */
type Part = { readonly range: (list: Walked) => string; readonly bind: (from: Position, since: number) => Bindings };

/** Two seeks instead of one by (time, id): by that SQLite cannot seek where the id is the rowid, and would step over ties. */
const TIES: Part = {
  range: ({ time, id }) => `t.${time} = $millis and t.${id} < $id`,
  bind: ({ millis, id }) => ({ millis, id }),
};
const BELOW: Part = {
  range: ({ time }) => `t.${time} < $millis and t.${time} >= $since`,
  bind: ({ millis }, since) => ({ millis, since }),
};

/** The parts in which a walk goes on. */
function partsFrom(from: Position, since: number): Part[] {
  return from.id === null || from.millis < since ? [BELOW] : [TIES, BELOW];
}

/**
 * Walks behind "equals" one of these values, each value down its index on (column, time, id); all rows without one.
 * SQLite merges them without a sort ("MERGE (UNION ALL)") and reads no further than asked.
 */
export function indexWalk(
  reader: Pick<Reader, "prepare">,
  list: Walked,
  lead: Lead | null,
  values: readonly unknown[],
): Walk {
  const columns = `t.rowid as examined, t.${list.time}, t.${list.id}`;
  const given = bindValues(lead === null ? null : values);
  return (from, since, count) => {
    const keys: Key[] = [];
    for (const { range, bind } of partsFrom(from, since)) {
      if (keys.length === count) break;
      const sql = partSql(list, columns, range(list), lead, Object.keys(given));
      const bindings = { ...given, ...bind(from, since), limit: count - keys.length };
      keys.push(...(reader.prepare(sql).values(bindings) as unknown as Key[]));
    }
    return keys;
  };
}

/** The rows themselves, where one index leads to all of them. */
export function* rowsOnWalk<Stored>(
  reader: Reader,
  list: Walked & { readonly columns: string },
  lead: Lead | null,
  values: readonly unknown[],
  { from, since, limit }: { from: Position; since: number; limit: number },
): Generator<Stored, void> {
  const given = bindValues(lead === null ? null : values);
  for (const { range, bind } of partsFrom(from, since)) {
    const sql = partSql(list, list.columns, range(list), lead, Object.keys(given));
    yield* reader.prepare<Stored>(sql).iterate({ ...given, ...bind(from, since), limit });
  }
}

function partSql(list: Walked, columns: string, range: string, lead: Lead | null, names: readonly string[]): string {
  const select = (equals: string) => `select ${columns} from ${list.table} t${equals}${range}`;
  // Somebody's ANALYZE may make another index look better.
  const terms =
    lead === null
      ? [select(" where ")]
      : names.map((name) => select(` indexed by ${lead.index} where t.${lead.column} = $${name} and `));
  return `${terms.join(" union all ")} order by ${list.time} desc, ${list.id} desc limit $limit`;
}

/** Each value once, and nulls, which equal nothing, up to a power of two: so few different texts are prepared. */
function bindValues(values: readonly unknown[] | null): Bindings {
  if (values === null) return {};
  const distinct = [...new Set(values)].map((value) => (typeof value === "boolean" ? Number(value) : value));
  const count = 2 ** Math.ceil(Math.log2(Math.max(distinct.length, 1)));
  const padded = Array.from({ length: count }, (_, at) => (distinct[at] ?? null) as string | number | null);
  return Object.fromEntries(padded.map((value, at) => [`equal${at}`, value]));
}

/** Other programs may store a null id, which sorts before all text, or a blob, which sorts behind it. */
export function positionOf([, millis, id]: Key): Position {
  return { millis, id: typeof id === "string" || typeof id === "number" || id === null ? id : "\u{10FFFF}" };
}

/** In a cursor -1 stands for an id that is missing. */
export function toCursor({ millis, id }: Position): Cursor {
  return { millis, id: id ?? -1 };
}

export function fromCursor({ millis, id }: Cursor): Position {
  return { millis, id: id === -1 ? null : id };
}
