import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Json } from "#test/support/json.ts";
import { seededRandom } from "#test/support/random.ts";
import { until } from "#test/support/until.ts";
import { createLookup, rowFaults, searchWords } from "./api-checks.ts";
import { createFeedChecks } from "./feed-checks.ts";
import { fileFaults } from "./file-checks.ts";
import { createFileLedger } from "./file-ledger.ts";
import { createFileWriter, type FileWriter } from "./file-writers.ts";
import { createHttpWriters, type HttpWriters, type Shared } from "./http-writers.ts";
import { createLedger } from "./ledger.ts";
import { finishPurge, type Moment, MOMENTS, prepare } from "./moments.ts";
import { createCrashingServer, type CrashingServer, START_MS } from "./server.ts";
import { createStreams, type Stream } from "./streams.ts";

const HTTP_WRITERS = 16;
const FILE_WRITERS = 2;
const SHARED_AGENTS = 4;
const PATIENCE_MS = 30_000;
/** Answered writes of a round before it may end: any number between these. */
const LEAST_WRITES = 50;
const MOST_WRITES = 400;

export type CrashOptions = {
  /** Holds the database and the journals of those who write it directly; whoever gives it removes it. */
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  /** What is under way at the crash of each round, in turn. */
  readonly moments?: readonly Moment[];
  /** Answered writes of a round before it may end, at most; 400 unless told. */
  readonly mostWrites?: number;
  /** Ends it before its time; what was started is ended too. */
  readonly signal?: AbortSignal;
  readonly onRound?: (figures: CrashFigures, moment: Moment) => void;
};

export type CrashFigures = {
  rounds: number;
  /** Of the server, also those while it started. */
  kills: number;
  answered: number;
  unanswered: number;
  /** Of those without an answer, how many were found stored. */
  stored: number;
  /** Transactions that other processes have committed. */
  direct: number;
  /** Frames of the feed that were compared, of all streams, pages and replays. */
  frames: number;
  /** Connections of the streams. */
  connections: number;
  changes: number;
  /** What was not under way when the server was killed, of rounds where it was to be. */
  readonly missed: Moment[];
};

/**
 * Kills the server with SIGKILL again and again, on one database, under HTTP writers, processes that write the file
 * directly, and streams that resume; after each restart everything that was answered must be there, whole, and told once.
 * The seed fixes what is written and when it is killed, as far as the scheduler lets it. SIGKILL leaves the cache of the
 * operating system as it is: what a power cut would do to writes that were not synced is not tried here.
 * Throws at the first fault, with seed, round and the path of the database, which is then left for whoever looks.
 */
export async function runCrashes(options: CrashOptions): Promise<CrashFigures> {
  const { folder, rounds, seed, moments = MOMENTS, mostWrites = MOST_WRITES, signal, onRound } = options;
  const path = join(folder, "orchestrator.db");
  const run = createRun(folder, path, seed, mostWrites);
  const place = { round: 0, moment: "the first start" };

  async function goThrough(): Promise<CrashFigures> {
    await run.begin();
    for (let round = 1; round <= rounds; round += 1) {
      const moment = moments[(round - 1) % moments.length]!;
      Object.assign(place, { round, moment });
      await run.round(round, moment, round === rounds);
      onRound?.(run.figures(), moment);
    }
    await run.end();
    return run.figures();
  }

  try {
    return await Promise.race([goThrough(), ...(signal === undefined ? [] : [aborted(signal)])]);
  } catch (error) {
    const where = `seed ${seed}, round ${place.round} (${place.moment}), the database is kept at ${path}`;
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  } finally {
    await run.dispose();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("it was ended before its time")), { once: true });
  });
}

