import { compareLogs, type LogKey, type LogRow, mergeLogs } from "./log-row.ts";

/** Rows of a list between two cursors of the server. */
export type LogPage = {
  /** Where it begins; null begins with the newest. */
  readonly cursor: string | null;
  /** How many rows it has; of rows that were let go, how many it had. */
  readonly count: number;
  /** Null when they were let go: they are read again by the cursor. */
  readonly rows: readonly LogRow[] | null;
  /** Its last row; null without any. */
  readonly last: LogKey | null;
};

/** What a list knows: pages from the newest on, and what came since and is not shown. */
export type LogPages = {
  /** The first is always there. */
  readonly pages: readonly LogPage[];
  /** Where older rows are read from; null at the end. */
  readonly next: string | null;
  /** Whether what comes is shown at once; else it waits. */
  readonly isFollowing: boolean;
  /** What came and is not shown, the newest first, at most 5,000. */
  readonly waiting: readonly LogRow[];
  /** Whether more came than waits: the list must be read again from its top to be whole. */
  readonly isCut: boolean;
};

/** What waits to be shown. */
export const MOST_WAITING = 5_000;
/** Pages that stay while what comes is shown at once: nobody looks at those below. */
const KEPT_FOLLOWING = 5;
/** Pages around those that are seen whose rows are kept. */
const KEPT_AROUND = 10;
/** Rows of the first page, which grows with what comes, until it is read again. */
export const MOST_FIRST = 2_000;

function pageOf(cursor: string | null, rows: readonly LogRow[]): LogPage {
  const last = rows.at(-1);
  return { cursor, count: rows.length, rows, last: last === undefined ? null : { millis: last.millis, id: last.id } };
}

export function firstPage(rows: readonly LogRow[], next: string | null): LogPages {
  return { pages: [pageOf(null, rows)], next, isFollowing: true, waiting: [], isCut: false };
}

/** Puts the next older page behind the others; nothing when it is not the next any more. */
export function addPage(list: LogPages, cursor: string, rows: readonly LogRow[], next: string | null): LogPages {
  if (list.next !== cursor) return list;
  const pages = rows.length === 0 ? list.pages : [...list.pages, pageOf(cursor, rows)];
  return { ...list, pages, next };
}

/**
 * Puts rows back that were let go. Since then some may have been removed, and a page of a search may end earlier: what
 * is missing is then a page of its own, still to be read.
 */
export function fillPage(list: LogPages, cursor: string, rows: readonly LogRow[], next: string | null): LogPages {
  const index = list.pages.findIndex((page) => page.cursor === cursor);
  const page = list.pages[index];
  if (page === undefined || page.rows !== null || page.last === null) return list;
  const { last } = page;
  const own = rows.filter((row) => compareLogs(row, last) <= 0);
  const isWhole = next === null || rows.some((row) => compareLogs(row, last) >= 0);
  const filled = own.length === 0 ? [] : [pageOf(cursor, own)];
  const missing = { cursor: next, count: Math.max(1, page.count - own.length), rows: null, last };
  return { ...list, pages: list.pages.toSpliced(index, 1, ...filled, ...(isWhole ? [] : [missing])) };
}

/** Lets go of rows that are far from the pages seen; the first page can be read by no cursor and stays. */
export function letGo(list: LogPages, firstSeen: number, lastSeen: number): LogPages {
  const isKept = (page: LogPage, index: number) =>
    page.rows === null || index === 0 || (index >= firstSeen - KEPT_AROUND && index <= lastSeen + KEPT_AROUND);
  if (list.pages.every(isKept)) return list;
  return { ...list, pages: list.pages.map((page, index) => (isKept(page, index) ? page : { ...page, rows: null })) };
}

