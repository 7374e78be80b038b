import { useEffect, useRef, useState } from "preact/hooks";
import { isTransient } from "#src/client/client.ts";
import { retryIn } from "#src/ui/store/retry.ts";
import { PACE } from "#src/ui/store/slice.ts";
import type { Slice } from "#src/ui/store/source.ts";
import type { Held } from "#src/ui/store/store.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { listLogs, type LogFilter, textOf } from "./log-filter.ts";
import { addPage, fillPage, letGo, type LogPages } from "./log-pages.ts";
import type { LogPlaces } from "./log-places.ts";
import { PAGE_ROWS } from "./log-source.ts";

/** So many rows before they are seen, further ones are asked for. */
const AHEAD = 120;
/** Browsers bound how high an element may be: about 17,900,000 pixels. A list is no longer than this. */
export const MOST_ROWS = 500_000;

export type Reading = {
  /** Why the last page could not be read; null when it could. */
  readonly error: Error | null;
  readonly retry: () => void;
};

/**
 * Reads the pages that are seen, or soon will be: those that were let go, and the next older one. One at a time, what is
 * seen first; what is far away is let go. What fails and may pass later is tried again by itself.
 */
export function useLogPages(
  filter: LogFilter,
  slice: Slice<LogPages> & Pick<Held<LogPages>, "put">,
  places: LogPlaces,
  [first, last]: readonly [number, number],
): Reading {
  const store = useStore();
  const [error, setError] = useState<Error | null>(null);
  const reading = useRef<{ readonly cursor: string; readonly own: AbortController } | null>(null);
  const failures = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { value, put } = slice;
  const wanted = value === undefined || error !== null ? null : cursorWanted(value, places, first, last);

  useEffect(() => {
    if (wanted === null || reading.current?.cursor === wanted) return;
    reading.current?.own.abort();
    const own = new AbortController();
    reading.current = { cursor: wanted, own };
    void read(wanted, own);

    async function read(cursor: string, { signal }: AbortController): Promise<void> {
      try {
        const page = await listLogs(store.client, filter, { limit: PAGE_ROWS, cursor }, { signal });
        if (signal.aborted) return;
        reading.current = null;
        failures.current = 0;
        const [from, to] = [places.pageAt(first), places.pageAt(last)];
        put((list) => {
          const added = addPage(list, cursor, page.rows, page.cursor);
          const filled = added === list ? fillPage(list, cursor, page.rows, page.cursor) : added;
          return letGo(filled, from, to === -1 ? filled.pages.length : to);
        });
      } catch (failure) {
        if (signal.aborted) return;
        reading.current = null;
        setError(failure as Error);
        failures.current += 1;
        if (isTransient(failure)) timer.current = setTimeout(retry, retryIn(failure, failures.current, PACE.retryMs));
      }
    }
  });

  const key = textOf(filter);
  useEffect(() => {
    setError(null);
    failures.current = 0;
    return () => {
      clearTimeout(timer.current);
      reading.current?.own.abort();
      reading.current = null;
    };
  }, [key]);

  function retry(): void {
    clearTimeout(timer.current);
    setError(null);
  }

  return { error, retry };
}

/** The cursor of the page to read next; null when all that is needed is there. */
function cursorWanted({ pages, next }: LogPages, places: LogPlaces, first: number, last: number): string | null {
  const end = places.count === 0 ? -1 : places.pageAt(Math.min(last + AHEAD, places.count - 1));
  const seen = Math.max(0, places.pageAt(first));
  for (let index = seen; index <= end; index += 1) {
    const { rows, cursor } = pages[index]!;
    if (rows === null) return cursor;
  }
  const above = pages[Math.max(0, places.pageAt(Math.max(0, first - AHEAD)))];
  if (above?.rows === null) return above.cursor;
  return places.count < MOST_ROWS && last + AHEAD >= places.count ? next : null;
}
