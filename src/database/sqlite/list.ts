import type { PageRequest } from "#src/domain/listing.ts";
import type { Page, Read } from "#src/database/manager.ts";
import type { Bindings, Reader } from "./reader.ts";
import { type Stored, UNREADABLE_MS } from "./rows.ts";
import {
  fromCursor,
  indexWalk,
  type Lead,
  type Position,
  positionOf,
  rowsOnWalk,
  toCursor,
  type Walked,
} from "./walk.ts";

/** Rows that one request may examine, and for how many milliseconds it may go on to look at more of them. */
const EXAMINED = 10_000;
const EXAMINE_MS = 6;
/** Rows that it examines at first, and how many times more with each step. */
const FIRST_STEP = 128;
const STEP_GROWTH = 4;
/** Characters after which a page ends. */
const PAGE_SIZE = 4_000_000;

/** A filter: what a row `t` must satisfy, with the filter's value as JSON in a parameter of the filter's name. */
export type Condition = {
  readonly sql: string;
  /** The column, when the filter is "equals one of", with its index on (column, time, id), down which a list can walk. */
  readonly leads?: Lead;
};

export type ListSpec<Row> = Walked & {
  readonly columns: string;
  /** By name; of several filters that are given, the first here that can lead does. */
  readonly conditions: Readonly<Record<string, Condition>>;
  readonly toRow: (stored: Stored) => Row;
};

/** "Equals one of", over an array; leads. */
export function isAnyOf(column: string, name: string, index: string): Condition {
  return { sql: `t.${column} in (select value from json_each($${name}))`, leads: { column, index } };
}

/** "Is so", over a boolean, where 0 and 1 are stored; leads. */
export function isTrue(column: string, name: string, index: string): Condition {
  return { sql: `t.${column} = json_extract($${name}, '$')`, leads: { column, index } };
}

/** What a request asks for: the filter that leads, with its values, the other filters, and the part of the walk. */
type Plan = {
  readonly lead: Lead | null;
  readonly values: readonly unknown[];
  readonly rest: readonly [name: string, value: unknown][];
  readonly from: Position;
  readonly since: number;
  readonly limit: number;
};

/**
 * Keyset-paged list, newest first. One filter leads: its walk goes down an index on (column, time, id), "any of" as a
 * merge of such walks; without one it goes down (time, id). The other filters are applied along the walk.
 */
export function createList<Row>(reader: Reader, spec: ListSpec<Row>) {
  return (filter: object, page: PageRequest): Promise<Read<Page<Row>>> =>
    reader.snapshot(() => {
      const plan = planOf(spec, filter, page);
      if (plan.rest.length > 0 || plan.values.length > 1) return examine(reader, spec, plan);
      const found = createPage(spec, plan.limit);
      found.take(rowsOnWalk<Stored>(reader, spec, plan.lead, plan.values, { ...plan, limit: plan.limit + 1 }));
      return found.page(null);
    });
}

function planOf(spec: ListSpec<unknown>, filter: object, page: PageRequest): Plan {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, unknown][];
  const leader = Object.keys(spec.conditions).find(
    (name) => spec.conditions[name]!.leads !== undefined && given.some(([other]) => other === name),
  );
  return {
    lead: leader === undefined ? null : spec.conditions[leader]!.leads!,
    values: given.filter(([name]) => name === leader).flatMap(([, value]) => value),
    rest: given.filter(([name]) => name !== leader),
    from: startOf(page),
    // A window leaves out rows whose time cannot be read.
    since: page.since ?? (page.until === undefined ? UNREADABLE_MS : UNREADABLE_MS + 1),
    limit: page.limit,
  };
}

function startOf({ cursor, until = Number.MAX_SAFE_INTEGER }: PageRequest): Position {
  return cursor !== undefined && cursor.millis < until ? fromCursor(cursor) : { millis: until, id: null };
}

/** Goes along a walk, in growing steps, and takes the rows that pass the other filters. */
function examine<Row>(reader: Reader, spec: ListSpec<Row>, plan: Plan): Page<Row> {
  const rest = plan.rest.map(([name]) => spec.conditions[name]!.sql).join(" and ");
  const bindings: Bindings = Object.fromEntries(plan.rest.map(([name, value]) => [name, JSON.stringify(value)]));
  const statement = reader.prepare<Stored>(
    `select ${spec.columns} from (select value as examined from json_each($examined)) cross join ${spec.table} t on t.rowid = examined` +
      (rest === "" ? "" : ` where ${rest}`),
  );
  const walk = indexWalk(reader, spec, plan.lead, plan.values);
  const found = createPage(spec, plan.limit);
  const began = performance.now();
  let left = EXAMINED;
  let step = rest === "" ? plan.limit + 1 : Math.min(plan.limit + 1, FIRST_STEP);
  for (let from = plan.from; ;) {
    const asked = Math.min(step, left);
    const keys = walk(from, plan.since, asked);
    const examined = JSON.stringify(keys.map(([rowid]) => rowid));
    if (found.take(statement.iterate({ ...bindings, examined })) || keys.length < asked) return found.page(null);
    from = positionOf(keys.at(-1)!);
    left -= asked;
    // As many more as there is time for, at the pace so far.
    const took = performance.now() - began;
    step = Math.ceil(step * Math.min(STEP_GROWTH, EXAMINE_MS / took - 1));
    if (left === 0 || step <= 0) return found.page(from);
  }
}

/** A page that is being filled: at most `limit` rows, at most about 4 MB. */
function createPage<Row>(spec: ListSpec<Row>, limit: number) {
  const rows: Row[] = [];
  let last: Stored | null = null;
  let size = 0;
  let full = false;

  return {
    /** Takes rows until one no longer fits; true when it came to that. */
    take(stored: Iterable<Stored>): boolean {
      for (const row of stored) {
        full = last !== null && (rows.length === limit || size >= PAGE_SIZE);
        if (full) break;
        rows.push(spec.toRow(row));
        last = row;
        size += sizeOf(row);
      }
      return full;
    },
    /** The page, which goes on behind its last row when it is full, otherwise at `next`. */
    page(next: Position | null): Page<Row> {
      const end = full ? positionOf([0, last!["walk_ms"] as number, last![spec.id]]) : next;
      return { rows, next: end === null ? null : toCursor(end) };
    },
  };
}

function sizeOf(row: Stored): number {
  let size = 0;
  for (const column in row) {
    const value = row[column];
    if (typeof value === "string") size += value.length;
  }
  return size;
}
