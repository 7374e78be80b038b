import { describe, expect, test } from "bun:test";
import { type DatabaseManager, DecisionOutdated } from "#src/database/manager.ts";
import type { ConversationQuery, IngestPlan } from "#src/database/ingest.ts";
import { START } from "#test/support/clock.ts";
import { ENGINES } from "./engines.ts";
import { aCall, aPlan, aTurn } from "./plans.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at } from "./rows.ts";

const CONVERSATION = "c1";
const NEW = { conversation: CONVERSATION, agentId: "a1", expected: null, state: { turns: 1 }, endsIdle: false };
const ASKED = { conversation: CONVERSATION, externalId: "claude:s1", keys: [], turns: [], sent: null, below: false };

/** A session that was told of, with one prompt under way. */
const started = (plan: Partial<IngestPlan> = {}): IngestPlan =>
  aPlan({
    definitions: [aDefinition()],
    agents: [anAgent({ external_id: "claude:s1", status: "executing" })],
    conversations: [NEW],
    prompts: [aPrompt({ status: "streaming" })],
    turns: [aTurn()],
    ...plan,
  });

async function known(db: DatabaseManager, asked: Partial<ConversationQuery> = {}) {
  const { conversations } = await db.ingest.known({ conversations: [{ ...ASKED, ...asked }], definitions: [] });
  return conversations.get(CONVERSATION);
}

const promptOf = async (db: DatabaseManager, id = "p1") => (await db.prompts.get(id)).value!;
const costOf = async (db: DatabaseManager) => (await db.agents.get("a1")).value!.cost_usd;
const settle = (...promptIds: string[]) => [
  { conversation: CONVERSATION, promptIds, opened: null, reassignFrom: null },
];

