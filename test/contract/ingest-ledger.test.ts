import { describe, expect, test } from "bun:test";
import type { IngestPlan, Settlement } from "#src/database/ingest.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { START } from "#test/support/clock.ts";
import { ENGINES } from "./engines.ts";
import { aCall, aPlan, aTurn } from "./plans.ts";
import { aDefinition, aLog, anAgent, aPrompt, at } from "./rows.ts";

const CONVERSATION = "c1";
const IN_CONVERSATION = { conversation: CONVERSATION, agentId: "a1", expected: null, state: {}, endsIdle: false };

/** A session with two turns that a stream opened. */
const started = (plan: Partial<IngestPlan> = {}): IngestPlan =>
  aPlan({
    definitions: [aDefinition()],
    agents: [anAgent({ external_id: "claude:s1", status: "executing" })],
    conversations: [IN_CONVERSATION],
    prompts: ["p1", "p2"].map((id) => aPrompt({ id, status: "streaming" })),
    turns: ["p1", "p2"].map((promptId) => aTurn({ promptId })),
    ...plan,
  });

const settle = (promptIds: string[], more: Partial<Settlement> = {}): Settlement[] => [
  { conversation: CONVERSATION, promptIds, opened: null, reassignFrom: null, ...more },
];
const stream = (call: string, promptId: string, costUsd: number) => aCall({ rank: 1, call, promptId, costUsd });
const promptOf = async (db: DatabaseManager, id: string) => (await db.prompts.get(id)).value!;
const costOf = async (db: DatabaseManager) => (await db.agents.get("a1")).value!.cost_usd;

