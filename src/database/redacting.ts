import { setImmediate as nextTurn } from "node:timers/promises";
import type { Redactor } from "#src/domain/redact.ts";
import { redactingIngest } from "./redacting-ingest.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import type {
  AgentLogStore,
  AgentStore,
  DatabaseManager,
  OrchestratorAgentStore,
  PromptStore,
  SessionStore,
  SystemLogStore,
  TokenStore,
  WorkflowStore,
} from "./manager.ts";
import {
  AGENT,
  AGENT_LOG,
  type Contents,
  DEFINITION,
  PROMPT,
  SESSION_CONFIG,
  SYSTEM_LOG,
  TOKEN,
  WORKFLOW,
} from "./written-fields.ts";

/** Characters that are looked through in microseconds. */
const SHORT_TEXT = 2_048;
/** Milliseconds that a long row may take before others go on. */
const TURN_MS = 4;

/**
 * The same store, but that what looks like a secret is replaced before it gets there: the last gate before the file. Each
 * store is written out, so that a new operation does not compile before it is decided here what it does with texts.
 */
export function redacting(db: DatabaseManager, redactor: Redactor): DatabaseManager {
  return {
    orchestratorAgents: orchestratorAgents(db.orchestratorAgents, redactor),
    agents: agents(db.agents, redactor),
    sessions: sessions(db.sessions, redactor),
    prompts: prompts(db.prompts, redactor),
    agentLogs: agentLogs(db.agentLogs, redactor),
    systemLogs: systemLogs(db.systemLogs, redactor),
    workflows: workflows(db.workflows, redactor),
    changes: db.changes,
    texts: db.texts,
    stats: db.stats,
    costs: db.costs,
    board: db.board,
    budgets: db.budgets,
    storage: db.storage,
    retention: db.retention,
    leases: db.leases,
    silence: db.silence,
    tokens: tokens(db.tokens, redactor),
    ingest: redactingIngest(db.ingest, (rows, contents) => redactedRows(redactor, rows, contents)),
    idempotency: idempotency(db.idempotency, redactor),
    figures: () => db.figures(),
    health: () => db.health(),
    noteDamage: (what) => db.noteDamage(what),
    lost: db.lost,
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

function orchestratorAgents(store: OrchestratorAgentStore, redactor: Redactor): OrchestratorAgentStore {
  return {
    list: (filter, page) => store.list(filter, page),
    get: (id) => store.get(id),
    findByName: (name) => store.findByName(redactor.text(name)),
    insert: async (row) => store.insert(await redacted(redactor, row, DEFINITION)),
    async update(id, set) {
      const kept = await redacted(redactor, set, DEFINITION);
      const same = kept === set ? null : await unchanged(store, id, kept);
      return same ?? store.update(id, kept);
    },
    dependents: (id) => store.dependents(id),
    removeDependents: (id) => store.removeDependents(id),
    remove: (id) => store.remove(id),
  };
}

function agents(store: AgentStore, redactor: Redactor): AgentStore {
  return {
    list: (filter, page) => store.list(filter, page),
    get: (id) => store.get(id),
    findByExternalId: (externalId) => store.findByExternalId(redactor.text(externalId)),
    insert: async (row) => store.insert(await redacted(redactor, row, AGENT)),
    async update(id, expected, change, log) {
      const set = await redacted(redactor, change.set, AGENT);
      const same = set === change.set ? null : await unchanged(store, id, set);
      if (same !== null) return same;
      return store.update(id, expected, { ...change, set }, log && (await redacted(redactor, log, AGENT_LOG)));
    },
    removeDependents: (id) => store.removeDependents(id),
    remove: (id) => store.remove(id),
    current: (endedSince, limit) => store.current(endedSince, limit),
  };
}

function sessions(store: SessionStore, redactor: Redactor): SessionStore {
  return {
    list: (filter, page) => store.list(filter, page),
    get: (sessionId, limit) => store.get(sessionId, limit),
    async configure(sessionId, config, now) {
      const kept = await redacted(redactor, { config }, SESSION_CONFIG);
      return store.configure(sessionId, kept.config, now);
    },
  };
}

function prompts(store: PromptStore, redactor: Redactor): PromptStore {
  return {
    list: (filter, page) => store.list(filter, page),
    get: (id) => store.get(id),
    insert: async (row, agentCost) => store.insert(await redacted(redactor, row, PROMPT), agentCost),
    async update(id, expected, set, agentCost) {
      const kept = await redacted(redactor, set, PROMPT);
      const same = kept === set ? null : await unchanged(store, id, kept);
      return same ?? store.update(id, expected, kept, agentCost);
    },
    remove: (id) => store.remove(id),
  };
}

function agentLogs(store: AgentLogStore, redactor: Redactor): AgentLogStore {
  return {
    list: (filter, page) => store.list(filter, page),
    append: async (rows) => store.append(await redactedRows(redactor, rows, AGENT_LOG)),
    unknownAgents: (ids) => store.unknownAgents(ids),
  };
}

function systemLogs(store: SystemLogStore, redactor: Redactor): SystemLogStore {
  return {
    list: (filter, page) => store.list(filter, page),
    append: async (row) => store.append(await redacted(redactor, row, SYSTEM_LOG)),
  };
}

function workflows(store: WorkflowStore, redactor: Redactor): WorkflowStore {
  return {
    list: (filter, page) => store.list(filter, page),
    get: (id) => store.get(id),
    insert: async (row) => store.insert(await redacted(redactor, row, WORKFLOW)),
    async update(id, expected, set) {
      const kept = await redacted(redactor, set, WORKFLOW);
      const same = kept === set ? null : await unchanged(store, id, kept);
      return same ?? store.update(id, expected, kept);
    },
  };
}

function tokens(store: TokenStore, redactor: Redactor): TokenStore {
  return {
    list: (filter, page) => store.list(filter, page),
    credentials: () => store.credentials(),
    insert: async (row) => store.insert(await redacted(redactor, row, TOKEN)),
    remove: (id) => store.remove(id),
    used: (id, atMillis) => store.used(id, atMillis),
    onChange: (listener) => store.onChange(listener),
  };
}

/** What is kept of an answer was made of what the store returned. */
function idempotency(store: IdempotencyStore, redactor: Redactor): IdempotencyStore {
  return {
    find: (command) => store.find(command),
    keeping: (command, answerTo) => redacting(store.keeping(command, answerTo), redactor),
    keep: (command, answer) => store.keep(command, answer),
    forget: () => store.forget(),
  };
}

async function redactedRows<Row extends object>(
  redactor: Redactor,
  rows: readonly Row[],
  contents: Contents<Row>,
): Promise<Row[]> {
  const turn = { since: performance.now() };
  const kept: Row[] = [];
  for (const row of rows) kept.push(await redacted(redactor, row, contents, turn));
  return kept;
}

/** The row itself when there is nothing in it. Gives way to others while it is long. */
async function redacted<Row extends object>(
  redactor: Redactor,
  row: Row,
  contents: Contents<Row>,
  turn = { since: performance.now() },
): Promise<Row> {
  let copy: Row | null = null;
  for (const field in row) {
    const value: unknown = row[field];
    if (contents[field] === "own" || value === null) continue;
    const kept = isShort(value) ? redactor.text(value) : await inTurns(redactor, value, turn);
    if (kept !== value) copy = { ...(copy ?? row), [field]: kept };
  }
  await giveWay(turn);
  return copy ?? row;
}

/** Most texts are, and cost a fraction of what a walk through JSON does. */
function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= SHORT_TEXT;
}

async function inTurns(redactor: Redactor, value: unknown, turn: { since: number }): Promise<unknown> {
  const steps = redactor.inSteps(value);
  let step = steps.next();
  for (; !step.done; step = steps.next()) await giveWay(turn);
  return step.value;
}

async function giveWay(turn: { since: number }): Promise<void> {
  if (performance.now() - turn.since < TURN_MS) return;
  await nextTurn();
  turn.since = performance.now();
}

/** The stored row, if a change would leave it as it is: who sends a secret again changes nothing. */
async function unchanged<Row extends object>(
  store: { get(id: string): Promise<{ readonly value: Row | null }> },
  id: string,
  set: Partial<Row>,
): Promise<Row | null> {
  const { value: row } = await store.get(id);
  if (row === null) return null;
  const fields = Object.keys(set) as (keyof Row)[];
  const isSame = fields.every((field) => field === "updated_at" || Bun.deepEquals(row[field], set[field]));
  return isSame ? row : null;
}
