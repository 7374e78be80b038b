import type { Client } from "#src/client/client.ts";
import { createDelivery } from "./delivery.ts";
import type { GrowingSpool } from "./spool.ts";

/** Milliseconds between two requests while lines come. */
const GAP_MS = 100;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 10_000;
/** Milliseconds that the end of the program may be held up by a server that is slow. */
const END_MS = 2_000;

/** Sends a run while it goes on, in the background: nothing here holds up the program. */
export type Reporting = {
  /** The program has exited: what is left is sent, for a short time. Null when all is delivered, else why it is not. */
  finish(exit: number): Promise<{ readonly path: string; readonly why: string } | null>;
  /** There was no program to report. */
  discard(): Promise<void>;
};

export function startReporting(client: Client, spool: GrowingSpool, kept: () => Promise<unknown>): Reporting {
  const delivery = createDelivery(client, spool);
  const stop = new AbortController();
  let isEnded = false;
  let wake = () => {};
  let why = "no answer in time";
  spool.onGrown = () => wake();

  /** Until there is more, or the program has ended. */
  async function pause(millis: number): Promise<void> {
    if (isEnded) return;
    await new Promise<void>((resolve) => {
      const timer = millis === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, millis);
      wake = () => {
        if (!isEnded && millis !== Number.POSITIVE_INFINITY) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<boolean> {
    let isFirst = true;
    for (let retry = FIRST_RETRY_MS; ;) {
      const isLast = isEnded;
      if (stop.signal.aborted) return false;
      try {
        // Older runs come first: what follows them may be of the same session.
        if (isFirst) await kept().catch(() => {});
        isFirst = false;
        const size = spool.end;
        await delivery.send(isLast, stop.signal);
        if (isLast) return true;
        retry = FIRST_RETRY_MS;
        if (spool.end === size) await pause(Number.POSITIVE_INFINITY);
        await pause(GAP_MS);
      } catch (error) {
        if (stop.signal.aborted) return false;
        why = (error as Error).message;
        if (isLast) return false;
        await pause(retry);
        retry = Math.min(retry * 2, MOST_RETRY_MS);
      }
    }
  }

  const running = run();

  return {
    async finish(exit) {
      await spool.written();
      await spool.noteExit(exit);
      isEnded = true;
      wake();
      const timer = setTimeout(() => stop.abort(), END_MS);
      const isDelivered = await running;
      clearTimeout(timer);
      if (!isDelivered) return { path: await spool.release(), why };
      await spool.remove();
      return null;
    },
    async discard() {
      stop.abort();
      isEnded = true;
      wake();
      await running;
      await spool.remove();
    },
  };
}
