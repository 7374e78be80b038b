import type { Cursor, PageRequest } from "#src/domain/listing.ts";
import type { Page, Read } from "#src/database/manager.ts";
import type { Bindings, Reader } from "./reader.ts";
import { type Stored, UNREADABLE_MS } from "./rows.ts";

/** Rows that one request may examine. */
const EXAMINED = 10_000;
/** Characters after which a page ends. */
const PAGE_SIZE = 4_000_000;

/** A filter: what a row must satisfy, with the values as JSON in a parameter of the filter's name. */
export type Condition = {
  readonly sql: string;
  /** The column, when the filter is "equals one of" and an index leads from it to (time, id). */
  readonly leads?: string;
};

export type ListSpec<Row> = {
  readonly table: string;
  readonly columns: string;
  /** The ordering column in UTC milliseconds, and the id that breaks ties. */
  readonly time: string;
  readonly id: string;
  readonly conditions: Readonly<Record<string, Condition>>;
  readonly toRow: (stored: Stored) => Row;
};

/** "Equals one of", over an array. */
export function isAnyOf(column: string, name: string, indexed = false): Condition {
  const sql = `t.${column} in (select value from json_each($${name}))`;
  return indexed ? { sql, leads: column } : { sql };
}

/** Holds this text, in any case (ASCII letters). */
export function holdsText(columns: readonly string[], name: string): Condition {
  const haystack = columns.map((column) => `ifnull(t.${column}, '')`).join(" || char(10) || ");
  return { sql: `instr(lower(${haystack}), lower(json_extract($${name}, '$'))) > 0` };
}

/**
 * Keyset-paged list, newest first. The walk goes down an index on (time, id), behind one filter's column where a single
 * value is asked for; the other filters are applied along the walk, on at most 10,000 rows.
 */
export function createList<Row>(reader: Reader, spec: ListSpec<Row>) {
  return (filter: object, page: PageRequest): Promise<Read<Page<Row>>> =>
    reader.snapshot(() => {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, unknown][];
      const lead = given.find(([name, value]) => spec.conditions[name]!.leads !== undefined && isSingle(value))?.[0];
      const walk = walkFrom(spec, lead);
      const rest = given.map(([name]) => name).filter((name) => name !== lead);
      const bindings = bind(given, lead, page);
      if (rest.length === 0) {
        const sql = `select ${spec.columns} from ${spec.table} t ${walk} limit $limit`;
        return takePage(reader.prepare<Stored>(sql).iterate({ ...bindings, $limit: page.limit + 1 }), spec, page.limit);
      }
      const conditions = rest.map((name) => spec.conditions[name]!.sql).join(" and ");
      const examined = `select t.rowid as examined from ${spec.table} t ${walk} limit ${EXAMINED}`;
      const sql = `select ${spec.columns} from (${examined}) cross join ${spec.table} t on t.rowid = examined where ${conditions} limit $limit`;
      const found = takePage(
        reader.prepare<Stored>(sql).iterate({ ...bindings, $limit: page.limit + 1 }),
        spec,
        page.limit,
      );
      return found.next === null ? { rows: found.rows, next: lastExamined(reader, spec, walk, bindings) } : found;
    });
}

function isSingle(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1;
}

function walkFrom(spec: ListSpec<unknown>, lead: string | undefined): string {
  const equals = lead === undefined ? "" : `t.${spec.conditions[lead]!.leads} = $lead and `;
  return `where ${equals}(t.${spec.time}, t.${spec.id}) < ($beforeMs, $beforeId) and t.${spec.time} >= $since order by t.${spec.time} desc, t.${spec.id} desc`;
}

function bind(given: [string, unknown][], lead: string | undefined, page: PageRequest): Bindings {
  const before = startOf(page);
  const bindings: Bindings = {
    $beforeMs: before.millis,
    $beforeId: before.id,
    // A window leaves out rows whose time cannot be read.
    $since: page.since ?? (page.until === undefined ? UNREADABLE_MS : UNREADABLE_MS + 1),
  };
  for (const [name, value] of given) {
    if (name === lead) bindings["$lead"] = (value as string[])[0]!;
    else bindings[`$${name}`] = JSON.stringify(value);
  }
  return bindings;
}

/** Where the walk begins; smaller than any id is -1, which sorts before text too. */
function startOf({ cursor, until = Number.MAX_SAFE_INTEGER }: PageRequest): Cursor {
  return cursor !== undefined && cursor.millis < until ? cursor : { millis: until, id: -1 };
}

function cursorOf(spec: ListSpec<unknown>, stored: Stored): Cursor {
  return { millis: stored["walk_ms"] as number, id: cursorId(stored[spec.id]) };
}

/** Other programs may store a null id, which sorts before all text, or a blob, which sorts behind it. */
function cursorId(id: unknown): string | number {
  if (typeof id === "string" || typeof id === "number") return id;
  return id === null ? -1 : "\u{10FFFF}";
}

function takePage<Row>(stored: Iterable<Stored>, spec: ListSpec<Row>, limit: number): Page<Row> {
  const rows: Row[] = [];
  let last: Stored | null = null;
  let size = 0;
  for (const row of stored) {
    if (last !== null && (rows.length === limit || size >= PAGE_SIZE)) return { rows, next: cursorOf(spec, last) };
    rows.push(spec.toRow(row));
    last = row;
    size += sizeOf(row);
  }
  return { rows, next: null };
}

function sizeOf(row: Stored): number {
  let size = 0;
  for (const value of Object.values(row)) if (typeof value === "string") size += value.length;
  return size;
}

/** The last row that the budget allowed to examine; null when the walk ended before. */
function lastExamined(reader: Reader, spec: ListSpec<unknown>, walk: string, bindings: Bindings): Cursor | null {
  const sql = `select t.${spec.time} as walk_ms, t.${spec.id} as ${spec.id} from ${spec.table} t ${walk} limit 1 offset ${EXAMINED - 1}`;
  const row = reader.prepare<Stored>(sql).get(bindings);
  return row === null ? null : cursorOf(spec, row);
}
