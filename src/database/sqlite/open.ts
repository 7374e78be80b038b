import type { Database } from "bun:sqlite";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { createAgentLogStore } from "./agent-logs.ts";
import { createAgentStore } from "./agents.ts";
import { createChangeStore } from "./changes.ts";
import { createCheckpoints, logBytes } from "./checkpoint.ts";
import { BUSY_TIMEOUT_MS, isBusy, openReader, openWriter } from "./connection.ts";
import { prepareFile } from "./file.ts";
import { createLeases } from "./leases.ts";
import { createLimit } from "./limit.ts";
import { migrate } from "./migrate.ts";
import { createOrchestratorAgentStore } from "./orchestrator-agents.ts";
import { createPromptStore } from "./prompts.ts";
import { createReader, statementCache } from "./reader.ts";
import { createRetentionStore } from "./retention.ts";
import { fileKind } from "./schema-version.ts";
import { createSessionStore } from "./sessions.ts";
import { forgetStatistics } from "./statistics.ts";
import { createStatsStore } from "./stats.ts";
import { createStorageStore } from "./storage.ts";
import { createSystemLogStore } from "./system-logs.ts";
import { createTextIndex } from "./texts.ts";
import { createTokenStore } from "./tokens.ts";
import { watchForeignCommits } from "./watch.ts";
import { createWorkflowStore } from "./workflows.ts";
import { createWriter } from "./writer.ts";

/** While starting, a lock of another process is waited for this long. */
const START_TIMEOUT_MS = 10_000;

export type SqliteOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How large file and log may become together; null or nothing for no limit. */
  readonly limitBytes?: number | null;
};

/**
 * Opens the file, making, adopting or migrating it as needed. Throws `DatabaseUnusable`, with the file untouched, when it
 * is no database, a stranger's, or of a newer version.
 */
export function openSqlite({ path, clock, log, limitBytes = null }: SqliteOptions): DatabaseManager {
  prepareFile(path);
  const writerDb = openReady({ path, clock, log, limitBytes });
  const readerDb = openReader(path);
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  const lost = Promise.withResolvers<Error>();
  const version = writerDb.prepare<{ version: number }, []>(
    "select max(version) as version from orchestrator_migrations",
  );
  const reader = createReader(readerDb);
  // Cut from half of what it may take: who reads there for a while is waited for meanwhile.
  const checkpoints = createCheckpoints(writerDb, logBytes(limitBytes) / 2, log);
  const limit = limitBytes === null ? null : createLimit(writerDb, statementCache(writerDb), limitBytes, checkpoints);
  const writer = createWriter(writerDb, notify, { limit, checkpoints });
  const leases = createLeases(writer, clock, crypto.randomUUID());
  const texts = createTextIndex(reader, writer);
  const tokens = createTokenStore(reader, writer);
  const watch = watchForeignCommits(writerDb, path, log, {
    onCommit() {
      notify();
      tokens.foreignCommit();
      if (version.get()!.version > SQLITE_MIGRATIONS.length) {
        lost.resolve(new DatabaseUnusable(`${path} was migrated by a newer version of this program: start that one`));
      }
    },
    onGone: () => lost.resolve(new DatabaseUnusable(`${path} was removed or replaced while the server ran`)),
  });
  const probe = readerDb.prepare("select 1 from orchestrator_meta");

  return {
    orchestratorAgents: createOrchestratorAgentStore(reader, writer, texts),
    agents: createAgentStore(reader, writer),
    sessions: createSessionStore(reader),
    prompts: createPromptStore(reader, writer, texts),
    agentLogs: createAgentLogStore(reader, writer, texts),
    systemLogs: createSystemLogStore(reader, writer, texts),
    workflows: createWorkflowStore(reader, writer),
    changes: createChangeStore(reader, watch, (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    }),
    texts,
    stats: createStatsStore(reader),
    storage: createStorageStore(reader, writer, { db: readerDb, path, limitBytes }),
    retention: createRetentionStore(reader, writer, limit, leases),
    leases,
    tokens,
    figures: () => ({ ...writer.figures, checkpointSeconds: checkpoints.seconds }),
    probe: () => reader.read(() => void probe.get()),
    lost: lost.promise,
    async [Symbol.asyncDispose]() {
      watch.close();
      await writer.close();
      checkpoints.close();
      readerDb.close(true);
      writerDb.run("pragma wal_checkpoint(truncate)");
      writerDb.close(true);
    },
  };
}

/** The connection that writes, to a file of the newest schema. */
function openReady(options: SqliteOptions): Database {
  let db: Database | undefined;
  try {
    db = openWriter(options.path, START_TIMEOUT_MS, logBytes(options.limitBytes ?? null));
    const { sqlite_version: sqlite } = db
      .query<{ sqlite_version: string }, []>("select sqlite_version() as sqlite_version")
      .get()!;
    // The text index forgets documents whose text it does not hold.
    if (Bun.semver.order(sqlite, "3.43.0") < 0)
      throw new DatabaseUnusable(`SQLite 3.43 is needed, this system has ${sqlite}`);
    // On any other file this writes, even where it changes nothing: one that is refused must stay as it is.
    if (fileKind(db).kind === "empty") db.run("pragma auto_vacuum = incremental");
    migrate(db, options);
    forgetStatistics(db);
    setJournalMode(db, options.path);
    setAutoVacuum(db, options.log);
    db.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return db;
  } catch (error) {
    db?.close();
    throw startError(error, options.path);
  }
}

function startError(error: unknown, path: string): unknown {
  if (error instanceof DatabaseUnusable) return error;
  if (isBusy(error)) return new DatabaseUnusable(`another program keeps ${path} locked; stop it or try again`);
  return new DatabaseUnusable(`cannot use the database ${path}: ${(error as Error).message}`, { cause: error });
}

function setJournalMode(db: Database, path: string): void {
  const { journal_mode: mode } = db.query<{ journal_mode: string }, []>("pragma journal_mode = wal").get()!;
  if (mode !== "wal")
    throw new DatabaseUnusable(`${path} cannot use WAL mode (a network folder?): move it to a local disk`);
}

/** A file that was not ours from the start must be rewritten once, or it could never give pages back. */
function setAutoVacuum(db: Database, log: Log): void {
  const query = db.query<{ auto_vacuum: number }, []>("pragma auto_vacuum");
  if (query.get()!.auto_vacuum === 2) return;
  db.run("pragma auto_vacuum = incremental");
  db.run("vacuum");
  log.debug("migration: auto_vacuum set");
}
