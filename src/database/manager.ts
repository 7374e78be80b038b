import type { AgentLog, AgentLogFilter, NewAgentLog } from "#src/domain/agent-log.ts";
import type { AgentSummary, Change, ChangeFilter, FeedState } from "#src/domain/change.ts";
import type { Cursor, PageRequest } from "#src/domain/listing.ts";
import type { OrchestratorAgent, OrchestratorAgentFilter } from "#src/domain/orchestrator-agent.ts";
import type { Prompt, PromptFilter } from "#src/domain/prompt.ts";
import type { AgentChange, RuntimeAgent, RuntimeAgentFilter } from "#src/domain/runtime-agent.ts";
import type { Session } from "#src/domain/session.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { StatsRequest, StatsRow } from "#src/domain/stats.ts";
import type { NewSystemLog, SystemLog, SystemLogFilter } from "#src/domain/system-log.ts";
import type { Credential, Token } from "#src/domain/token.ts";
import type { Workflow, WorkflowFilter } from "#src/domain/workflow.ts";
import type { BoardStore } from "./board.ts";
import type { BudgetStore, CostStore } from "./costs.ts";
import type { StoreFigures } from "./figures.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import type { IngestStore } from "./ingest.ts";
import type { StoreHealth } from "./store-health.ts";
import type { LeaseStore, RetentionStore, SilenceStore, StorageStore } from "./upkeep.ts";

/**
 * The store. Every operation is whole and atomic: it has happened, durably, when its promise resolves, and not at all
 * when it rejects. Reads see only what is committed. An engine may be shared by other processes.
 *
 * Operations reject with `DecisionOutdated`, `StoreBusy`, `StoreOverloaded`, `StoreFull`, `StoreAtLimit`, `StoreDamaged`,
 * or the engine's own error when it is broken.
 */
export interface DatabaseManager extends AsyncDisposable {
  readonly orchestratorAgents: OrchestratorAgentStore;
  readonly agents: AgentStore;
  readonly sessions: SessionStore;
  readonly prompts: PromptStore;
  readonly agentLogs: AgentLogStore;
  readonly systemLogs: SystemLogStore;
  readonly workflows: WorkflowStore;
  readonly changes: ChangeStore;
  readonly texts: TextIndexStore;
  readonly stats: StatsStore;
  readonly costs: CostStore;
  readonly board: BoardStore;
  readonly budgets: BudgetStore;
  readonly storage: StorageStore;
  readonly retention: RetentionStore;
  readonly leases: LeaseStore;
  readonly silence: SilenceStore;
  readonly tokens: TokenStore;
  readonly ingest: IngestStore;
  readonly idempotency: IdempotencyStore;

  /** What it has done since it was opened, and what waits; costs no query. */
  figures(): StoreFigures;

  /** How it is. Answers within about 100 ms, also while another process holds the lock; writes nothing. */
  health(): Promise<StoreHealth>;

  /** Remembers damage that somebody else has found, for `health`. */
  noteDamage(what: string): void;

  /** Settles, with the reason, when this process may no longer use the store (another one migrated it). */
  readonly lost: Promise<Error>;
}

/** What a decision was made on no longer holds: load and decide anew. Nothing was written. */
export class DecisionOutdated extends Error {
  override readonly name = "DecisionOutdated";
}

/** Another process held the store for too long. Nothing was written; try again later. */
export class StoreBusy extends Error {
  override readonly name = "StoreBusy";
}

/** Too many writes are waiting. Nothing was written; try again later. */
export class StoreOverloaded extends Error {
  override readonly name = "StoreOverloaded";
}

type DiskErrorOptions = ErrorOptions & {
  /** The disk took what was to be stored, and did not say that it keeps it: it may be there, or not. */
  readonly isUnknown?: boolean;
};

abstract class DiskError extends Error {
  readonly isUnknown: boolean;

  constructor(message: string, options: DiskErrorOptions = {}) {
    super(message, options);
    this.isUnknown = options.isUnknown ?? false;
  }
}

/** The disk is full. Nothing was written, unless `isUnknown`. */
export class StoreFull extends DiskError {
  override readonly name = "StoreFull";
}

/** The store is as large as it may be, and cannot be made smaller, which the message says why. Nothing was written. */
export class StoreAtLimit extends Error {
  override readonly name = "StoreAtLimit";
}

