import { setImmediate as nextTurn } from "node:timers/promises";
import type { IngestPlan, StreamMark } from "#src/database/ingest.ts";
import {
  type DatabaseManager,
  DecisionOutdated,
  StoreAtLimit,
  StoreBusy,
  StoreDamaged,
  StoreFull,
  StoreOverloaded,
} from "#src/database/manager.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { NewId } from "#src/platform/ids.ts";
import { decide } from "#src/ingest/engine/decide.ts";
import { conversationOf } from "#src/ingest/engine/identity.ts";
import { eventKey, streamKey } from "#src/ingest/engine/keys.ts";
import { type Job, lengthOf, type Part, partOf, sizeOf, TOGETHER } from "./jobs.ts";
import { queryFor } from "#src/ingest/engine/query.ts";
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

/** From so many reports on a reading takes turns with shorter ones. */
const LONG = 8;
/** Reports that may wait, and their characters: beyond them a reading is refused, or memory would have no end. */
const MOST_WAITING = { reports: 50_000, characters: 64 * 1024 * 1024 };
const ATTEMPTS = 4;
/** From this attempt on external ids are made that nobody else can have taken. */
const CONTESTED = 2;
/** As long as a write waits for the lock. */
const GIVE_UP_MS = 5_000;
/** The store's troubles: whatever is tried next meets them too. */
const TROUBLES = [StoreAtLimit, StoreBusy, StoreDamaged, StoreFull, StoreOverloaded];

/**
 * One plan at a time, each of what waits by then: so many agents that report at once share a plan and a commit, and no two
 * plans of this process are decided on the same state.
 */
export function createIngest({ db, clock, newId, stored }: IngestDeps): Ingest {
  const short: Job[] = [];
  const long: Job[] = [];
  const reports = perSource();
  const unread = perSource();
  const waiting = { reports: 0, characters: 0 };
  let running: Promise<void> | null = null;
  let isClosed = false;
  let longIsNext = false;

  /** What goes into the next plan: short readings whole; of long ones, when it is their turn, a part of the first. */
  function nextParts(): Part[] {
    const takesLong = long.length > 0 && (longIsNext || short.length === 0);
    longIsNext = !takesLong;
    if (takesLong) return [partOf(long[0]!)];
    const parts: Part[] = [];
    const size = { reports: 0, characters: 0 };
    for (const job of short) {
      // A mark is stored with its own reading only.
      const isApart = job.mark !== null || (parts[0]?.job.mark ?? null) !== null;
      const isEnough = size.reports >= TOGETHER.reports || size.characters >= TOGETHER.characters;
      if (parts.length > 0 && (isApart || isEnough)) break;
      parts.push(partOf(job));
      size.reports += job.reports;
      size.characters += job.characters;
    }
    return parts;
  }

  async function store(parts: readonly Part[]): Promise<void> {
    const readings = parts.map(({ reading }) => reading);
    const query = queryFor(
      readings.flatMap((reading) => reading.reports),
      stored,
    );
    const { priceOf } = await prices();
    const [first] = parts;
    const mark = first !== undefined && first.isLast ? first.job.mark : null;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const known = await db.ingest.known(query);
        const nowMs = clock();
        const moment = { now: toTimestamp(nowMs), nowMs, newId, stored, priceOf, isContested: attempt >= CONTESTED };
        const plan = decide(known, readings, moment, mark);
        if (!isEmpty(plan)) await db.ingest.apply(plan);
        return;
      } catch (error) {
        // Another process on the same file was told of the same sessions meanwhile.
        if (!(error instanceof DecisionOutdated) || attempt + 1 === ATTEMPTS) throw error;
      }
    }
  }

  /** Stores parts, and says of each how it went: one that cannot be stored stands in nobody's way. */
  async function storeParts(parts: readonly Part[]): Promise<void> {
    try {
      await store(parts);
      for (const part of parts) settled(part);
    } catch (error) {
      if (TROUBLES.some((kind) => error instanceof kind)) failWaiting(parts, error);
      else if (parts.length === 1) failed(parts[0]!.job, refusal(error));
      else for (const part of parts) await storeParts([part]);
    }
  }

  /** Those who have waited as long as these are not made to wait for the same again, nor anybody at the end. */
  function failWaiting(parts: readonly Part[], error: unknown): void {
    for (const { job } of parts) failed(job, error);
    const before = isClosed ? Infinity : performance.now() - GIVE_UP_MS;
    for (const job of [...short, ...long]) if (job.since <= before) failed(job, error);
  }

  function settled({ job, reading, isLast }: Part): void {
    const size = sizeOf(reading);
    job.done += size;
    waiting.reports -= size;
    if (!isLast) return;
    remove(job);
    job.resolve();
  }

  function failed(job: Job, error: unknown): void {
    waiting.reports -= job.reports - job.done;
    remove(job);
    job.reject(error);
  }

  function remove(job: Job): void {
    waiting.characters -= job.characters;
    const line = short.includes(job) ? short : long;
    line.splice(line.indexOf(job), 1);
  }

  async function run(): Promise<void> {
    // Those who report in the same moment go together.
    await nextTurn();
    while (short.length + long.length > 0) await storeParts(nextParts());
    running = null;
  }

  /** Why it may not wait with the others; null when it may. One that is too large by itself is let in alone. */
  function tooMuch(size: number, characters: number): StoreOverloaded | null {
    if (waiting.reports === 0) return null;
    const isFull =
      waiting.reports + size > MOST_WAITING.reports || waiting.characters + characters > MOST_WAITING.characters;
    return isFull ? new StoreOverloaded("too many reports are waiting") : null;
  }

  return {
    async take(reading, mark) {
      const size = sizeOf(reading);
      if (isClosed) throw new StoreBusy("the server is stopping");
      if (size === 0 && mark === undefined) return;
      const characters = lengthOf(reading);
      const refused = tooMuch(size, characters);
      if (refused !== null) throw refused;
      for (const { about } of reading.reports) reports[about.source] += 1;
      for (const { source } of reading.unread) unread[source] += 1;
      waiting.reports += size;
      waiting.characters += characters;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const job: Job = {
        reading,
        mark: mark === undefined ? null : { ...mark, stream: streamKey(mark.stream) },
        reports: size,
        characters,
        since: performance.now(),
        done: 0,
        resolve,
        reject,
      };
      (size > LONG ? long : short).push(job);
      running ??= run();
      return promise;
    },
    stream: (id) => db.ingest.stream(streamKey(id)),
    async knows(about, keys) {
      const told = await db.ingest.told(conversationOf(about), keys.map(eventKey));
      return new Set(keys.filter((key) => told.has(eventKey(key))));
    },
    get figures() {
      return { reports, unread, waiting: waiting.reports };
    },
    async close() {
      isClosed = true;
      await running;
    },
  };
}

/** Large, so that it is loaded when the first agent reports. */
const prices = () => import("./prices.ts");

/** Nothing is wrong with a report that others keep changing: it may come again. */
function refusal(error: unknown): unknown {
  if (!(error instanceof DecisionOutdated)) return error;
  return new StoreBusy("what is known of this session kept changing", { cause: error });
}

function perSource(): Record<Source, number> {
  return { claude: 0, codex: 0, gemini: 0, opencode: 0, otel: 0 };
}

function isEmpty(plan: IngestPlan): boolean {
  return plan.conversations.length === 0 && plan.systemLogs.length === 0 && plan.mark === null;
}
