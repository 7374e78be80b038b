import { type Database, SQLiteError } from "bun:sqlite";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { type DatabaseManager, StoreBusy, StoreDamaged, StoreFull } from "#src/database/manager.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { createAgentLogStore } from "./agent-logs.ts";
import { createAgentStore } from "./agents.ts";
import { createBoardStore } from "./board.ts";
import { createBudgetStore } from "./budgets.ts";
import { createChangeStore } from "./changes.ts";
import { createCheckpoints, logBytes } from "./checkpoint.ts";
import { BUSY_TIMEOUT_MS, openReader, openWriter } from "./connection.ts";
import { createCostStore } from "./costs.ts";
import { damagedError, type Held, refuseDamaged, refuseLoneJournal } from "./damage.ts";
import { storeError } from "./errors.ts";
import { createFaults } from "./faults.ts";
import { type DatabaseFile, fileAt, prepareFile } from "./file.ts";
import { createHealth } from "./health.ts";
import { createIdempotencyStore } from "./idempotency.ts";
import { createIngestStore } from "./ingest.ts";
import { createLeases } from "./leases.ts";
import { createLimit } from "./limit.ts";
import { migrate } from "./migrate.ts";
import { createOrchestratorAgentStore } from "./orchestrator-agents.ts";
import { createPromptStore } from "./prompts.ts";
import { createReader, statementCache } from "./reader.ts";
import { createRetentionStore } from "./retention.ts";
import { fileKind } from "./schema-version.ts";
import { createSessionStore } from "./sessions.ts";
import { createSilenceStore } from "./silence.ts";
import { forgetStatistics } from "./statistics.ts";
import { createStatsStore } from "./stats.ts";
import { createStorageStore } from "./storage.ts";
import { createSystemLogStore } from "./system-logs.ts";
import { createTextIndex } from "./texts.ts";
import { createTokenStore } from "./tokens.ts";
import { fileId, watchForeignCommits } from "./watch.ts";
import { createWorkflowStore } from "./workflows.ts";
import { createWriter, type Writer } from "./writer.ts";

/** While starting, a lock of another process is waited for this long. */
const START_TIMEOUT_MS = 10_000;

export type SqliteOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of its scheduled backups, to name the newest of them where the file is damaged; null or nothing for none. */
  readonly backupDir?: string | null;
  /** How large file and log may become together; null or nothing for no limit. */
  readonly limitBytes?: number | null;
  /** The file never has more pages than this, as on a disk that ends there; nothing for no bound but the disk's own. */
  readonly mostPages?: number | undefined;
};

/**
 * Opens the file, making, adopting or migrating it as needed. Throws `DatabaseUnusable`, with the file untouched, when it
 * is no database, a damaged one, a stranger's, or of a newer version.
 */
export function openSqlite(options: SqliteOptions): DatabaseManager {
  const file = fileAt(options.path, options.backupDir);
  refuseLoneJournal(file);
  prepareFile(file);
  const connections = openConnections(file, options);
  try {
    return createManager(file, connections, options);
  } catch (error) {
    closeConnections(connections);
    throw startError(error, file);
  }
}

/** What a start failed with, after the file was opened, as one line where it was the store's fault. */
export function startFault(error: unknown, { path, backupDir }: Pick<SqliteOptions, "path" | "backupDir">): unknown {
  const kinds = [StoreBusy, StoreDamaged, StoreFull, SQLiteError];
  return kinds.some((kind) => error instanceof kind) ? startError(error, fileAt(path, backupDir)) : error;
}

