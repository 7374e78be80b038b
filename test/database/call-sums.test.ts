import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Call, Settlement } from "#src/database/ingest.ts";
import { aCall, aPlan, aTurn } from "#test/contract/plans.ts";
import { aDefinition, anAgent, aPrompt } from "#test/contract/rows.ts";
import { query, testDatabase, type TestDatabase } from "#test/support/database.ts";

const CONVERSATION = { conversation: "c1", agentId: "a1", expected: null, state: {}, endsIdle: false };
const PROMPTS = ["p1", "p2", "p3"];

const ADDED_UP = `select ifnull(prompt_id, '') as prompt_id, conversation_id, rank, ifnull(model, '') as model, cost_source,
    ifnull(price_version, '') as price_version, count(*) as calls, sum(tokens_input) as tokens_input, sum(tokens_output) as tokens_output,
    ifnull(sum(tokens_cache_read), 0) as tokens_cache_read, count(tokens_cache_read) as cache_reads,
    ifnull(sum(tokens_cache_write), 0) as tokens_cache_write, count(tokens_cache_write) as cache_writes,
    ifnull(sum(nano), 0) as nano, count(nano) as priced
  from orchestrator_calls group by 1, 2, 3, 4, 5, 6`;
const KEPT = "select * from orchestrator_call_sums order by 1, 2, 3, 4, 5, 6";
const PAID = `select round(sum(nano) / 1e9, 9) as paid from (
  select s.nano, s.rank = max(s.rank) over (partition by s.prompt_id) as counts from orchestrator_call_sums s) where counts`;

async function open(): Promise<TestDatabase> {
  const on = await testDatabase();
  await on.db.ingest.apply(
    aPlan({
      definitions: [aDefinition()],
      agents: [anAgent({ external_id: "claude:s1" })],
      conversations: [CONVERSATION],
      prompts: PROMPTS.map((id) => aPrompt({ id, status: "streaming" })),
      turns: PROMPTS.map((promptId, n) => aTurn({ promptId, sentMs: n * 1_000, openedMs: null })),
    }),
  );
  return on;
}

const settle = (more: Partial<Settlement>): Settlement[] => [
  { conversation: "c1", promptIds: [], opened: null, reassignFrom: null, ...more },
];

/** A generator that gives the same every time. */
function dice(seed: number) {
  let state = seed;
  return <Value>(values: readonly Value[]): Value => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return values[Math.floor(state / 65_536) % values.length]!;
  };
}

function someCall(one: ReturnType<typeof dice>): Call {
  const costUsd = one([null, 0.000_001, 0.25, 1.123_456_789]);
  return aCall({
    call: one(["r1", "r2", "r3", "r4", "r5", "r6"]),
    rank: one([1, 2, 3]),
    promptId: one([null, ...PROMPTS]),
    timed: one([true, false]),
    sentMs: one([null, 0, 500, 1_500, 2_500]),
    model: one([null, "small", "large"]),
    tokensInput: one([0, 1, 1_000]),
    tokensCacheRead: one([null, 0, 7]),
    tokensCacheWrite: one([null, 9]),
    costUsd,
    costSource: costUsd === null ? "unknown" : one(["reported", "computed"]),
    priceVersion: one([null, "v1"]),
    response: one([null, "yes", "no"]),
  });
}

test.each([1, 2, 3, 4, 5])(
  "invariant 14: kept sums are what the calls add up to, whatever happens to them (%i)",
  async (seed) => {
    await using on = await open();
    const one = dice(seed);
    for (let turn = 0; turn < 60; turn += 1) {
      const calls = Array.from({ length: one([1, 2, 3]) }, () => someCall(one));
      const promptIds = calls.flatMap(({ promptId }) => (promptId === null ? [] : [promptId]));
      const more = { promptIds, reassignFrom: one([null, null, 0, 1_000]) };
      await on.db.ingest.apply(aPlan({ calls, settle: settle(more) }));
      if (turn === 30) await on.db.prompts.remove("p3");
      expect(query(on.path, KEPT)).toEqual(query(on.path, ADDED_UP));
    }
    // What the agent has paid, also for the prompt that is gone.
    const [paid] = query(on.path, PAID);
    expect((await on.db.agents.get("a1")).value!.cost_usd).toBeCloseTo(paid!["paid"] as number, 8);
    while (!(await on.db.agents.removeDependents("a1")));
    await on.db.agents.remove("a1");
    expect(query(on.path, KEPT)).toEqual([]);
  },
);

test("a prompt that another program deleted without what hangs on it stands in nobody's way", async () => {
  await using on = await open();
  const call = (name: string, sentMs: number) => aCall({ call: name, promptId: "p1", timed: true, sentMs });
  await on.db.ingest.apply(
    aPlan({ calls: [{ ...call("r1", 1_500), promptId: "p2" }], settle: settle({ promptIds: ["p2"] }) }),
  );
  {
    using other = new Database(on.path);
    other.run("pragma foreign_keys = off");
    other.run("delete from prompts where id = 'p2'");
  }
  // Its turn is still there, and the calls are of its time.
  await on.db.ingest.apply(
    aPlan({ calls: [call("r2", 1_600)], settle: settle({ promptIds: ["p1"], reassignFrom: 0 }) }),
  );
  const costs = {
    p1: (await on.db.prompts.get("p1")).value!.cost_usd,
    a1: (await on.db.agents.get("a1")).value!.cost_usd,
  };
  expect(costs).toEqual({ p1: 0.25, a1: 0.5 });
  await on.db.ingest.apply(
    aPlan({ calls: [{ ...call("r1", 1_500), promptId: null, costUsd: 1 }], settle: settle({}) }),
  );
  expect((await on.db.agents.get("a1")).value!.cost_usd).toBe(1.25);
  expect(query(on.path, KEPT)).toEqual(query(on.path, ADDED_UP));
});
