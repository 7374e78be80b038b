import type { Server } from "bun";
import { SCALAR_BUNDLE, VERSION } from "./assets.ts";
import type { DatabaseManager } from "./database/manager.ts";
import { openDatabase, startFault } from "./database/open.ts";
import { createRedactor } from "./domain/redact.ts";
import { type Access, openAccess } from "./http/access.ts";
import { createApp } from "./http/app.ts";
import { createOpenBodies } from "./http/open-bodies.ts";
import { createAudit } from "./http/audit.ts";
import { createIngest } from "./ingest/ingest.ts";
import { type Feed, openFeed } from "./live/feed.ts";
import { LIVE_LIMITS, type LiveLimits } from "./live/limits.ts";
import { createSocketStreams, type SocketData } from "./live/socket.ts";
import { createSseStreams } from "./live/sse.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { type Config, ConfigError } from "./platform/config.ts";
import { isLoopback, needsToken } from "./platform/loopback.ts";
import { watchEventLoop } from "./platform/event-loop.ts";
import { type NewId, newUuid } from "./platform/ids.ts";
import type { Log } from "./platform/log.ts";
import { readPage } from "./page-files.ts";
import { startBudgets } from "./upkeep/budgets.ts";
import { startIndexing } from "./upkeep/indexing.ts";
import { startUpkeep } from "./upkeep/upkeep.ts";

/** Running requests may take this long to finish once the server stops. */
const GRACE_MS = 8_000;
/** The app answers 413 itself, with a problem document; this only bounds what Bun takes in before. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Longer than a command waits for a locked database. */
const IDLE_S = 30;
const MOST_STREAMS = 5_000;
/** Characters of a token that can be guessed, should they be words. */
const SHORT_TOKEN = 24;
const MEGABYTE = 1024 * 1024;

export type ServerDeps = {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  readonly newId?: NewId;
  readonly limits?: Partial<LiveLimits>;
  /** Sockets and SSE streams that may be open together. */
  readonly mostStreams?: number;
  /** Seconds after which a connection that says nothing is closed, in the middle of a request too. */
  readonly idleS?: number;
  /** Bodies that stay open: how many may, and how long they may say nothing. */
  readonly bodies?: { readonly mostOpen?: number; readonly idleMs?: number };
};

export type RunningServer = {
  readonly url: string;
  /** Settles when the store may no longer be used; stop then. */
  readonly lost: Promise<Error>;
  /** No new requests, running ones finish, sockets close with 1012, streams end, the database is closed. */
  stop(): Promise<void>;
};