/**
 * What was asked for lies on a damaged page, or its disk fails; the message has the engine's words. Nothing was written,
 * unless `isUnknown`.
 */
export class StoreDamaged extends DiskError {
  override readonly name = "StoreDamaged";
}

/** A value and the `seq` of the feed it was read at: watching from there misses nothing. */
export type Read<Value> = { readonly value: Value; readonly seq: number };

/** Rows, newest first, and where the next page begins; null at the end. */
export type Page<Row> = { readonly rows: Row[]; readonly next: Cursor | null };

type Lists<Row, Filter> = {
  /** Examines at most 10,000 rows and ends at about 4 MB, so a page may hold fewer rows than `limit`. */
  list(filter: Filter, page: PageRequest): Promise<Read<Page<Row>>>;
};

/** A list that can be asked with `q`: then its `seq` is what the text index has read, and rows carry what was found. */
type SearchedLists<Row, Filter> = Lists<Found<Row>, Filter>;

type Gets<Row> = { get(id: string): Promise<Read<Row | null>> };

/** Definitions. `get` and `findByName` give null for an unknown one. */
export interface OrchestratorAgentStore
  extends Gets<OrchestratorAgent>, SearchedLists<OrchestratorAgent, OrchestratorAgentFilter> {
  findByName(name: string): Promise<OrchestratorAgent | null>;
  /** Outdated when the name is taken. Returns the row as it now is. */
  insert(row: OrchestratorAgent): Promise<OrchestratorAgent>;
  /** Outdated when the row is gone or the new name is taken. Returns the row as it now is. */
  update(id: string, set: Partial<OrchestratorAgent>): Promise<OrchestratorAgent>;
  /** How many agents and workflows refer to it, and how many of them are alive. */
  dependents(id: string): Promise<Dependents>;
  /** Deletes at most one batch of its final agents and workflows; true when none is left. */
  removeDependents(id: string): Promise<boolean>;
  /** Outdated when something still refers to it, or it is gone. */
  remove(id: string): Promise<void>;
}

/** What refers to a definition: numbers of rows. */
export type Dependents = {
  readonly agents: number;
  readonly aliveAgents: number;
  readonly workflows: number;
  readonly aliveWorkflows: number;
};

/** Runtime agents. `get` and `findByExternalId` give null for an unknown one. Costs are US dollars. */
export interface AgentStore extends Gets<RuntimeAgent>, Lists<RuntimeAgent, RuntimeAgentFilter> {
  findByExternalId(externalId: string): Promise<RuntimeAgent | null>;
  /** Outdated when the definition or the parent is gone, or the external id is taken. Returns the row as it now is. */
  insert(row: RuntimeAgent): Promise<RuntimeAgent>;
  /** Outdated when the status is no longer `expected`. A transition writes `log` with it. Returns the row as it now is. */
  update(
    id: string,
    expected: Pick<RuntimeAgent, "status">,
    change: AgentChange,
    log: NewAgentLog | null,
  ): Promise<RuntimeAgent>;
  /** Deletes at most one batch of what belongs to it; true when none is left. */
  removeDependents(id: string): Promise<boolean>;
  /** Outdated when something still belongs to it, or it is gone. */
  remove(id: string): Promise<void>;
  /** The newest `limit` agents that are alive or ended after `endedSince` (UTC milliseconds), with one more if there are. */
  current(endedSince: number, limit: number): Promise<Read<AgentSummary[]>>;
}

/** Sessions: the agents that share a `session_id` added up, and what they are configured with. */
export interface SessionStore extends Lists<Session, Record<never, never>> {
  /** With its newest `limit` agents (one more when there are more); null for an unknown session. */
  get(sessionId: string, limit: number): Promise<Read<{ session: Session; agents: RuntimeAgent[] } | null>>;
  /** Keeps `config`; null takes it away. Outdated when there is no such session. `now`: UTC milliseconds. */
  configure(sessionId: string, config: unknown, now: number): Promise<Session>;
}

/** Totals, kept with every write by whoever makes it. */
export interface StatsStore {
  /** Those of the days asked for: newest day first, then the costliest. Costs are US dollars, exact to 1e-9. */
  totals(request: StatsRequest): Promise<Read<StatsRow[]>>;
}

