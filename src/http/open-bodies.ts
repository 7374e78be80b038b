import { Problem } from "#src/domain/problem.ts";

/** Bodies together; each holds a connection and the memory of a line for as long as its sender likes. */
const MOST_OPEN = 1_000;
/** A body that says nothing for so long is given up. */
const IDLE_MS = 3_600_000;
const RETRY_AFTER_S = "10";

/** Bodies that stay open while an agent runs: how many, how long, and that none of them holds up a stop. */
export type OpenBodies = {
  /** Milliseconds that a body may say nothing. */
  readonly idleMs: number;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Reads one more; rejects with a 503 when that is one too many. */
  read<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The server stops: all of them end. */
  close(): void;
};

export function createOpenBodies({ mostOpen = MOST_OPEN, idleMs = IDLE_MS } = {}): OpenBodies {
  const stop = new AbortController();
  let open = 0;
  return {
    idleMs,
    stopping: stop.signal,
    async read(work) {
      if (open >= mostOpen) {
        const detail =
          "As many bodies are open as this server holds. End some, send pieces of a `stream`, or try again.";
        throw new Problem("unavailable", detail, {}, { "Retry-After": RETRY_AFTER_S });
      }
      open += 1;
      try {
        return await work();
      } finally {
        open -= 1;
      }
    },
    close: () => stop.abort(),
  };
}