/** Starts everything in order: the database (made, adopted or migrated), the feed, then the listener. */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, log, clock = systemClock, newId = newUuid, mostStreams = MOST_STREAMS, idleS = IDLE_S } = deps;
  // Before the database is touched: a start that cannot listen must not migrate it.
  probePort(config);
  const limitBytes = config.maxDatabaseMb === 0 ? null : config.maxDatabaseMb * MEGABYTE;
  const redactor = config.redact ? createRedactor(config.redactPatterns) : null;
  const { databasePath: path, backupDir } = config;
  const db = await openDatabase({ path, backupDir, clock, log, limitBytes, redactor });
  const limits = { ...LIVE_LIMITS, ...deps.limits };
  const { access, feed } = await firstReads(db, { config, clock, log, limits });
  const streams = () => sockets.count + sse.count;
  const onCount = () => feed.setStreams(streams());
  const live = { db, feed, clock, log, version: VERSION, limits, onCount, mayStay: access.mayStay };
  const sockets = createSocketStreams(live);
  const sse = createSseStreams(live);
  access.onChange(() => {
    sockets.recheck();
    sse.recheck();
  });
  const policy = {
    days: config.retentionDays,
    runDays: config.runRetentionDays,
    changesKeep: config.changesKeep,
    maxDatabaseMb: config.maxDatabaseMb,
  };
  const indexing = startIndexing({ db, log });
  const budgets = startBudgets({ db, clock, log });
  const { backupEveryHours: everyHours, backupKeep: keep } = config;
  const backups = backupDir === null ? null : { dir: backupDir, everyHours, keep };
  const silence = { quietAfterMs: config.quietAfterMs, lostAfterMs: config.lostAfterMs };
  const upkeep = startUpkeep({ db, clock, log, path, policy, backups, silence });
  const stored = (text: string): string => redactor?.text(text) ?? text;
  const ingest = createIngest({ db, clock, newId, stored });
  const eventLoop = watchEventLoop();
  const liveFigures = () => ({
    feed: feed.figures,
    streams: {
      websocket: { ...sockets.figures, open: sockets.count },
      sse: { ...sse.figures, open: sse.count },
    },
  });
  const bodies = createOpenBodies(deps.bodies);
  const app = createApp({
    db,
    clock,
    newId,
    log,
    ingest,
    stored,
    sse,
    liveFigures,
    eventLoopSeconds: eventLoop.delays,
    version: VERSION,
    startedAt: clock(),
    host: config.host,
    allowedHosts: config.allowedHosts,
    corsOrigins: config.corsOrigins,
    rateLimit: config.rateLimit,
    access,
    audit: createAudit(db.systemLogs, clock, log),
    hasRoom: () => streams() < mostStreams,
    bodies,
    page: readPage,
    scalarBundle: SCALAR_BUNDLE,
    policy,
    purgeSoon: upkeep.purgeSoon,
  });

  const closeUpkeep = () => Promise.all([indexing.close(), budgets.close(), upkeep.close()]);
  async function closeStores(): Promise<void> {
    eventLoop.close();
    await ingest.close();
    feed.close();
    access.close();
    await db[Symbol.asyncDispose]();
  }

  let server: Server<SocketData>;
  try {
    server = Bun.serve<SocketData>({
      hostname: config.host,
      port: config.port,
      idleTimeout: idleS,
      maxRequestBodySize: MAX_BODY_BYTES,
      fetch: (request, self) => app.fetch(request, { server: self }),
      websocket: sockets.handler,
    });
  } catch (error) {
    sockets.close();
    sse.close();
    await closeUpkeep();
    await closeStores();
    throw listenError(error, config);
  }
  sockets.attach(server);

  return {
    url: server.url.origin,
    lost: db.lost,
    async stop() {
      const finished = server.stop();
      // At the same time: what it waits for (a lock of another program) is what running requests wait for.
      const idle = closeUpkeep();
      sockets.close();
      sse.close();
      bodies.close();
      const taken = Promise.all([finished, sockets.settled()]);
      await withDeadline(taken, GRACE_MS, () => server.stop(true));
      await idle;
      await closeStores();
    },
  };
}

type FirstReads = Required<Pick<ServerDeps, "config" | "clock" | "log">> & { readonly limits: LiveLimits };

/** What a start reads of the store; when it cannot, the store is closed again. */
async function firstReads(
  db: DatabaseManager,
  { config, clock, log, limits }: FirstReads,
): Promise<{ readonly access: Access; readonly feed: Feed }> {
  let access: Access | undefined;
  try {
    access = await guardedAccess(db, config, clock, log);
    return { access, feed: await openFeed(db.changes, log, limits) };
  } catch (error) {
    access?.close();
    await db[Symbol.asyncDispose]();
    throw startFault(error, { path: config.databasePath, backupDir: config.backupDir });
  }
}

/** Tokens, without one of which a server that others than this machine reach does not start. */
async function guardedAccess(db: DatabaseManager, config: Config, clock: Clock, log: Log): Promise<Access> {
  const { host, apiToken } = config;
  const access = await openAccess({ tokens: db.tokens, clock, log, apiToken, isLoopback: isLoopback(host) });
  if (!isLoopback(host) && apiToken !== null && apiToken.length < SHORT_TOKEN) {
    log.warn(`API_TOKEN has fewer than ${SHORT_TOKEN} characters: other machines may guess it`);
  }
  if (isLoopback(host) || access.hasToken) return access;
  access.close();
  throw new ConfigError([needsToken(host)]);
}

/** The server cannot listen where it was told to. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

function probePort(config: Config): void {
  try {
    Bun.listen({ hostname: config.host, port: config.port, socket: { data() {} } }).stop(true);
  } catch (error) {
    throw listenError(error, config);
  }
}

function listenError(error: unknown, { host, port }: Config): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new ListenError(
      `port ${port} on ${host} is in use: stop that program, or set WEBSOCKET_PORT (or PORT, which wins) to another port`,
    );
  }
  return new ListenError(`cannot listen on ${host}:${port}: ${(error as Error).message}`, { cause: error });
}

async function withDeadline(work: Promise<unknown>, millis: number, late: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), millis);
  });
  const outcome = await Promise.race([work, deadline]);
  clearTimeout(timer);
  if (outcome === "late") await late();
}
