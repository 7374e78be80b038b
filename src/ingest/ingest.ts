import { setImmediate as nextTurn } from "node:timers/promises";
import type { IngestPlan, StreamMark } from "#src/database/ingest.ts";
import { type DatabaseManager, DecisionOutdated, StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { NewId } from "#src/platform/ids.ts";
import { decide } from "./engine.ts";
import { conversationOf } from "./identity.ts";
import { eventKey } from "./keys.ts";
import { queryFor } from "./query.ts";
import type { Reading, Source, Subject } from "./report.ts";

export type { StreamMark };

/** Takes what agents report. */
export type Ingest = {
  /**
   * Resolves when all of it is stored, durably and in order; when it rejects (with the store's errors) some of it may be.
   * What was told before changes nothing.
   */
  take(reading: Reading, mark?: StreamMark): Promise<void>;
  /** How far a stream was read; null for one that is not known. */
  stream(id: string): Promise<StreamMark | null>;
  /** Which of these keys of reports about it have been taken before. */
  knows(about: Subject, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** What was taken since the start. */
  readonly figures: IngestFigures;
  /** Resolves when all that waits is stored; what comes later is refused. */
  close(): Promise<void>;
};

export type IngestFigures = {
  readonly reports: Readonly<Record<Source, number>>;
  readonly unread: Readonly<Record<Source, number>>;
  /** Reports that wait. */
  readonly waiting: number;
};

export type IngestDeps = {
  readonly db: Pick<DatabaseManager, "ingest">;
  readonly clock: Clock;
  readonly newId: NewId;
  /** What the store keeps of a text. */
  readonly stored: (text: string) => string;
};

/** Reports that go into one plan: it must be written within milliseconds. */
const TOGETHER = 48;
/** From so many on a reading takes turns with shorter ones. */
const LONG = 8;
/** Reports that may wait. */
const MOST_WAITING = 50_000;
const ATTEMPTS = 4;

type Job = {
  readonly reading: Reading;
  readonly mark: StreamMark | null;
  /** Reports of it that are stored. */
  done: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** A part of a job that goes into one plan. */
type Part = { readonly job: Job; readonly reading: Reading; readonly isLast: boolean };

/**
 * One plan at a time, each of what waits by then: so many agents that report at once share a plan and a commit, and no two
 * plans of this process are decided on the same state.
 */
export function createIngest({ db, clock, newId, stored }: IngestDeps): Ingest {
  const short: Job[] = [];
  const long: Job[] = [];
  const reports = perSource();
  const unread = perSource();
  let waiting = 0;
  let running: Promise<void> | null = null;
  let isClosed = false;
  let longIsNext = false;

  /** What goes into the next plan: short readings whole; of long ones, when it is their turn, a part of the first. */
  function nextParts(): Part[] {
    const takesLong = long.length > 0 && (longIsNext || short.length === 0);
    longIsNext = !takesLong;
    if (takesLong) return [partOf(long[0]!)];
    const parts: Part[] = [];
    let size = 0;
    for (const job of short) {
      const part = partOf(job);
      // A mark is stored with its own reading only.
      if (parts.length > 0 && (job.mark !== null || parts[0]!.job.mark !== null || size >= TOGETHER)) break;
      parts.push(part);
      size += sizeOf(part.reading);
    }
    return parts;
  }

  async function store(parts: readonly Part[]): Promise<void> {
    const readings = parts.map(({ reading }) => reading);
    const query = queryFor(readings.flatMap((reading) => reading.reports));
    const [first] = parts;
    const mark = first !== undefined && first.isLast ? first.job.mark : null;
    for (let left = ATTEMPTS; ; left -= 1) {
      try {
        const known = await db.ingest.known(query);
        const nowMs = clock();
        const plan = decide(known, readings, { now: toTimestamp(nowMs), nowMs, newId, stored }, mark);
        if (!isEmpty(plan)) await db.ingest.apply(plan);
        return;
      } catch (error) {
        // Another process on the same file was told of the same sessions meanwhile.
        if (!(error instanceof DecisionOutdated)) throw error;
        if (left === 1) throw new StoreBusy("another process reports of the same sessions", { cause: error });
      }
    }
  }

  /** Stores parts, and says of each how it went: one that cannot be stored stands in nobody's way. */
  async function storeParts(parts: readonly Part[]): Promise<void> {
    try {
      await store(parts);
      for (const part of parts) settled(part);
    } catch (error) {
      if (parts.length === 1) failed(parts[0]!, error);
      else for (const part of parts) await storeParts([part]);
    }
  }

  function settled({ job, reading, isLast }: Part): void {
    job.done += sizeOf(reading);
    waiting -= sizeOf(reading);
    if (!isLast) return;
    remove(job);
    job.resolve();
  }

  function failed({ job }: Part, error: unknown): void {
    waiting -= sizeOf(job.reading) - job.done;
    remove(job);
    job.reject(error);
  }

  function remove(job: Job): void {
    const line = short.includes(job) ? short : long;
    line.splice(line.indexOf(job), 1);
  }

  async function run(): Promise<void> {
    // Those who report in the same moment go together.
    await nextTurn();
    while (short.length + long.length > 0) await storeParts(nextParts());
    running = null;
  }

  return {
    take(reading, mark) {
      const size = sizeOf(reading);
      if (isClosed) return Promise.reject(new StoreBusy("the server is stopping"));
      if (size === 0 && mark === undefined) return Promise.resolve();
      if (waiting > 0 && waiting + size > MOST_WAITING) {
        return Promise.reject(new StoreOverloaded("too many reports are waiting"));
      }
      for (const { about } of reading.reports) reports[about.source] += 1;
      for (const { source } of reading.unread) unread[source] += 1;
      waiting += size;
      return new Promise<void>((resolve, reject) => {
        const job = { reading, mark: mark ?? null, done: 0, resolve, reject };
        (size > LONG ? long : short).push(job);
        running ??= run();
      });
    },
    stream: (id) => db.ingest.stream(id),
    async knows(about, keys) {
      const told = await db.ingest.told(conversationOf(about), keys.map(eventKey));
      return new Set(keys.filter((key) => told.has(eventKey(key))));
    },
    get figures() {
      return { reports, unread, waiting };
    },
    async close() {
      isClosed = true;
      await running;
    },
  };
}

function perSource(): Record<Source, number> {
  return { claude: 0, codex: 0, gemini: 0, opencode: 0, otel: 0 };
}

function sizeOf({ reports, unread }: Reading): number {
  return reports.length + unread.length;
}

function partOf(job: Job): Part {
  const { reading, done } = job;
  const left = sizeOf(reading) - done;
  if (left <= TOGETHER) return { job, reading: done === 0 ? reading : slice(reading, done, Infinity), isLast: true };
  return { job, reading: slice(reading, done, done + TOGETHER), isLast: false };
}

/** A part of a reading, as if what was read stood before what was not. */
function slice({ reports, unread }: Reading, from: number, to: number): Reading {
  const after = (end: number) => Math.max(0, end - reports.length);
  return { reports: reports.slice(from, to), unread: unread.slice(after(from), after(to)) };
}

function isEmpty(plan: IngestPlan): boolean {
  return plan.conversations.length === 0 && plan.systemLogs.length === 0 && plan.mark === null;
}
