import type { QueueLine } from "#src/database/figures.ts";

/** How much may wait: beyond it a write is refused, or memory would have no end. */
const MOST_JOBS = 10_000;
/** Rows, or 4 KB of text each. */
const MOST_WEIGHT = 131_072;
const TEXT_PER_ROW = 4096;
/** A number, a boolean or null, with what stands around it. */
const SHORT_VALUE = 4;
/** From this weight on a write waits in the line of the large ones. */
const LARGE = 64;

export type Load = {
  /** Rows of the write, or 4 KB of text for each, whichever is more; 1 unless told. */
  readonly weight?: number;
  /** Upkeep: goes along with what others write, or alone when nobody writes. */
  readonly background?: boolean;
  /** Only looks whether a write could begin. */
  readonly probe?: boolean;
};

/** Whether upkeep goes with callers: only without them, with them when there is time, or with them in any case. */
export type Company = "apart" | "along" | "now";

/** `group`: whom one that was put back runs again with. */
type Waiting<Job> = { readonly job: Job; readonly weight: number; readonly group?: object };

/**
 * The writes that wait, in three lines. Small and large ones take turns, so that a small one never stands behind a line of
 * thousand-row batches, nor a large one behind small ones without end. Those in the background come last, one a turn.
 */
export type Queue<Job> = {
  /** Writes of callers that wait. */
  readonly waiting: number;
  /** Whether the next turn is that of a single one that was put back. */
  readonly isNextAlone: boolean;
  /** Writes of upkeep that wait. */
  readonly behind: number;
  /** How many wait in each line. */
  readonly lengths: Readonly<Record<QueueLine, number>>;
  /** False, with nothing queued, when too much is waiting already. */
  push(job: Job, load: Load): boolean;
  /** The next of them. */
  readonly nextBehind: Job | undefined;
  /** Takes the jobs of one turn, at most `most`, while there is time. */
  turn(most: number, hasTime: () => boolean, company: Company): Generator<Job>;
  /**
   * Puts the jobs of a turn that was undone back to the front, in order. `apart`: each gets a turn of its own. `together`:
   * they get one, or more when there is no time for all, with nobody else.
   */
  putBack(jobs: readonly Job[], how: "apart" | "together"): void;
  /** Takes away, from the front of each line, those that have waited too long. */
  expire(isLate: (job: Job) => boolean): Job[];
  /** Takes all away. */
  clear(): Job[];
};

export function createQueue<Job>(): Queue<Job> {
  const again: Waiting<Job>[] = [];
  const small: Waiting<Job>[] = [];
  const large: Waiting<Job>[] = [];
  const background: Waiting<Job>[] = [];
  const lines = [again, small, large, background];
  let weightWaiting = 0;
  let largeIsNext = false;

  function take(line: Waiting<Job>[]): Job {
    const { job, weight } = line.shift()!;
    weightWaiting -= weight;
    return job;
  }

  function* takeFrom(line: Waiting<Job>[], most: number, hasTime: () => boolean): Generator<Job> {
    for (let taken = 0; taken < most && line.length > 0 && hasTime(); taken += 1) yield take(line);
  }

  return {
    get waiting() {
      return again.length + small.length + large.length;
    },
    get isNextAlone() {
      return again.length > 0 && again[0]!.group !== again[1]?.group;
    },
    get behind() {
      return background.length;
    },
    get lengths() {
      return { again: again.length, small: small.length, large: large.length, background: background.length };
    },
    get nextBehind() {
      return background[0]?.job;
    },
    push(job, { weight = 1, background: isBackground = false }) {
      const jobs = again.length + small.length + large.length + background.length;
      // One that is too heavy by itself is let in when nothing else waits.
      if (jobs >= MOST_JOBS || (weightWaiting > 0 && weightWaiting + weight > MOST_WEIGHT)) return false;
      weightWaiting += weight;
      const line = weight >= LARGE ? large : small;
      (isBackground ? background : line).push({ job, weight });
      return true;
    },
    *turn(most, hasTime, company) {
      const takesBackground = company !== "apart" || small.length + large.length === 0;
      if (again.length > 0) {
        const { group } = again[0]!;
        let left = most;
        do {
          yield take(again);
          left -= 1;
        } while (left > 0 && again[0]?.group === group && hasTime());
        return;
      }
      const takesLarge = large.length > 0 && (largeIsNext || small.length === 0);
      largeIsNext = !takesLarge;
      // While small ones wait, one large write at a time.
      if (takesLarge) yield* takeFrom(large, small.length > 0 ? 1 : most, hasTime);
      else yield* takeFrom(small, most, hasTime);
      if (takesBackground) yield* takeFrom(background, 1, company === "now" ? () => true : hasTime);
    },
    putBack(jobs, how) {
      const group = {};
      again.unshift(...jobs.map((job) => ({ job, weight: 0, group: how === "together" ? group : {} })));
    },
    expire(isLate) {
      const late: Job[] = [];
      for (const line of lines) while (line[0] !== undefined && isLate(line[0].job)) late.push(take(line));
      return late;
    },
    clear: () => lines.flatMap((line) => Array.from({ length: line.length }, () => take(line))),
  };
}

/** What a write weighs that stores these rows. */
export function loadOf(...rows: readonly object[]): Load {
  return { weight: rows.reduce((sum, row) => sum + 1 + Math.floor(textLength(row) / TEXT_PER_ROW), 0) };
}

/** About as long as its JSON, which is not made for this; callers nest as deep as they like. */
function textLength(row: object): number {
  let length = 0;
  const left: unknown[] = [row];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") length += value.length;
    else if (typeof value !== "object" || value === null) length += SHORT_VALUE;
    else {
      for (const [key, inner] of Object.entries(value)) {
        length += key.length;
        left.push(inner);
      }
    }
  }
  return length;
}