function createManager(
  file: DatabaseFile,
  { writerDb, readerDb }: Connections,
  options: SqliteOptions,
): DatabaseManager {
  const { path, real } = file;
  const { clock, log, limitBytes = null } = options;
  const faults = createFaults(real, clock, log);
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  const lost = Promise.withResolvers<Error>();
  const version = writerDb.prepare<{ version: number }, []>(
    "select max(version) as version from orchestrator_migrations",
  );
  const reader = createReader(readerDb, faults.seen);
  // Cut from half of what it may take: who reads there for a while is waited for meanwhile.
  const checkpoints = createCheckpoints(writerDb, logBytes(limitBytes) / 2, log, faults.seen);
  const limit = limitBytes === null ? null : createLimit(writerDb, statementCache(writerDb), limitBytes, checkpoints);
  const writer = createWriter(writerDb, notify, { limit, checkpoints, faults });
  const leases = createLeases(writer, clock, crypto.randomUUID());
  const texts = createTextIndex(reader, writer);
  const tokens = createTokenStore(reader, writer);
  const storage = createStorageStore(reader, writer, { db: readerDb, path: real, limitBytes });
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
  const health = createHealth({ path: real, reader, writer, faults });

  const rows = (by: Writer) => ({
    orchestratorAgents: createOrchestratorAgentStore(reader, by, texts),
    agents: createAgentStore(reader, by),
    prompts: createPromptStore(reader, by, texts),
    agentLogs: createAgentLogStore(reader, by, texts),
    systemLogs: createSystemLogStore(reader, by, texts),
    workflows: createWorkflowStore(reader, by),
  });

  const manager: DatabaseManager = {
    ...rows(writer),
    sessions: createSessionStore(reader, writer),
    changes: createChangeStore(reader, watch, (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    }),
    texts,
    stats: createStatsStore(reader),
    costs: createCostStore(reader),
    board: createBoardStore(reader),
    budgets: createBudgetStore(reader, writer),
    storage,
    retention: createRetentionStore(reader, writer, limit, leases),
    leases,
    silence: createSilenceStore(reader, writer),
    tokens,
    ingest: createIngestStore(reader, writer),
    idempotency: createIdempotencyStore(reader, writer, clock, (by) => ({
      ...manager,
      ...rows(by),
      tokens: tokens.through(by),
    })),
    figures: () => ({ ...writer.figures, checkpointSeconds: checkpoints.seconds }),
    health: health.look,
    noteDamage: faults.noteDamage,
    lost: lost.promise,
    async [Symbol.asyncDispose]() {
      watch.close();
      health.close();
      await writer.close();
      checkpoints.close();
      readerDb.close(true);
      putLogAway(writerDb, log);
      writerDb.close(true);
    },
  };
  return manager;
}

type Connections = { readonly writerDb: Database; readonly readerDb: Database };

/** Both connections, to a file that is well. */
function openConnections(file: DatabaseFile, options: SqliteOptions): Connections {
  const { path, real } = file;
  const id = fileId(path);
  const held = holdWell(file);
  let writerDb: Database | undefined;
  let readerDb: Database | undefined;
  try {
    writerDb = openReady(file, options);
    readerDb = openReader(real);
    // Opens the file, and with it what stands beside: a full disk shows here.
    readerDb.query("select 1 from orchestrator_meta").get();
    refuseReplaced(path, id);
    return { writerDb, readerDb };
  } catch (error) {
    closeConnections({ writerDb, readerDb });
    refuseReplaced(path, id);
    throw startError(error, file);
  } finally {
    held[Symbol.dispose]();
  }
}

function holdWell(file: DatabaseFile): Held {
  try {
    return refuseDamaged(file);
  } catch (error) {
    throw startError(error, file);
  }
}

/** The one that writes is the last: it takes away what stands beside the file. */
function closeConnections({ writerDb, readerDb }: { [Name in keyof Connections]: Database | undefined }): void {
  closeAtOnce(readerDb);
  closeAtOnce(writerDb);
}

/** Without `true` it would stay open for as long as there are statements of it. */
function closeAtOnce(db: Database | undefined): void {
  try {
    db?.close(true);
  } catch {
    db?.close();
  }
}

/** Who waited for a restore has opened the file that was there before: what is written there would be lost. */
function refuseReplaced(path: string, opened: string | null): void {
  if (fileId(path) !== opened) throw new DatabaseUnusable(`${path} was replaced while it was opened: start again`);
}

/** What cannot be put into the file stays in the log beside it, where the next start finds it. */
function putLogAway(db: Database, log: Log): void {
  try {
    db.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run("pragma wal_checkpoint(truncate)");
  } catch (error) {
    log.warn("the write-ahead log stays beside the database until the next start", { error: storeError(error) });
  }
}

/** The connection that writes, to a file of the newest schema. */
function openReady(file: DatabaseFile, options: SqliteOptions): Database {
  let db: Database | undefined;
  try {
    db = openWriter(file.real, START_TIMEOUT_MS, logBytes(options.limitBytes ?? null));
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
    setJournalMode(db, file.path);
    setAutoVacuum(db, options.log);
    if (options.mostPages !== undefined) db.run(`pragma max_page_count = ${options.mostPages}`);
    db.run("pragma busy_timeout = 0");
    return db;
  } catch (error) {
    closeAtOnce(db);
    throw startError(error, file);
  }
}

function startError(error: unknown, file: DatabaseFile): unknown {
  if (error instanceof DatabaseUnusable) return error;
  const { path } = file;
  const known = storeError(error);
  if (known instanceof StoreBusy) {
    return new DatabaseUnusable(`another program keeps ${path} locked; stop it or try again`);
  }
  if (known instanceof StoreDamaged) return damagedError(file, known.message);
  if (known instanceof StoreFull)
    return new DatabaseUnusable(`cannot use the database ${path}: its disk is full; free some space and start again`);
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