/** Takes what the feed told: shows it, or lets it wait. */
export function arrive(list: LogPages, rows: readonly LogRow[]): LogPages {
  if (rows.length === 0) return list;
  if (list.isFollowing) return trimmed({ ...list, pages: insert(list, rows) });
  const isShown = new Set(list.pages[0]!.rows?.map(({ id }) => id));
  const waiting = mergeLogs(
    list.waiting,
    rows.filter(({ id }) => !isShown.has(id)),
  );
  if (waiting.length <= MOST_WAITING) return { ...list, waiting };
  return { ...list, waiting: waiting.slice(0, MOST_WAITING), isCut: true };
}

/** Shows what comes from now on, and what has waited; or lets it wait. */
export function follow(list: LogPages, isFollowing: boolean): LogPages {
  if (list.isFollowing === isFollowing) return list;
  if (!isFollowing || list.isCut) return { ...list, isFollowing };
  return trimmed({ ...list, isFollowing, pages: insert(list, list.waiting), waiting: [] });
}

/** What was read anew from the top, beside what is known: one who reads further below goes on to read there. */
export function readAgain(known: LogPages, { pages, next, isCut }: LogPages): LogPages {
  const rows = pages[0]!.rows!;
  if (known.isFollowing) {
    const byId = new Map(known.pages[0]!.rows?.map((row) => [row.id, row]));
    const same = rows.map((row) => sameOrNew(byId.get(row.id), row));
    return { ...firstPage(same, next) };
  }
  const top = known.pages[0]!.rows![0];
  const news = top === undefined ? rows : rows.filter((row) => compareLogs(row, top) < 0);
  return arrive({ ...known, isCut: known.isCut || isCut }, news);
}

/** The newest row that is known, shown or waiting; null without any. */
export function newestOf({ pages, waiting }: LogPages): LogKey | null {
  return waiting[0] ?? pages[0]!.rows![0] ?? null;
}

/** What a read from the top gave; it is cut when rows may lie between it and the newest that was known before. */
export function readFromTop(rows: readonly LogRow[], next: string | null, newest: LogKey | null | undefined): LogPages {
  const reaches = newest !== null && newest !== undefined && rows.some((row) => compareLogs(row, newest) >= 0);
  return { ...firstPage(rows, next), isCut: newest !== undefined && next !== null && !reaches };
}

function sameOrNew(known: LogRow | undefined, row: LogRow): LogRow {
  return known !== undefined && known.highlight === row.highlight && known.message === row.message ? known : row;
}

/** Without the logs of agents that were deleted. */
export function withoutAgents(list: LogPages, ids: ReadonlySet<unknown>): LogPages {
  const isGone = ({ agentId }: LogRow) => ids.has(agentId);
  const isAny = list.waiting.some(isGone) || list.pages.some(({ rows }) => rows?.some(isGone));
  if (!isAny) return list;
  const pages = list.pages.map((page, index) => {
    if (!page.rows?.some(isGone)) return page;
    const rows = page.rows.filter((row) => !isGone(row));
    return index === 0 ? pageOf(null, rows) : { ...page, rows, count: rows.length };
  });
  return { ...list, pages, waiting: list.waiting.filter((row) => !isGone(row)) };
}

function trimmed(list: LogPages): LogPages {
  if (list.pages.length <= KEPT_FOLLOWING) return list;
  return { ...list, pages: list.pages.slice(0, KEPT_FOLLOWING), next: list.pages[KEPT_FOLLOWING]!.cursor };
}

/** Each row into the page that it belongs to. Where no rows are, they come when those are read. */
function insert({ pages, next }: LogPages, rows: readonly LogRow[]): readonly LogPage[] {
  const added = new Map<number, LogRow[]>();
  for (const row of rows) {
    const found = pages.findIndex((page, index) => {
      return page.last === null ? index === 0 : compareLogs(row, page.last) < 0;
    });
    const index = found === -1 && next === null ? pages.length - 1 : found;
    if (index < 0 || pages[index]!.rows === null) continue;
    const own = added.get(index);
    if (own === undefined) added.set(index, [row]);
    else own.push(row);
  }
  return pages.map((page, index) => {
    const own = added.get(index);
    return own === undefined ? page : pageOf(page.cursor, mergeLogs(page.rows!, own));
  });
}
