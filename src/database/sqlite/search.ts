import { setImmediate as nextTick } from "node:timers/promises";
import type { PageRequest } from "#src/domain/listing.ts";
import { type Found, highlightText, matchesText, parseTextQuery, type TextQuery } from "#src/domain/search-text.ts";
import type { Page, Read, TextIndexStore } from "#src/database/manager.ts";
import { createList, type ListSpec } from "./list.ts";
import type { Reader } from "./reader.ts";
import type { Stored } from "./rows.ts";
import { type MatchExpression, matchExpression } from "./search-expression.ts";
import { before, createSearchWalk, filtersOf, isBelow, leadOf, rangeOf } from "./search-walk.ts";
import { type DocumentKey, EPOCH_MS, keyOf, searchedTexts, type TextSource } from "./text-sources.ts";

/** What one request may examine, and how long it may go on (milliseconds), longer for each row that it has found. */
const EXAMINED = 10_000;
const SEARCH_MS = 5;
const SEARCH_MS_OF_ROW = 0.02;
/** So much is looked at however long it takes: what a small store holds is found by one request on any machine. */
const SURE = 500;
/** How long it may hold the thread at a stretch. */
const SLICE_MS = 3;
/** Characters after which a page ends. */
const PAGE_SIZE = 4_000_000;
/** So few rows of another filter are looked at without asking the index; after so much without a full page, more. */
const FEW = 300;
const PATIENCE = { examined: 500, millis: 2 };
/** How long a search waits for the index to have what is committed. */
const REACH_MS = 500;

const SEQ = "select cast(value as integer) as seq from orchestrator_meta where key = 'text_seq'";

/** A keyset-paged list that can be searched with `q`. */
export function createSearchedList<Row extends object>(
  reader: Reader,
  texts: TextIndexStore,
  source: TextSource,
  spec: ListSpec<Row>,
) {
  const list = createList(reader, spec);
  const walk = createSearchWalk(reader, source, spec);

  return async (filter: { readonly q?: string | undefined }, page: PageRequest): Promise<Read<Page<Found<Row>>>> => {
    if (filter.q === undefined) return list(filter, page);
    await texts.reach(REACH_MS);
    const search = createSearchOf(filter.q, filter, page);
    const first = await reader.snapshot(() => {
      const indexed = reader.prepare<{ seq: number }>(SEQ).get({})!.seq;
      return { indexed, isDone: search.slice() };
    });
    for (let { isDone } = first.value; !isDone;) {
      await nextTick();
      isDone = (await reader.snapshot(() => search.slice())).value;
    }
    // Behind that, a change may concern a row that the index did not yet have.
    return { seq: Math.min(first.seq, first.value.indexed), value: search.page() };
  };

  /** One request. Each slice reads a snapshot of its own. */
  function createSearchOf(q: string, filter: object, page: PageRequest) {
    const query = parseTextQuery(q);
    const filters = filtersOf(spec, filter, page);
    const { oldest, newest } = rangeOf(page);
    const rows = createRows(source, spec, query, page.limit);
    const began = performance.now();
    let lead = leadOf(spec, filter);
    let expression: MatchExpression | null | undefined;
    let walksAll = false;
    let from = newest;
    let examined = 0;
    let next: DocumentKey | null = null;

    /** When the request has taken its time. */
    function endMs(): number {
      return examined >= SURE ? began + SEARCH_MS + SEARCH_MS_OF_ROW * rows.taken.length : Number.POSITIVE_INFINITY;
    }

    /** Goes over rows until the thread has been held long enough; where it stopped, null at the end of the rows. */
    function go(stored: Iterable<Stored>, check: TextQuery | null, isIndexed: boolean): DocumentKey | null {
      const now = performance.now();
      const end = Math.min(now + SLICE_MS, Math.max(now + 1, endMs()));
      let at: DocumentKey | null = null;
      for (const row of stored) {
        const key = keyOf(row);
        const isNew = at === null || isBelow(key, at);
        if (isNew && at !== null && (examined >= EXAMINED || performance.now() > end)) return at;
        if (isNew) examined += 1;
        at = key;
        if (row["found"] !== null && rows.take(row, key, check, isIndexed)) return at;
      }
      return null;
    }

    /** Whether the rows of the filter that leads are so few that all of them can be looked at. */
    function findsFew(): boolean {
      if (lead === null) return false;
      const isPatient = examined < PATIENCE.examined && performance.now() - began < PATIENCE.millis;
      if (isPatient && examined > 0) return false;
      const most = isPatient ? FEW : EXAMINED - examined;
      const isFew = walk.count(lead, { newest: from, oldest }, most) < most;
      if (!isFew && !isPatient) lead = null;
      return isFew;
    }

    function searchAll(): DocumentKey | null {
      return go(walk.all(lead, { newest: from, oldest }, filters), query, false);
    }

    function searchIndex(asked: MatchExpression): DocumentKey | null {
      return go(walk.matching(asked, { newest: from, oldest }, filters), asked.isWider ? query : null, true);
    }

    return {
      /** True when the page is done. */
      slice(): boolean {
        if (isBelow(from, oldest)) return true;
        if (expression === undefined) {
          expression = matchExpression(reader, source, query);
          walksAll = expression === null;
          if (walksAll) lead = leadOf(spec, filter);
        }
        walksAll ||= findsFew();
        const stopped = walksAll ? searchAll() : searchIndex(expression!);
        if (rows.isFull || stopped === null) return true;
        from = before(stopped);
        if (examined < EXAMINED && performance.now() < endMs()) return false;
        next = stopped;
        return true;
      },
      page(): Page<Found<Row>> {
        const end = rows.isFull ? rows.last : next;
        // A search goes on behind a document. In lists of text ids the cursor's is text.
        const id = (n: number) => (source.tie === "id" ? n : String(n));
        return { rows: rows.taken, next: end === null ? null : { millis: end.ms + EPOCH_MS, id: id(end.n) } };
      },
    };
  }
}

/** Rows of a page that is being filled: at most `limit` rows, at most about 4 MB. */
function createRows<Row extends object>(source: TextSource, spec: ListSpec<Row>, query: TextQuery, limit: number) {
  const taken: Found<Row>[] = [];
  let last: DocumentKey | null = null;
  let size = 0;
  let isFull = false;

  return {
    taken,
    get last() {
      return last;
    },
    get isFull() {
      return isFull;
    },
    /**
     * Takes a row that is searched for; true when there was no room for it.
     *
     * @param check what the row is compared with; null when the index has done so
     */
    take(row: Stored, key: DocumentKey, check: TextQuery | null, isIndexed: boolean): boolean {
      const texts = searchedTexts(source, row);
      if (check !== null && !matchesText(check, texts)) return false;
      const highlight = highlightText(query, texts);
      // The row has changed since it was indexed.
      if (isIndexed && highlight === null) return false;
      isFull = taken.length > 0 && (taken.length === limit || size >= PAGE_SIZE);
      if (isFull) return true;
      taken.push(highlight === null ? spec.toRow(row) : { ...spec.toRow(row), highlight });
      last = key;
      for (const value of Object.values(row)) if (typeof value === "string") size += value.length;
      return false;
    },
  };
}
