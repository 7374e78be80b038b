import { ApiError, isTransient, type RequestOptions } from "#src/client/client.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import { retryIn } from "#src/ui/store/retry.ts";
import { PACE, type Pace } from "#src/ui/store/slice.ts";
import type { PromptRow } from "./prompts-source.ts";

/** Reads the texts of prompts one by one; whatever is shown asks for them here. */
export type TextQueue = {
  /** Tells what is shown now. Those that may be old are read, those that waited longest first. */
  show(rows: readonly PromptRow[]): void;
  /** Tries again at once. */
  retry(): void;
  close(): void;
};

/** `gapMs`: milliseconds between two reads; `rereadMs`: between two of the same prompt. */
export type TextPace = Pace & { readonly gapMs: number };

const TEXT_PACE: TextPace = { ...PACE, gapMs: 100 };

type Deps = {
  readonly read: (id: string, options: RequestOptions) => Promise<Prompt>;
  /** Is given what was read, null when it is gone, and the row that was shown when it was asked for. */
  readonly onRead: (prompt: Prompt | null, row: PromptRow) => void;
  /** Why the last read failed; null once nothing does. */
  readonly onError: (error: Error | null) => void;
  readonly pace?: TextPace;
};

/** A read that may pass later is tried again by itself; what is refused for good rests until its prompt changes. */
export function createTextQueue({ read, onRead, onError, pace = TEXT_PACE }: Deps): TextQueue {
  let rows: readonly PromptRow[] = [];
  let startedAt = new Map<string, number>();
  let refused = new Map<PromptRow, Error>();
  let failures = 0;
  let notBefore = 0;
  let reading: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function next(): void {
    if (reading !== null) return;
    clearTimeout(timer);
    const due = rows.filter((row) => row.isOutdated && !refused.has(row));
    const lastRead = ({ id }: PromptRow) => startedAt.get(id) ?? Number.NEGATIVE_INFINITY;
    // Rows that were never read are alike: the first shown comes first.
    const row = due.reduce<PromptRow | undefined>(
      (best, one) => (best === undefined || lastRead(one) < lastRead(best) ? one : best),
      undefined,
    );
    if (row === undefined) return;
    const wait = Math.max(notBefore, lastRead(row) + pace.rereadMs) - performance.now();
    if (wait <= 0) void readOne(row);
    else timer = setTimeout(next, wait);
  }

  async function readOne(row: PromptRow): Promise<void> {
    const own = new AbortController();
    reading = own;
    startedAt.set(row.id, performance.now());
    let gap = pace.gapMs;
    try {
      const prompt = await read(row.id, { signal: own.signal }).catch(nothingIfGone);
      if (own.signal.aborted) return;
      failures = 0;
      onError(firstRefused());
      onRead(prompt, row);
    } catch (error) {
      if (own.signal.aborted) return;
      onError(error as Error);
      if (isTransient(error)) {
        failures += 1;
        gap = retryIn(error, failures, pace.retryMs);
      } else refused.set(row, error as Error);
    }
    reading = null;
    notBefore = performance.now() + gap;
    next();
  }

  function firstRefused(): Error | null {
    return rows.map((row) => refused.get(row)).find((error) => error !== undefined) ?? null;
  }

  return {
    show(shown) {
      rows = shown;
      const ids = new Set(rows.map(({ id }) => id));
      startedAt = new Map([...startedAt].filter(([id]) => ids.has(id)));
      refused = new Map([...refused].filter(([row]) => rows.includes(row)));
      next();
    },
    retry() {
      refused.clear();
      startedAt.clear();
      notBefore = 0;
      onError(null);
      next();
    },
    close() {
      rows = [];
      reading?.abort();
      clearTimeout(timer);
    },
  };
}

function nothingIfGone(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}
