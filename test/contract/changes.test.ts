import { describe, expect, test } from "bun:test";
import type { ChangeFilter } from "#src/domain/change.ts";
import { changesAfter, fold, listedRows, sorted } from "#test/support/reduce.ts";
import { until } from "#test/support/until.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow, endings, seed } from "./rows.ts";

/** One write of every kind; their changes are numbered from 1. */
async function history(on: OpenEngine): Promise<void> {
  const { db } = on;
  await seed(db);
  await db.orchestratorAgents.update("d1", { description: "x" });
  await db.agents.insert(anAgent({ id: "a2", session_id: "s2" }));
  await db.prompts.insert(aPrompt({ cost_usd: 0.5 }), 0.5);
  await db.agents.update("a1", { status: "initializing" }, { set: { status: "failed" }, transition: null }, aLog());
  await db.systemLogs.append(aSystemLog());
  await db.workflows.insert(aWorkflow());
  await db.workflows.update("w1", { status: "pending" }, { status: "in_progress", started_at: at(1) });
  await db.prompts.remove("p1");
}

const TOLD = [
  "orchestrator_agent.created d1",
  "agent.created a1",
  "orchestrator_agent.updated d1",
  "agent.created a2",
  "prompt.created p1",
  "agent.updated a1",
  "agent.updated a1",
  "agent_log.created 1",
  "system_log.created 1",
  "workflow.created w1",
  "workflow.updated w1",
  "prompt.deleted p1",
];