/** Prompts. `get` gives null for an unknown one. */
export interface PromptStore extends Gets<Prompt>, SearchedLists<Prompt, PromptFilter> {
  /** Books `agentCost` (US dollars) on its agent. Outdated when the agent is gone. Returns the row as it now is. */
  insert(row: Prompt, agentCost: number): Promise<Prompt>;
  /** Outdated when status or cost are no longer as `expected`. Returns the row as it now is. */
  update(
    id: string,
    expected: Pick<Prompt, "status" | "cost_usd">,
    set: Partial<Prompt>,
    agentCost: number,
  ): Promise<Prompt>;
  /** False when it is gone. Takes nothing back from its agent's cost. */
  remove(id: string): Promise<boolean>;
}

/** Logs of agents: append-only. */
export interface AgentLogStore extends SearchedLists<AgentLog, AgentLogFilter> {
  /** All or none; outdated when one of the agents is gone. Returns them numbered, in order. */
  append(rows: readonly NewAgentLog[]): Promise<AgentLog[]>;
  /** Those of the ids that no agent has. */
  unknownAgents(ids: readonly string[]): Promise<string[]>;
}

/** Logs of the system itself: append-only. */
export interface SystemLogStore extends SearchedLists<SystemLog, SystemLogFilter> {
  /** Returns it numbered. */
  append(row: NewSystemLog): Promise<SystemLog>;
}

/** AI developer workflows. `get` gives null for an unknown one. */
export interface WorkflowStore extends Gets<Workflow>, Lists<Workflow, WorkflowFilter> {
  /** Outdated when the definition is gone. Returns the row as it now is. */
  insert(row: Workflow): Promise<Workflow>;
  /** Outdated when the status is no longer `expected`. Returns the row as it now is. */
  update(id: string, expected: Pick<Workflow, "status">, set: Partial<Workflow>): Promise<Workflow>;
}

/** Tokens of the API. They are made and revoked, never changed. */
export interface TokenStore extends Lists<Token, Record<never, never>> {
  /** All of them, the expired too. */
  credentials(): Promise<Credential[]>;
  /** When it resolves, whoever listens to changes has acted on it. Returns the row as it now is. */
  insert(row: Token & Pick<Credential, "hash">): Promise<Token>;
  /** False when it is gone. When it resolves, whoever listens to changes has acted on it. */
  remove(id: string): Promise<boolean>;
  /** Keeps when it was last used, UTC milliseconds. */
  used(id: string, atMillis: number): Promise<void>;
  /** Calls the listener when there are others than before, whoever made or revoked one; those of other processes soon after. */
  onChange(listener: () => Promise<void>): () => void;
}

/** The tail of the durable feed, whoever wrote it. */
export interface ChangeStore {
  /** Its ends (`seq`) and the id of this history. */
  state(): Promise<FeedState>;
  /**
   * Changes with `after` < seq ≤ `upTo` that pass the filter, in order: at most `limit` of them, from at most 10,000
   * rows examined. Everything up to `through` has been examined.
   */
  page(after: number, upTo: number, limit: number, filter: ChangeFilter): Promise<ChangePage>;
  /** Calls the listener after every commit: own ones at once, other processes' as soon as they are seen. */
  onChange(listener: () => void): () => void;
  /** Whether anybody is listening: decides how closely other processes' writes are watched for. */
  attend(listening: boolean): void;
}

/** A page of the feed: everything up to `through` has been examined, also what the filter left out. */
export type ChangePage = { readonly changes: Change[]; readonly through: number };

/** The index that `q` of the lists reads. It follows the feed; deleted rows leave it later, and are not found meanwhile. */
export interface TextIndexStore {
  /** Changes that it has not read yet. */
  behind(): Promise<number>;
  /**
   * Does a few milliseconds of what is to be done, in one write; nothing, and without a write, when all is done. Several
   * processes may call it on one store. `behind`: changes that it had not read when it began.
   */
  step(): Promise<TextStep>;
  /** Resolves when what is committed now is in the index, or after so many milliseconds, or when it cannot be written. */
  reach(deadlineMs: number): Promise<void>;
}

/** `indexedSeq`: changes up to this `seq` were in the index when the step began. */
export type TextStep = { readonly done: boolean; readonly indexedSeq: number; readonly behind: number };