describe.each([...ENGINES])("$name: the ledger of calls", (engine) => {
  test("invariant 14: a prompt keeps what one channel told of it when a better one tells of another", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(
      started({ calls: [stream("s1", "p1", 1), stream("s2", "p2", 2)], settle: settle(["p1", "p2"]) }),
    );
    await on.db.ingest.apply(
      aPlan({ calls: [aCall({ promptId: "p2", costUsd: 0.25, tokensInput: 7 })], settle: settle(["p2"]) }),
    );
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: 1, tokens_input: 100 });
    expect(await promptOf(on.db, "p2")).toMatchObject({ cost_usd: 0.25, tokens_input: 7 });
    expect(await costOf(on.db)).toBe(1.25);
  });

  test("invariant 14: calls of no prompt count beside others, until they come to a prompt", async () => {
    await using on = await engine.open();
    const loose = aCall({ promptId: null, timed: true, sentMs: 2_000, costUsd: 0.5 });
    const calls = [stream("s1", "p1", 1), loose, { ...stream("s2", "p1", 4), promptId: null }];
    await on.db.ingest.apply(started({ calls, settle: settle(["p1"]) }));
    expect(await costOf(on.db)).toBe(1.5);
    const turn = aTurn({ sentMs: 1_500 });
    await on.db.ingest.apply(aPlan({ turns: [turn], settle: settle([], { reassignFrom: 1_500 }) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: 0.5 });
    expect(await costOf(on.db)).toBe(4.5);
  });

  test("a call that is told again with another model, price or source leaves nothing of what it was", async () => {
    await using on = await engine.open();
    const first = aCall({
      costUsd: null,
      costSource: "unknown",
      tokensCacheRead: 5,
      tokensCacheWrite: 6,
      priceVersion: "v1",
    });
    await on.db.ingest.apply(started({ calls: [first], settle: settle(["p1"]) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: null, cost_source: "unknown", tokens_cache_read: 5 });
    await on.db.ingest.apply(aPlan({ calls: [aCall({ model: "other" })], settle: settle(["p1"]) }));
    const tokens = { tokens_input: 100, tokens_cache_read: null, tokens_cache_write: null };
    const cost = { cost_usd: 0.25, cost_source: "reported", price_version: null, model_used: "other" };
    expect(await promptOf(on.db, "p1")).toMatchObject({ ...tokens, ...cost });
  });

  test("the model of a prompt is the one that most was spent on", async () => {
    await using on = await engine.open();
    const calls = [
      aCall({ call: "r1", model: "small", costUsd: 0.25 }),
      aCall({ call: "r2", model: "small", costUsd: 0.5 }),
      aCall({ call: "r3", model: "large", costUsd: 0.5 }),
      aCall({ call: "r4", model: null, costUsd: 5 }),
    ];
    await on.db.ingest.apply(started({ calls, settle: settle(["p1"]) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ model_used: "small", cost_usd: 6.25 });
  });

  test("a call that is told of another prompt is taken from the first, with what it answered", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(started({ calls: [aCall({ response: "yes" })], settle: settle(["p1"]) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: 0.25, response_text: "yes" });
    await on.db.ingest.apply(aPlan({ calls: [aCall({ promptId: "p2", response: "yes" })], settle: settle(["p2"]) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: null, tokens_input: null, response_text: null });
    expect(await promptOf(on.db, "p2")).toMatchObject({ cost_usd: 0.25, response_text: "yes" });
    expect(await costOf(on.db)).toBe(0.25);
  });

  test.each([
    ["of no other prompt", null],
    ["of a new prompt", "p3"],
  ])("invariant 14: a call of a deleted prompt that is told again, %s, costs the difference", async (_, promptId) => {
    await using on = await engine.open();
    await on.db.ingest.apply(started({ calls: [aCall({ costUsd: 1 })], settle: settle(["p1"]) }));
    await on.db.prompts.remove("p1");
    expect(await costOf(on.db)).toBe(1);
    const again = { calls: [aCall({ costUsd: 1.5, promptId })], settle: settle(promptId === null ? [] : [promptId]) };
    const rows = promptId === null ? {} : { prompts: [aPrompt({ id: promptId })], turns: [aTurn({ promptId })] };
    await on.db.ingest.apply(aPlan({ ...rows, ...again }));
    expect(await costOf(on.db)).toBe(1.5);
    if (promptId !== null) expect(await promptOf(on.db, promptId)).toMatchObject({ cost_usd: 1.5 });
    await on.db.ingest.apply(aPlan(again));
    expect(await costOf(on.db)).toBe(1.5);
  });

  test("a call of a deleted prompt stays paid when the turns around it are told", async () => {
    await using on = await engine.open();
    const turns = [aTurn({ promptId: "p1", sentMs: 1_000 }), aTurn({ promptId: "p2", sentMs: 2_000 })];
    const call = aCall({ promptId: "p2", timed: true, sentMs: 2_500 });
    await on.db.ingest.apply(started({ turns, calls: [call], settle: settle(["p2"]) }));
    await on.db.prompts.remove("p2");
    await on.db.ingest.apply(aPlan({ settle: settle([], { reassignFrom: 0 }) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ cost_usd: null });
    expect(await costOf(on.db)).toBe(0.25);
  });

  test("lower the logs of those calls of a prompt that a better channel tells of, and of no other", async () => {
    await using on = await engine.open();
    const calls = [stream("s1", "p1", 1), stream("s2", "p2", 1), aCall({ promptId: "p2" })];
    const logs = calls.map(({ call, rank, logKey }) => ({
      ...aLog({ message: call, log_type: "cost_update" as const }),
      told: { conversation: CONVERSATION, key: logKey, rank },
    }));
    const lowered = [{ conversation: CONVERSATION, promptId: "p2", type: "cost_update" as const, below: 3 }];
    await on.db.ingest.apply(started({ calls, logs, lowered, settle: settle(["p1", "p2"]) }));
    const { rows } = (await on.db.agentLogs.list({}, { limit: 10 })).value;
    expect(rows.filter(({ log_level }) => log_level === "DEBUG").map(({ message }) => message)).toEqual(["s2"]);
  });

  test("lower the logs of what is told worse when a better told call comes to its prompt", async () => {
    await using on = await engine.open();
    const calls = [stream("s1", "p1", 1), stream("s2", "p2", 1), aCall({ promptId: null, timed: true, sentMs: 2_000 })];
    const logs = calls.map(({ call, rank, logKey }) => ({
      ...aLog({ message: call, log_type: "cost_update" as const }),
      told: { conversation: CONVERSATION, key: logKey, rank },
    }));
    await on.db.ingest.apply(started({ calls, logs, settle: settle(["p1", "p2"]) }));
    const turns = [aTurn({ promptId: "p2", sentMs: 1_500 })];
    await on.db.ingest.apply(aPlan({ turns, settle: settle([], { reassignFrom: 1_500 }) }));
    const { rows } = (await on.db.agentLogs.list({}, { limit: 10 })).value;
    expect(rows.filter(({ log_level }) => log_level === "DEBUG").map(({ message }) => message)).toEqual(["s2"]);
  });

  test("say which channel tells best of a turn", async () => {
    await using on = await engine.open();
    await on.db.ingest.apply(started({ calls: [stream("s1", "p1", 1), aCall()], settle: settle(["p1"]) }));
    const asked = {
      conversation: CONVERSATION,
      externalId: "claude:s1",
      keys: [],
      turns: [],
      sent: null,
      below: false,
    };
    const { conversations } = await on.db.ingest.known({ conversations: [asked], definitions: [] });
    expect(conversations.get(CONVERSATION)!.turns).toMatchObject([
      { promptId: "p1", callRank: 3 },
      { promptId: "p2", callRank: 0 },
    ]);
  });

  test("a turn that ended for want of news goes on with its agent only, not with a late call", async () => {
    await using on = await engine.open();
    const turns = [aTurn({ promptId: "p1", openedMs: null, sentMs: 500 })];
    const conversations = [{ ...IN_CONVERSATION, endsIdle: true }];
    await on.db.ingest.apply(started({ prompts: [aPrompt({ status: "streaming" })], conversations, turns }));
    while (!(await on.db.ingest.endIdle(START + 1, at(1))));
    await on.db.ingest.apply(aPlan({ calls: [aCall()], settle: settle(["p1"]) }));
    expect(await promptOf(on.db, "p1")).toMatchObject({ status: "completed", completed_at: at(1), cost_usd: 0.25 });
    await on.db.ingest.apply(
      aPlan({
        agentChanges: [{ id: "a1", expected: "idle", set: { status: "executing" } }],
        calls: [aCall({ call: "r2" })],
        settle: settle(["p1"]),
      }),
    );
    expect(await promptOf(on.db, "p1")).toMatchObject({ status: "streaming", completed_at: null, cost_usd: 0.5 });
  });

  test("know the one agent below that is alive among hundreds that have finished", async () => {
    await using on = await engine.open();
    const below = Array.from({ length: 400 }, (_, n) =>
      anAgent({ id: `b${n}`, parent_agent_id: n % 2 === 0 ? "a1" : `b${n - 1}`, status: "completed" }),
    );
    const alive = anAgent({ id: "z", parent_agent_id: "b399", status: "executing" });
    await on.db.ingest.apply(started({ agents: [anAgent({ external_id: "claude:s1" }), ...below, alive] }));
    const asked = { conversation: CONVERSATION, externalId: "claude:s1", keys: [], turns: [], sent: null, below: true };
    const { conversations } = await on.db.ingest.known({ conversations: [asked], definitions: [] });
    expect(conversations.get(CONVERSATION)!.below.map(({ id }) => id)).toEqual(["z"]);
  });
});
