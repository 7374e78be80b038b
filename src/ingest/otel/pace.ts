import { setImmediate as nextTurn } from "node:timers/promises";

/** How long one body may hold up everybody else, in milliseconds. */
const TURN_MS = 8;

/** Lets others run, if this one has run for long enough. */
export type Pace = () => Promise<void>;

export function newPace(): Pace {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await nextTurn();
    since = performance.now();
  };
}

/** Long work in short steps, between which others may run. */
export type Steps<Result> = Generator<undefined, Result>;

export async function paced<Result>(steps: Steps<Result>, pace: Pace): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pace();
  }
}
