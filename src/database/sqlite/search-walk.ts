import type { PageRequest } from "#src/domain/listing.ts";
import type { ListSpec } from "./list.ts";
import type { Bindings, Reader } from "./reader.ts";
import { type Stored, UNREADABLE_MS } from "./rows.ts";
import type { MatchExpression } from "./search-expression.ts";
import {
  type DocumentKey,
  documentOf,
  documentParts,
  EPOCH_MS,
  FIRST_MS,
  LAST_MS,
  LAST_NUMBER,
  rowidOf,
  type TextSource,
  wrapsUpTo,
} from "./text-sources.ts";

/** Which documents: from the newest down to the oldest, both of them too. */
export type Range = { readonly newest: DocumentKey; readonly oldest: DocumentKey };

/** A filter that leads: a column that equals one value. */
export type Lead = { readonly column: string; readonly value: string };

export type Filters = {
  /** Conditions on the row `t`. */
  readonly sql: string;
  readonly bindings: Bindings;
};

/** The documents behind a cursor and within the window. */
export function rangeOf({ cursor, since, until }: PageRequest): Range {
  const ends = [{ ms: LAST_MS, n: LAST_NUMBER }];
  if (cursor !== undefined) ends.push(before(keyOfCursor(cursor)));
  if (until !== undefined && until - EPOCH_MS <= LAST_MS) ends.push(before({ ms: clamp(until - EPOCH_MS), n: 0 }));
  const newest = ends.reduce((a, b) => (isBelow(b, a) ? b : a));
  return { newest, oldest: { ms: since === undefined ? FIRST_MS : clamp(since - EPOCH_MS), n: 0 } };
}

/** The filters of a request; a window leaves out rows whose time cannot be read. */
export function filtersOf(spec: ListSpec<unknown>, filter: object, { since, until }: PageRequest): Filters {
  const given = Object.entries(filter).filter(([name, value]) => value !== undefined && name !== "q");
  const isWindow = since !== undefined || until !== undefined;
  const window = isWindow ? ["t.created_ms >= $since and t.created_ms < $until"] : [];
  return {
    sql: [...given.map(([name]) => spec.conditions[name]!.sql), ...window].map((one) => ` and ${one}`).join(""),
    bindings: {
      ...Object.fromEntries(given.map(([name, value]) => [name, JSON.stringify(value)])),
      ...(isWindow ? { since: since ?? UNREADABLE_MS + 1, until: until ?? Number.MAX_SAFE_INTEGER } : {}),
    },
  };
}

/** The filter that a walk can go along: the first that equals a single value. */
export function leadOf(spec: ListSpec<unknown>, filter: object): Lead | null {
  for (const [name, value] of Object.entries(filter)) {
    const column = spec.conditions[name]?.leads?.column;
    if (column !== undefined && Array.isArray(value) && value.length === 1)
      return { column, value: value[0] as string };
  }
  return null;
}

/**
 * Rows of a search, newest first: of every document that is examined its number (`doc_ms`, `doc_n`), and its row when that
 * is there and passes the filters (else `found` is null).
 */
export function createSearchWalk(reader: Reader, source: TextSource, spec: ListSpec<unknown>) {
  const { table } = source;
  const columns = `${documentParts("d.document")}, t.rowid as found, ${spec.columns}`;
  const highest = `select ifnull(max(rowid), 0) as id from ${table}`;

  return {
    /** Documents that the index finds. */
    matching({ match }: MatchExpression, range: Range, filters: Filters): Iterable<Stored> {
      const documents = `select ~rowid as document from ${table}_text where ${table}_text match $match
        and rowid between ${rowidOf("newestMs", "newestN")} and ${rowidOf("oldestMs", "oldestN")} order by rowid`;
      const usesWraps = source.rowOfDocument.includes("$wraps");
      const wraps = usesWraps ? { wraps: wrapsUpTo(reader.prepare<{ id: number }>(highest).get({})!.id) } : {};
      const sql = `select ${columns} from (${documents} limit -1) d ${source.rowOfDocument}${filters.sql}`;
      return reader.prepare<Stored>(sql).iterate({ ...filters.bindings, ...bindRange(range), ...wraps, match });
    },

    /** All documents, or those of one value of a column. */
    all(lead: Lead | null, range: Range, filters: Filters): Iterable<Stored> {
      const { sql: where, bindings } = rowsIn(lead, range);
      const rows = `select t.rowid as row, ${source.document} as document from ${table} t where ${where}
        and ${source.document} <= ${documentOf("newestMs", "newestN")} order by t.created_ms desc, t.${source.tie} desc limit -1`;
      const sql = `select ${columns} from (${rows}) d left join ${table} t on t.rowid = d.row${filters.sql}`;
      const { newestMs, newestN } = bindRange(range);
      return reader.prepare<Stored>(sql).iterate({ ...filters.bindings, ...bindings, newestMs, newestN });
    },

    /** How many rows `all` would examine, counted to a bound. */
    count(lead: Lead, range: Range, most: number): number {
      const { sql, bindings } = rowsIn(lead, range);
      const count = `select count(*) as n from (select 1 from ${table} t where ${sql} limit $most)`;
      return reader.prepare<{ n: number }>(count).get({ ...bindings, most })!.n;
    },
  };

  function rowsIn(lead: Lead | null, { newest, oldest }: Range): Filters {
    const equals = lead === null ? "" : `t.${lead.column} = $lead and `;
    return {
      sql: `${equals}t.created_ms <= $walkTo and t.created_ms >= $walkFrom`,
      bindings: {
        ...(lead === null ? {} : { lead: lead.value }),
        walkTo: newest.ms === LAST_MS ? Number.MAX_SAFE_INTEGER : newest.ms + EPOCH_MS,
        walkFrom: oldest.ms === FIRST_MS ? UNREADABLE_MS : oldest.ms + EPOCH_MS,
      },
    };
  }
}

function bindRange({ newest, oldest }: Range) {
  return { newestMs: newest.ms, newestN: newest.n, oldestMs: oldest.ms, oldestN: oldest.n };
}

/** A cursor of a search stands at a document: whatever its id was, something of this list comes of it. */
function keyOfCursor({ millis, id }: NonNullable<PageRequest["cursor"]>): DocumentKey {
  const n = Number(id);
  return { ms: clamp(millis - EPOCH_MS), n: Number.isInteger(n) && n >= 0 ? n % (LAST_NUMBER + 1) : 0 };
}

/** The document right before this one in time. */
export function before({ ms, n }: DocumentKey): DocumentKey {
  return n > 0 ? { ms, n: n - 1 } : { ms: ms - 1, n: LAST_NUMBER };
}

export function isBelow(a: DocumentKey, b: DocumentKey): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.n < b.n);
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, FIRST_MS), LAST_MS);
}
