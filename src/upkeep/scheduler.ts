import type { Log } from "#src/platform/log.ts";

/** Work that is done again and again behind the server's back. */
export type Job = {
  readonly name: string;
  /** From the start to its first run, and from the end of one run to the next; milliseconds. */
  readonly firstMs: number;
  readonly everyMs: number;
  /** Ends soon after the signal; does not overlap with itself. */
  run(signal: AbortSignal): Promise<void>;
};

/** Resolves after so many milliseconds, or at once when the signal aborts. Passed in, so that tests hold the time. */
export type Wait = (millis: number, signal: AbortSignal) => Promise<void>;

/** Runs each job in its period, whatever the others do. Errors are logged, and the job comes again. */
export type Scheduler = {
  /** Runs a job now; one that is under way runs once more when it has ended, however often it was asked for. */
  trigger(name: string): void;
  /** Ends what is running and resolves when it has ended. Nothing runs any more. */
  close(): Promise<void>;
};

/** Lets time pass; what waits keeps no process alive. */
export const wait: Wait = (millis, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, millis);
    timer.unref();
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });

export function startScheduler(jobs: readonly Job[], log: Log, waitFor: Wait = wait): Scheduler {
  const stopping = new AbortController();
  const loops = jobs.map((job) => startLoop(job, stopping.signal, log, waitFor));
  return {
    trigger: (name) => loops.find((loop) => loop.name === name)?.trigger(),
    async close() {
      stopping.abort();
      await Promise.all(loops.map(({ ended }) => ended));
    },
  };
}

type Loop = { readonly name: string; readonly ended: Promise<void>; trigger(): void };

function startLoop({ name, firstMs, everyMs, run }: Job, stopping: AbortSignal, log: Log, waitFor: Wait): Loop {
  let waiting = new AbortController();
  let isAsked = false;
  stopping.addEventListener("abort", () => waiting.abort(), { once: true });

  async function loop(): Promise<void> {
    for (let pause = firstMs; !stopping.aborted; pause = everyMs) {
      if (!isAsked) await waitFor(pause, waiting.signal);
      if (stopping.aborted) return;
      isAsked = false;
      try {
        await run(stopping);
      } catch (error) {
        if (!stopping.aborted) log.error("upkeep failed", { job: name, error });
      }
      waiting = new AbortController();
    }
  }

  function trigger(): void {
    isAsked = true;
    waiting.abort();
  }

  return { name, ended: loop(), trigger };
}