function createRun(folder: string, path: string, seed: number, mostWrites: number) {
  const random = seededRandom(seed);
  const server = createCrashingServer(folder, path);
  const ledger = createLedger();
  const fileLedger = createFileLedger();
  const feed = createFeedChecks();
  const streams = createStreams();
  const figures: CrashFigures = {
    rounds: 0,
    kills: 0,
    answered: 0,
    unanswered: 0,
    stored: 0,
    direct: 0,
    frames: 0,
    connections: 0,
    changes: 0,
    missed: [],
  };
  let files: FileWriter[] = [];
  let shared: Shared = { definition: "", agents: [] };
  let writers = createHttpWriters(ledger, shared, 0, seed);

  /** @param before connections of each before the crash: the client's watch comes back by itself */
  async function connect(before: readonly number[]): Promise<void> {
    for (const stream of streams) stream.connect(server.url);
    await until("the streams to be back", () => connections().every((count, at) => count > before[at]!), PATIENCE_MS);
  }

  const connections = () => streams.map((stream) => stream.connections);

  /** Whether that was at its moment. */
  async function crash(round: number, moment: Moment): Promise<boolean> {
    const scene = { round, path, random, server, ledger, writers, files };
    const bringAbout = await prepare(moment, scene);
    writers.start(server.url);
    for (const file of files) file.go();
    const enough = writers.answered + LEAST_WRITES + random.below(mostWrites - LEAST_WRITES);
    await Promise.race([until("answers", () => writers.answered >= enough, PATIENCE_MS), failure(writers)]);
    const wasReached = await bringAbout();
    const wasKilled = await server.kill();
    const isReached = wasKilled && wasReached();
    await writers.ended;
    if (random.below(4) === 0) await random.pick(files).kill();
    return isReached;
  }

  /** Again and again, at least once before it was up. */
  async function crashAtStart(): Promise<boolean> {
    let mostMs = START_MS;
    let isReached = false;
    for (let times = 1 + random.below(2); times > 0 || (!isReached && mostMs > 1); times -= 1) {
      if (await server.killAtStart(random, mostMs)) isReached = true;
      else mostMs = Math.floor(mostMs / 2);
    }
    return isReached;
  }

  /** What was sent and not answered: it is there, whole, or not at all; a delete is sent again and finishes. */
  async function settle(db: Database): Promise<void> {
    const lookup = createLookup(server.url, db);
    for (const { command, isCertain } of writers.unanswered.splice(0)) {
      const fate = await command.settle(lookup);
      const isDelete = command.method === "DELETE";
      if (isCertain && fate === "absent" && command.mayConflict !== true) {
        throw new Error(`${command.method} ${command.path} was answered with 2xx and is not there`);
      }
      figures.unanswered += 1;
      if (fate === "stored" || isDelete) figures.stored += 1;
    }
  }

  async function check(isLast: boolean): Promise<void> {
    using db = new Database(path, { readonly: true });
    db.run("pragma busy_timeout = 10000");
    for (const file of files) fileLedger.take(file, db);
    await settle(db);
    await finishPurge(server.url, db);
    refuse(await rowFaults(server.url, ledger, shared));
    refuse(snapshotFaults(db));
    const head = await feed.check(server.url, db, streams, random, isLast);
    await searchWords(server.url, db, ledger, head, random);
    figures.changes = head;
  }

  /** All of the file at one moment: the server may still be at its upkeep. */
  function snapshotFaults(db: Database): string[] {
    return db.transaction(() => [...fileLedger.wrong(db), ...fileFaults(db, ledger, shared)])();
  }

  return {
    figures: (): CrashFigures => ({
      ...figures,
      kills: server.kills,
      answered: writers.answered,
      direct: fileLedger.committed,
      frames: feed.frames,
      connections: connections().reduce((sum, count) => sum + count, 0),
    }),
    /** The first start is killed in its migration. */
    async begin(): Promise<void> {
      await server.killAtStart(random);
      await server.start();
      shared = await createShared(server);
      writers = createHttpWriters(ledger, shared, HTTP_WRITERS, seed);
      files = Array.from({ length: FILE_WRITERS }, (_, at) => createFileWriter(path, shared, `f${at}`, seed + at));
      await connect(connections());
    },
    async round(round: number, moment: Moment, isLast: boolean): Promise<void> {
      const isReached = await crash(round, moment);
      const before = connections();
      const isAtStart = moment !== "start" || (await crashAtStart());
      if (!isReached || !isAtStart) figures.missed.push(moment);
      await server.start();
      await Promise.all(files.map((file) => file.stop()));
      await connect(before);
      await check(isLast);
      figures.rounds = round;
    },
    async end(): Promise<void> {
      const { code, stderr } = await server.stop();
      if (code !== 0) throw new Error(`the server ended with ${code}: ${stderr}`);
    },
    async dispose(): Promise<void> {
      await server[Symbol.asyncDispose]();
      for (const file of files) await file[Symbol.asyncDispose]();
      await Promise.all(streams.map((stream: Stream) => stream.close()));
    },
  };
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${faults.length} faults, first: ${faults.slice(0, 5).join("\n")}`);
}

/** Rejects as soon as a writer got an answer that must not be. */
async function failure({ ended }: HttpWriters): Promise<never> {
  await ended;
  throw new Error("the writers have ended before the crash");
}

async function createShared({ url }: CrashingServer): Promise<Shared> {
  async function post(path: string, body: object): Promise<string> {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status !== 201) throw new Error(`POST ${path} answered ${response.status}`);
    return ((await response.json()) as Json).id;
  }
  const definition = await post("/api/agents", { name: "shared", agent_type: "planner" });
  const agents: string[] = [];
  while (agents.length < SHARED_AGENTS) {
    agents.push(await post("/api/runtime/agents", { orchestrator_agent_id: definition, session_id: "shared" }));
  }
  return { definition, agents };
}
