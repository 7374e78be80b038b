import type { DatabaseManager } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import { STATS_KEYS } from "#src/domain/stats.ts";
import { START } from "#test/support/clock.ts";
import { aCall, aPlan, aTurn } from "#test/contract/plans.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow } from "#test/contract/rows.ts";

type AnyList = (filter: object, page: PageRequest) => Promise<unknown>;
type Filters = Readonly<Record<string, readonly (string | boolean)[]>>;

const OF_AGENTS = { agent_id: ["a1", "a2", "a3"], session_id: ["s1", "s2", "s3"] };
const LEVELS = { level: ["INFO", "ERROR", "DEBUG"] };

/** Every list with all of its filters, three values for each that takes several. */
const LISTS: readonly (readonly [of: (db: DatabaseManager) => { readonly list: unknown }, filters: Filters])[] = [
  [(db) => db.orchestratorAgents, { agent_type: ["planner", "builder", "tester"], is_active: [true] }],
  [
    (db) => db.agents,
    {
      session_id: OF_AGENTS.session_id,
      status: ["idle", "failed", "completed"],
      orchestrator_agent_id: ["d1", "d2", "d3"],
      parent_agent_id: OF_AGENTS.agent_id,
    },
  ],
  [
    (db) => db.prompts,
    {
      ...OF_AGENTS,
      status: ["pending", "failed", "completed"],
      prompt_type: ["adw", "command", "followup"],
      model: ["small", "large", "other"],
    },
  ],
  [(db) => db.agentLogs, { ...OF_AGENTS, ...LEVELS, log_type: ["error", "milestone", "tool_call"] }],
  [(db) => db.systemLogs, { ...LEVELS, component: ["feed", "scheduler", "x"] }],
  [(db) => db.workflows, { status: ["pending", "failed", "completed"], workflow_type: ["sdlc", "patch", "x"] }],
  [(db) => db.sessions, {}],
];

/** Lists that can be searched: text that the index finds, and text that it cannot look up. */
const SEARCHES = ["plan", "-plan"];

/** A filter alone and every two together, with one, two and three values each; and none. */
function combinations(filters: Filters): object[] {
  const names = Object.keys(filters);
  const some = (name: string, count: number) =>
    filters[name]!.length === 1 ? filters[name]![0] : filters[name]!.slice(0, count);
  const counts = [1, 2, 3];
  const alone = names.flatMap((name) => counts.map((count) => ({ [name]: some(name, count) })));
  const pairs = names.flatMap((a, index) =>
    names.slice(index + 1).flatMap((b) => counts.map((count) => ({ [a]: some(a, count), [b]: some(b, 4 - count) }))),
  );
  return [{}, ...alone, ...pairs];
}

/** A page from the start and from a cursor, with and without each end of a window. */
function pages(id: string | number): PageRequest[] {
  const cursor = { millis: START, id };
  const [since, until] = [START - 1000, START + 1000];
  return [{}, { cursor }, { since }, { until }, { since, until }, { since, until, cursor }].map((page) => ({
    limit: 2,
    ...page,
  }));
}

const SEARCHED = (db: DatabaseManager): unknown[] => [db.orchestratorAgents, db.prompts, db.agentLogs, db.systemLogs];

async function lists(db: DatabaseManager): Promise<void> {
  for (const [of, filters] of LISTS) {
    const store = of(db);
    const id = store === db.agentLogs || store === db.systemLogs ? 2 : "x";
    for (const filter of combinations(filters)) {
      for (const page of pages(id)) await (store.list as AnyList)(filter, page);
    }
    if (!SEARCHED(db).includes(store)) continue;
    for (const q of SEARCHES) {
      for (const filter of combinations(filters)) {
        for (const page of pages(id)) await (store.list as AnyList)({ ...filter, q }, page);
      }
    }
  }
}

async function singleReads(db: DatabaseManager): Promise<void> {
  await db.health();
  await db.orchestratorAgents.get("d1");
  await db.orchestratorAgents.findByName("d1");
  await db.orchestratorAgents.dependents("d1");
  await db.agents.get("a1");
  await db.agents.findByExternalId("e1");
  await db.agents.current(START - 1000, 100);
  for (const filter of [{}, { session_id: ["s1"] }, OF_AGENTS, { agent_id: OF_AGENTS.agent_id }]) {
    await db.board.agents(filter, START - 1000, 100);
  }
  await db.board.agents({ session_id: OF_AGENTS.session_id }, START - 1000, 100);
  await db.prompts.get("p1");
  await db.workflows.get("w1");
  await db.sessions.get("s1", 100);
  await db.agentLogs.unknownAgents(["a1", "a2"]);
  for (const key of STATS_KEYS) {
    for (const daily of [false, true]) await db.stats.totals({ key, daily, firstDay: 0, lastDay: 30_000 });
  }
}

async function feed(db: DatabaseManager): Promise<void> {
  const { headSeq } = await db.changes.state();
  for (let filters = 0; filters < 8; filters += 1) {
    await db.changes.page(0, headSeq, 2, {
      ...(filters & 1 ? { types: ["agent"] } : {}),
      ...(filters & 2 ? { session_id: ["s1", "s2"] } : {}),
      ...(filters & 4 ? { agent_id: ["a1"] } : {}),
    });
  }
}