describe.each([...ENGINES])("$name: the feed", (engine) => {
  test("has every change of logs that are long, however few a page holds", async () => {
    await using on = await engine.open();
    for (let count = 0; count < 12; count += 1)
      await on.db.systemLogs.append(aSystemLog({ message: "x".repeat(4_000_000) }));
    const seqs: number[] = [];
    for (let after = 0; after < 12;) {
      const page = await on.db.changes.page(after, 12, 500, {});
      expect(page.through).toBe(page.changes.at(-1)!.seq);
      seqs.push(...page.changes.map(({ seq }) => seq));
      after = page.through;
    }
    expect(seqs).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test("has an id, and begins before the first change", async () => {
    await using on = await engine.open();
    await using other = await engine.open();
    const state = await on.db.changes.state();
    expect(state).toEqual({ headSeq: 0, oldestSeq: 1, feed: expect.stringMatching(/^\w{16,}$/) });
    expect((await other.db.changes.state()).feed).not.toBe(state.feed);
    expect(await (await on.another()).changes.state()).toEqual(state);
  });

  test("tells every write, in order, with the row as it was then; folded, it is the tables", async () => {
    await using on = await engine.open();
    await history(on);
    const changes = await changesAfter(on.db, 0);
    expect(changes.map(({ entity, op, id }) => `${entity}.${op} ${id}`)).toEqual(TOLD);
    expect(changes.map(({ seq }) => seq)).toEqual(TOLD.map((_, index) => index + 1));
    expect(changes.filter(({ id }) => id === "a1").map(({ data }) => [data!["status"], data!["cost_usd"]])).toEqual([
      ["initializing", 0],
      ["initializing", 0.5],
      ["failed", 0.5],
    ]);
    const log = changes.find(({ entity }) => entity === "agent_log")!;
    expect([log.id, log.agentId, log.sessionId]).toEqual([1, "a1", "s1"]);
    expect(log.data).toEqual({
      id: 1,
      agent_id: "a1",
      log_level: "INFO",
      log_type: "milestone",
      message: "planned",
      created_at: at(0),
    });
    expect(sorted(fold(new Map(), changes))).toEqual(sorted(await listedRows(on.db)));
  });

  test.each<{ filter: ChangeFilter; seqs: number[] }>([
    { filter: { types: ["prompt"] }, seqs: [5, 12] },
    { filter: { types: ["agent_log", "system_log"] }, seqs: [8, 9] },
    { filter: { session_id: ["s2"] }, seqs: [4] },
    { filter: { session_id: ["s1"] }, seqs: [2, 5, 6, 7, 8, 12] },
    { filter: { agent_id: ["a2", "nobody"] }, seqs: [4] },
    { filter: { agent_id: ["a1"], types: ["agent"] }, seqs: [2, 6, 7] },
    { filter: { types: ["workflow"], session_id: ["s1"] }, seqs: [] },
  ])("is narrowed by a filter: %j", async ({ filter, seqs }) => {
    await using on = await engine.open();
    await history(on);
    const page = await on.db.changes.page(0, TOLD.length, 100, filter);
    expect(page.changes.map(({ seq }) => seq)).toEqual(seqs);
    expect(page.through).toBe(TOLD.length);
  });

  test("is paged: behind after, up to a bound, at most limit, and says how far it looked", async () => {
    await using on = await engine.open();
    await history(on);
    const page = async (after: number, upTo: number, limit: number, filter: ChangeFilter = {}) => {
      const { changes, through } = await on.db.changes.page(after, upTo, limit, filter);
      return { seqs: changes.map(({ seq }) => seq), through };
    };
    expect(await page(0, 12, 3)).toEqual({ seqs: [1, 2, 3], through: 3 });
    expect(await page(3, 5, 100)).toEqual({ seqs: [4, 5], through: 5 });
    expect(await page(12, 12, 100)).toEqual({ seqs: [], through: 12 });
    expect(await page(0, 12, 1, { types: ["prompt"] })).toEqual({ seqs: [5], through: 5 });
    expect(await page(5, 12, 1, { types: ["agent_log"] })).toEqual({ seqs: [8], through: 8 });
    expect(await page(8, 12, 1, { types: ["agent_log"] })).toEqual({ seqs: [], through: 12 });
  });

  test("examines at most 10,000 changes for a page", async () => {
    await using on = await engine.open();
    await seed(on.db);
    for (let batch = 0; batch < 4; batch += 1) {
      await on.db.agentLogs.append(Array.from({ length: 3_000 }, () => aLog()));
    }
    await on.db.workflows.insert(aWorkflow());
    const { headSeq } = await on.db.changes.state();
    const first = await on.db.changes.page(0, headSeq, 10, { types: ["workflow"] });
    expect(first).toEqual({ changes: [], through: 10_000 });
    const second = await on.db.changes.page(first.through, headSeq, 10, { types: ["workflow"] });
    expect(second.changes.map(({ seq }) => seq)).toEqual([headSeq]);
  });

  test("invariant 1: what failed or changed nothing leaves no change and no gap", async () => {
    await using on = await engine.open();
    await seed(on.db);
    expect(
      await endings([
        on.db.orchestratorAgents.insert(aDefinition()),
        on.db.agents.update("a1", { status: "idle" }, { set: { name: "x" }, transition: null }, null),
        on.db.orchestratorAgents.insert(aDefinition({ id: "d2" })),
        on.db.agentLogs.append([aLog(), aLog({ agent_id: "gone" })]),
        on.db.prompts.remove("gone"),
      ]),
    ).toEqual(["DecisionOutdated", "DecisionOutdated", "done", "DecisionOutdated", "done"]);
    const changes = await changesAfter(on.db, 0);
    expect(changes.map(({ seq, id }) => [seq, id])).toEqual([
      [1, "d1"],
      [2, "a1"],
      [3, "d2"],
    ]);
  });

  test("calls its listeners when the change can be read, and no longer when they have left", async () => {
    await using on = await engine.open();
    const heads: Promise<number>[] = [];
    const leave = on.db.changes.onChange(() => void heads.push(on.db.changes.state().then(({ headSeq }) => headSeq)));
    await on.db.systemLogs.append(aSystemLog());
    expect(await Promise.all(heads)).toEqual([1]);
    leave();
    await on.db.systemLogs.append(aSystemLog());
    expect(heads).toHaveLength(1);
  });

  test.each([true, false])("hears what another process writes, attended or not: %p", async (attended) => {
    await using on = await engine.open();
    const other = await on.another();
    let calls = 0;
    on.db.changes.onChange(() => void (calls += 1));
    on.db.changes.attend(attended);
    await other.systemLogs.append(aSystemLog());
    await until("the listener to be called", () => calls > 0);
    expect((await changesAfter(on.db, 0)).map(({ entity }) => entity)).toEqual(["system_log"]);
  });
});
