import type { LogPage } from "./log-pages.ts";
import type { LogRow } from "./log-row.ts";

/** Where the rows of pages stand in the whole list. */
export type LogPlaces = {
  readonly count: number;
  /** The index of the page that has the row of this number; -1 behind the end. */
  pageAt(row: number): number;
  /** Null while its page is not read. */
  rowAt(row: number): LogRow | null;
  /** The number of a row that is known; -1 when it is not. */
  find(id: number): number;
};

export function placesOf(pages: readonly LogPage[]): LogPlaces {
  const ends: number[] = [];
  let count = 0;
  for (const page of pages) ends.push((count += page.count));
  const startOf = (page: number) => ends[page]! - pages[page]!.count;

  function pageAt(row: number): number {
    if (row < 0 || row >= count) return -1;
    let [low, high] = [0, pages.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    count,
    pageAt,
    rowAt(row) {
      const page = pageAt(row);
      return page === -1 ? null : (pages[page]!.rows?.[row - startOf(page)] ?? null);
    },
    find(id) {
      for (const [index, { rows }] of pages.entries()) {
        const at = rows?.findIndex((row) => row.id === id) ?? -1;
        if (at !== -1) return startOf(index) + at;
      }
      return -1;
    },
  };
}