async function inserts(db: DatabaseManager): Promise<void> {
  for (const id of ["d1", "d2"]) await db.orchestratorAgents.insert(aDefinition({ id }));
  await db.agents.insert(anAgent({ external_id: "e1" }));
  for (const id of ["a2", "a3"]) await db.agents.insert(anAgent({ id, parent_agent_id: "a1" }));
  await db.prompts.insert(aPrompt(), 0.5);
  for (const id of ["p2", "p3"]) await db.prompts.insert(aPrompt({ id, agent_id: "a2" }), 0);
  await db.agentLogs.append([aLog(), aLog(), aLog()]);
  for (let count = 0; count < 3; count += 1) await db.systemLogs.append(aSystemLog());
  await db.workflows.insert(aWorkflow({ orchestrator_agent_id: "d1", status: "completed" }));
}

async function changes(db: DatabaseManager): Promise<void> {
  await db.orchestratorAgents.update("d1", {
    name: "other",
    description: "other",
    is_active: false,
    updated_at: at(1),
  });
  const set = { status: "completed" as const, cost_usd: 2, updated_at: at(1), completed_at: at(1) };
  for (const id of ["a1", "a2", "a3"]) {
    await db.agents.update(id, { status: "initializing" }, { set, transition: null }, aLog({ agent_id: id }));
  }
  const answer = { status: "completed" as const, response_text: "done", cost_usd: 1, tokens_input: 5 };
  await db.prompts.update("p1", { status: "pending", cost_usd: null }, answer, 1);
  await db.workflows.update("w1", { status: "completed" }, { completed_steps: 2, updated_at: at(1) });
}

async function deletes(db: DatabaseManager): Promise<void> {
  await db.prompts.remove("p3");
  while (!(await db.agents.removeDependents("a1")));
  await db.agents.remove("a1");
  while (!(await db.orchestratorAgents.removeDependents("d1")));
  await db.orchestratorAgents.remove("d1");
}

/** The text index, who is silent, and what storage tells. (A purge works in temporary tables of its own.) */
async function upkeep(db: DatabaseManager): Promise<void> {
  await db.texts.step();
  await db.storage.facts();
  for (const anew of [true, false]) await db.silence.judge({ quietBefore: Date.now(), lostBefore: START, anew });
}

async function tokens(db: DatabaseManager): Promise<void> {
  const token = { name: "t", scope: "read" as const, created_at: at(0), last_used_at: null, expires_at: null };
  for (const id of ["t1", "t2", "t3"]) await db.tokens.insert({ ...token, id, prefix: id, hash: id });
  for (const page of pages("t1")) await db.tokens.list({}, page);
  await db.tokens.credentials();
  await db.tokens.used("t1", START);
  await db.tokens.remove("t1");
}

/** What is known, told and added up of a source that reports. */
async function ingest(db: DatabaseManager): Promise<void> {
  const conversation = "c1";
  const asked = {
    conversation,
    externalId: "claude:s1",
    keys: ["k"],
    turns: ["t"],
    sent: { from: 1, to: 2 },
    below: true,
  };
  const query = { conversations: [asked], definitions: ["d1"] };
  await db.ingest.known(query);
  await db.ingest.apply(
    aPlan({
      agents: [anAgent({ id: "a8" })],
      conversations: [{ conversation, agentId: "a1", expected: null, state: {}, endsIdle: true }],
      prompts: [aPrompt({ id: "p9" })],
      turns: [aTurn({ conversation, promptId: "p9" })],
      promptChanges: [{ id: "p9", expected: "pending", set: { status: "streaming" }, append: "more" }],
      agentChanges: [
        { id: "a8", expected: "initializing", set: { status: "cancelled" }, endsPrompts: true },
        { id: "a8", expected: "cancelled", set: { session_id: "s9", external_id: "codex:s9:c9" } },
      ],
      logs: [{ ...aLog(), told: { conversation, key: "l", rank: 1 } }],
      lowered: [{ conversation, type: "cost_update", below: 3 }],
      keys: [{ conversation, key: "k" }],
      calls: [aCall({ conversation, promptId: "p9" })],
      settle: [{ conversation, promptIds: ["p9"], opened: "p9", reassignFrom: 0 }],
      claims: [{ from: conversation, to: conversation, promptId: "p9", keys: ["k"], calls: ["c"] }],
      left: ["a8"],
      mark: { stream: "s", lines: 1, context: "{}" },
    }),
  );
  await db.ingest.known(query);
  await db.ingest.stream("s");
  await db.ingest.told(conversation, ["k"]);
  await db.ingest.endIdle(Date.now(), at(9));
  await db.ingest.forget(START);
}

async function keys(db: DatabaseManager): Promise<void> {
  const command = { key: "k", request: "r" };
  await db.idempotency.keep(command, { status: 200, body: null, location: null, rowId: null });
  await db.idempotency.find(command);
  await db.idempotency.forget();
}

/** Runs every query that the store can build, on a store without rows. */
export async function runEveryQuery(db: DatabaseManager): Promise<void> {
  await inserts(db);
  await lists(db);
  await singleReads(db);
  await feed(db);
  await changes(db);
  await upkeep(db);
  await tokens(db);
  await keys(db);
  await ingest(db);
  await deletes(db);
}