describe.each([...ENGINES])("$name: plans of ingest", (engine) => {
  test("are written whole, in one transaction", async () => {
    await using on = await engine.open();
    const { headSeq } = await on.db.changes.state();
    await on.db.ingest.apply(started({ logs: [{ ...aLog(), told: null }], systemLogs: [aSystemLog()] }));
    const after = await on.db.changes.state();
    const { changes } = await on.db.changes.page(headSeq, after.headSeq, 100, {});
    expect(changes.map(({ entity, op }) => `${entity}.${op}`)).toEqual([
      "orchestrator_agent.created",
      "agent.created",
      "prompt.created",
      "agent_log.created",
      "system_log.created",
    ]);
    expect(await known(on.db)).toMatchObject({
      revision: 1,
      state: { turns: 1 },
      agent: { id: "a1", status: "executing" },
    });
  });

  test("are not written at all when the conversation has moved on", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(started());
    const change = { conversations: [{ ...NEW, expected: 1, state: { turns: 2 } }], logs: [{ ...aLog(), told: null }] };
    await on.db.ingest.apply(aPlan(change));
    await expect(on.db.ingest.apply(aPlan(change))).rejects.toBeInstanceOf(DecisionOutdated);
    expect((await on.db.agentLogs.list({}, { limit: 10 })).value.rows).toHaveLength(1);
  });

  test.each([
    ["the conversation is there already", { conversations: [NEW] }],
    [
      "the agent's status moved",
      { agentChanges: [{ id: "a1", expected: "idle" as const, set: { status: "waiting" as const } }] },
    ],
    [
      "the prompt's status moved",
      { promptChanges: [{ id: "p1", expected: "pending" as const, set: { status: "failed" as const }, append: null }] },
    ],
    ["the name of the definition is taken", { definitions: [aDefinition({ id: "d2", name: "d1" })] }],
    ["the external id is taken", { agents: [anAgent({ id: "a2", external_id: "claude:s1" })] }],
    ["the key was told", { logs: [{ ...aLog(), told: { conversation: CONVERSATION, key: "k", rank: 1 } }] }],
  ])("are outdated when %s", async (_, plan) => {
    await using on = await engine.open();
    await on.db.ingest.apply(started({ keys: [{ conversation: CONVERSATION, key: "k" }] }));
    await expect(on.db.ingest.apply(aPlan(plan))).rejects.toBeInstanceOf(DecisionOutdated);
  });

  test("say which keys were told, and what log they have", async () => {
    await using on = await engine.open();
    const log = { ...aLog({ message: "Bash" }), told: { conversation: CONVERSATION, key: "tool", rank: 1 } };
    await on.db.ingest.apply(started({ keys: [{ conversation: CONVERSATION, key: "event" }], logs: [log] }));
    const { keys } = (await known(on.db, { keys: ["event", "tool", "other"] }))!;
    expect([...keys.keys()].toSorted()).toEqual(["event", "tool"]);
    expect(keys.get("event")!.log).toBeNull();
    expect(keys.get("tool")).toMatchObject({ rank: 1, log: { message: "Bash" } });
    expect(await on.db.ingest.told(CONVERSATION, ["event", "other"])).toEqual(new Set(["event"]));
    const id = keys.get("tool")!.log!.id;
    const set = { message: "Bash: ls", log_level: "ERROR" as const, details: { success: false } };
    await on.db.ingest.apply(aPlan({ logChanges: [{ id, conversation: CONVERSATION, key: "tool", rank: 3, set }] }));
    expect((await known(on.db, { keys: ["tool"] }))!.keys.get("tool")).toMatchObject({ rank: 3, log: set });
  });

  test("lower the logs of what a better channel tells", async () => {
    await using on = await engine.open();
    const told = (key: string, rank: number) => ({ conversation: CONVERSATION, key, rank });
    const logs = [
      { ...aLog({ message: "stream", log_type: "cost_update" as const }), told: told("a", 1) },
      { ...aLog({ message: "otel", log_type: "cost_update" as const }), told: told("b", 3) },
      { ...aLog({ message: "tool", log_type: "tool_call" as const }), told: told("c", 1) },
      { ...aLog({ message: "nobody's", log_type: "cost_update" as const }), told: null },
    ];
    await on.db.ingest.apply(started({ logs }));
    await on.db.ingest.apply(aPlan({ lowered: [{ conversation: CONVERSATION, type: "cost_update", below: 3 }] }));
    const { rows } = (await on.db.agentLogs.list({}, { limit: 10 })).value;
    const lowered = rows.filter(({ log_level }) => log_level === "DEBUG").map(({ message }) => message);
    expect(lowered).toEqual(["stream"]);
  });

  test("invariant 14: what a prompt took is the sum of its calls, and its agent's cost moves with it", async () => {
    await using on = await engine.open();
    const calls = [
      aCall(),
      aCall({
        call: "r2",
        tokensInput: 50,
        tokensCacheRead: 40,
        costUsd: 0.5,
        costSource: "computed",
        priceVersion: "v1",
      }),
    ];
    await on.db.ingest.apply(started({ calls, settle: settle("p1") }));
    const sums = { tokens_input: 150, tokens_output: 20, tokens_cache_read: 40, tokens_cache_write: null };
    const cost = { cost_usd: 0.75, cost_source: "computed", price_version: "v1", model_used: "claude-sonnet-5" };
    expect(await promptOf(on.db)).toMatchObject({ ...sums, ...cost });
    expect(await costOf(on.db)).toBe(0.75);
    // The last value of a call counts.
    await on.db.ingest.apply(aPlan({ calls: [aCall({ costUsd: 1 })], settle: settle("p1") }));
    expect(await costOf(on.db)).toBe(1.5);
  });

  test("an unknown price is no 0", async () => {
    await using on = await engine.open();
    const unknown = { costUsd: null, costSource: "unknown" as const };
    await on.db.ingest.apply(started({ calls: [aCall(unknown)], settle: settle("p1") }));
    expect(await promptOf(on.db)).toMatchObject({ tokens_input: 100, cost_usd: null, cost_source: "unknown" });
    await on.db.ingest.apply(aPlan({ calls: [aCall({ call: "r2" })], settle: settle("p1") }));
    expect(await promptOf(on.db)).toMatchObject({ cost_usd: 0.25, cost_source: "unknown" });
  });

  test("only the best channel counts, whoever told first", async () => {
    await using on = await engine.open();
    const stream = aCall({ rank: 1, call: "total", costUsd: 0.3 });
    await on.db.ingest.apply(started({ calls: [stream], settle: settle("p1") }));
    expect(await costOf(on.db)).toBe(0.3);
    await on.db.ingest.apply(aPlan({ calls: [aCall({ costUsd: 0.31 })], settle: settle("p1") }));
    expect(await costOf(on.db)).toBe(0.31);
    await on.db.ingest.apply(aPlan({ calls: [{ ...stream, call: "total 2" }], settle: settle("p1") }));
    expect(await promptOf(on.db)).toMatchObject({ cost_usd: 0.31, tokens_input: 100 });
  });

  test("a call without a prompt costs its agent, until its turn is told", async () => {
    await using on = await engine.open();
    const loose = aCall({ promptId: null, timed: true, sentMs: 2_000 });
    await on.db.ingest.apply(started({ turns: [], prompts: [], calls: [loose], settle: settle() }));
    expect(await costOf(on.db)).toBe(0.25);
    const turn = aTurn({ sentMs: 1_500, openedMs: null });
    const moving = [{ conversation: CONVERSATION, promptIds: [], opened: null, reassignFrom: 1_500 }];
    await on.db.ingest.apply(aPlan({ prompts: [aPrompt({ status: "streaming" })], turns: [turn], settle: moving }));
    expect(await costOf(on.db)).toBe(0.25);
    expect(await promptOf(on.db)).toMatchObject({ cost_usd: 0.25, tokens_input: 100 });
  });

  test("calls without a prompt are of one that is opened late, where no time tells of another", async () => {
    await using on = await engine.open();
    const loose = aCall({ promptId: null, timed: true, sentMs: 2_000 });
    await on.db.ingest.apply(started({ turns: [], prompts: [], calls: [loose], settle: settle() }));
    const opened = [{ conversation: CONVERSATION, promptIds: [], opened: "p1", reassignFrom: null }];
    await on.db.ingest.apply(aPlan({ prompts: [aPrompt({ status: "streaming" })], turns: [aTurn()], settle: opened }));
    expect(await costOf(on.db)).toBe(0.25);
    expect(await promptOf(on.db)).toMatchObject({ cost_usd: 0.25, tokens_input: 100 });
  });

  test("what is claimed goes to another agent with what it cost, and one of which nothing is left goes", async () => {
    await using on = await engine.open();
    const told = { conversation: CONVERSATION, key: "log", rank: 1 };
    await on.db.ingest.apply(started({ calls: [aCall()], settle: settle("p1"), logs: [{ ...aLog(), told }] }));
    const other = { agents: [anAgent({ id: "a2", external_id: "otel:s2" })] };
    const second = { ...NEW, conversation: "c2", agentId: "a2" };
    const claim = { from: CONVERSATION, to: "c2", promptId: "p1", keys: ["log"], calls: ["r1"] };
    const both = [...settle("p1"), { ...settle("p1")[0]!, conversation: "c2" }];
    await on.db.ingest.apply(aPlan({ ...other, conversations: [second], claims: [claim], settle: both, left: ["a1"] }));
    expect(await promptOf(on.db)).toMatchObject({ agent_id: "a2", cost_usd: 0.25, tokens_input: 100 });
    expect((await on.db.agents.get("a2")).value).toMatchObject({ cost_usd: 0.25 });
    expect((await on.db.agentLogs.list({}, { limit: 10 })).value.rows).toMatchObject([{ agent_id: "a2" }]);
    expect((await on.db.agents.get("a1")).value).toBeNull();
    // One that has something stays.
    await on.db.ingest.apply(aPlan({ left: ["a2"] }));
    expect((await on.db.agents.get("a2")).value).not.toBeNull();
  });

  test("those below an agent go with it into another session", async () => {
    await using on = await engine.open();
    const below = [
      anAgent({ id: "a2", session_id: "t1", external_id: "codex:t1", status: "executing" }),
      anAgent({ id: "a3", session_id: "t1", external_id: "codex:t1:t2", parent_agent_id: "a2" }),
      anAgent({ id: "a4", session_id: "t1", external_id: "mine", parent_agent_id: "a2" }),
    ];
    await on.db.ingest.apply(aPlan({ definitions: [aDefinition()], agents: below }));
    const set = { session_id: "t0", external_id: "codex:t0:t1" };
    await on.db.ingest.apply(aPlan({ agentChanges: [{ id: "a2", expected: "executing", set }] }));
    expect((await on.db.agents.get("a3")).value).toMatchObject({ session_id: "t0", external_id: "codex:t0:t2" });
    expect((await on.db.agents.get("a4")).value).toMatchObject({ session_id: "t1", external_id: "mine" });
  });

  test("turns of telemetry end when a later one began, in whatever order they are told", async () => {
    await using on = await engine.open();
    const turns = ["p2", "p1"].map((promptId, index) =>
      aTurn({ promptId, openedMs: null, sentMs: 2_000 - index * 1_000 }),
    );
    for (const [index, turn] of turns.entries()) {
      const prompt = aPrompt({
        id: turn.promptId,
        status: "streaming",
        prompt_type: index === 0 ? "command" : "followup",
      });
      const plan = { prompts: [prompt], turns: [turn], settle: settle(turn.promptId) };
      await on.db.ingest.apply(index === 0 ? started(plan) : aPlan(plan));
    }
    expect(await promptOf(on.db, "p1")).toMatchObject({
      status: "completed",
      completed_at: at(0),
      prompt_type: "command",
    });
    expect(await promptOf(on.db, "p2")).toMatchObject({ status: "streaming", prompt_type: "followup" });
  });

  test("a failed call fails its turn unless a later one succeeded", async () => {
    await using on = await engine.open();
    const turn = aTurn({ openedMs: null, sentMs: 500, failedMs: 1_500, failedError: "overloaded" });
    await on.db.ingest.apply(started({ turns: [turn], calls: [aCall()], settle: settle("p1") }));
    expect(await promptOf(on.db)).toMatchObject({ status: "failed", error_message: "overloaded" });
    await on.db.ingest.apply(aPlan({ calls: [aCall({ call: "r2", sentMs: 2_000 })], settle: settle("p1") }));
    expect(await promptOf(on.db)).toMatchObject({ status: "streaming", error_message: null, completed_at: null });
  });

  test("who ends takes its open prompts along", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(started());
    const set = { status: "cancelled" as const, completed_at: at(1) };
    await on.db.ingest.apply(
      aPlan({ at: at(1), agentChanges: [{ id: "a1", expected: "executing", set, endsPrompts: true }] }),
    );
    expect(await promptOf(on.db)).toMatchObject({ status: "cancelled", completed_at: at(1) });
  });

  test("an answer grows by paragraphs", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(started());
    for (const append of ["one", "two"]) {
      await on.db.ingest.apply(aPlan({ promptChanges: [{ id: "p1", expected: "streaming", set: {}, append }] }));
    }
    expect((await promptOf(on.db)).response_text).toBe("one\n\ntwo");
  });

  test("know the alive agents below, at any depth", async () => {
    await using on = await engine.open();
    const child = (id: string, above: string, more = {}) => anAgent({ id, parent_agent_id: above, ...more });
    await on.db.ingest.apply(started());
    for (const row of [child("a2", "a1"), child("a3", "a2"), child("a4", "a1", { status: "failed" })])
      await on.db.agents.insert(row);
    const { below } = (await known(on.db, { below: true }))!;
    expect(below.map(({ id }) => id).toSorted()).toEqual(["a2", "a3"]);
  });

  test("know the agent that was registered before by its external id", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent({ external_id: "claude:s1" }));
    const found = await on.db.ingest.known({ conversations: [ASKED], definitions: ["d1", "d2"] });
    expect(found.conversations.size).toBe(0);
    expect(found.agents.get("claude:s1")).toMatchObject({ id: "a1" });
    expect(found.definitions).toEqual(new Map([["d1", "d1"]]));
  });

  test("keep how far a stream was read", async () => {
    await using on = await engine.open();
    expect(await on.db.ingest.stream("s")).toBeNull();
    for (const lines of [3, 5])
      await on.db.ingest.apply(aPlan({ mark: { stream: "s", lines, context: '{"turn":1}' } }));
    expect(await on.db.ingest.stream("s")).toEqual({ stream: "s", lines: 5, context: '{"turn":1}' });
  });

  test("turns of telemetry end when nothing was heard for so long, and their agents are idle", async () => {
    await using on = await engine.open();
    const turn = aTurn({ openedMs: null, sentMs: 500 });
    await on.db.ingest.apply(started({ conversations: [{ ...NEW, endsIdle: true }], turns: [turn] }));
    expect(await on.db.ingest.endIdle(START, at(1))).toBe(true);
    expect(await promptOf(on.db)).toMatchObject({ status: "streaming" });
    while (!(await on.db.ingest.endIdle(START + 1, at(1))));
    expect(await promptOf(on.db)).toMatchObject({ status: "completed", completed_at: at(1) });
    expect((await known(on.db))!.agent).toMatchObject({ status: "idle" });
    const [log] = (await on.db.agentLogs.list({}, { limit: 1 })).value.rows;
    expect(log).toMatchObject({ log_type: "state_change", details: { from: "executing", to: "idle" } });
    const { headSeq } = await on.db.changes.state();
    expect(await on.db.ingest.endIdle(START + 1, at(2))).toBe(true);
    expect((await on.db.changes.state()).headSeq).toBe(headSeq);
  });

  test("forget what was told of those who were not heard of for long", async () => {
    await using on = await engine.open();
    const mark = { stream: "s", lines: 1, context: "{}" };
    await on.db.ingest.apply(started({ keys: [{ conversation: CONVERSATION, key: "k" }], mark }));
    expect(await on.db.ingest.forget(START)).toBe(true);
    expect((await known(on.db, { keys: ["k"] }))!.keys.size).toBe(1);
    while (!(await on.db.ingest.forget(START + 1)));
    expect((await known(on.db, { keys: ["k"] }))!.keys.size).toBe(0);
    expect(await on.db.ingest.stream("s")).toBeNull();
  });

  test("all of it goes with its agent", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(
      started({
        keys: [{ conversation: CONVERSATION, key: "k" }],
        calls: [aCall({ promptId: null })],
        settle: settle(),
      }),
    );
    while (!(await on.db.agents.removeDependents("a1")));
    await on.db.agents.remove("a1");
    expect(await known(on.db)).toBeUndefined();
    await on.db.ingest.apply(started({ definitions: [] }));
    expect((await known(on.db, { keys: ["k"] }))!.keys.size).toBe(0);
  });
});
