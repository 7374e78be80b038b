import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import { START } from "#test/support/clock.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, anAgent, at } from "./rows.ts";

/** `a1` and, below it, `a2`, both of session `s1` and definition `d1`. Everything written so far has been looked at. */
async function watched(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  await on.db.orchestratorAgents.insert(aDefinition());
  await on.db.agents.insert(anAgent());
  await on.db.agents.insert(anAgent({ id: "a2", parent_agent_id: "a1", started_at: at(1) }));
  await lookAll(on.db);
  return on;
}

async function lookAll(db: DatabaseManager): Promise<void> {
  while (!(await db.budgets.step(START)).done);
}

const set = (db: DatabaseManager, id: string, fields: object) =>
  db.agents.update(id, { status: "initializing" }, { set: fields, transition: null }, null);

/** What has been told since the start, as `level scope id: cost of max, agent`. */
async function told(db: DatabaseManager): Promise<string[]> {
  await lookAll(db);
  const { headSeq } = await db.changes.state();
  const { changes } = await db.changes.page(0, headSeq, 1000, { types: ["budget"] });
  return changes.map(({ op, id, agentId, data }) => {
    const { scope, cost_usd: cost, max_cost_usd: most } = data as Record<string, unknown>;
    return `${op} ${scope} ${id}: ${cost} of ${most}, ${agentId}`;
  });
}

describe.each([...ENGINES])("$name: budgets", (engine) => {
  test("without any nothing is told", async () => {
    await using on = await watched(engine.open);
    await set(on.db, "a1", { cost_usd: 1_000_000 });
    expect(await told(on.db)).toEqual([]);
  });

  test("of an agent count what is below it, and are told at 80 % and at 100 %, once each", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { config: { max_cost_usd: 0.1 } });
    await set(db, "a2", { cost_usd: 0.0799 });
    expect(await told(db)).toEqual([]);
    await set(db, "a2", { cost_usd: 0.08 });
    expect(await told(db)).toEqual(["warning agent a1: 0.08 of 0.1, a2"]);
    await set(db, "a2", { cost_usd: 0.085 });
    expect(await told(db)).toHaveLength(1);
    await set(db, "a1", { cost_usd: 0.02 });
    expect(await told(db)).toEqual(["warning agent a1: 0.08 of 0.1, a2", "exceeded agent a1: 0.105 of 0.1, a1"]);
    await set(db, "a1", { cost_usd: 5 });
    await set(db, "a1", { cost_usd: 0 });
    expect(await told(db)).toHaveLength(2);
  });

  test("that are jumped over are exceeded only", async () => {
    await using on = await watched(engine.open);
    await set(on.db, "a1", { config: { max_cost_usd: 1 } });
    await set(on.db, "a1", { cost_usd: 1 });
    expect(await told(on.db)).toEqual(["exceeded agent a1: 1 of 1, a1"]);
  });

  test("leave a log beside the change, of the agent that brought them there", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { config: { max_cost_usd: 10 } });
    await set(db, "a2", { cost_usd: 8.5 });
    await told(db);
    await set(db, "a1", { cost_usd: 2 });
    await told(db);
    const details = { scope: "agent", id: "a1", max_cost_usd: 10 };
    expect((await db.agentLogs.list({}, { limit: 10 })).value.rows).toMatchObject([
      {
        agent_id: "a1",
        log_level: "ERROR",
        log_type: "error",
        message: "Budget of this agent exceeded: 105 %, 10.5 of 10 US dollars",
        details: { ...details, cost_usd: 10.5, share: 1.05 },
        created_at: at(0),
      },
      {
        agent_id: "a2",
        log_level: "WARNING",
        log_type: "cost_update",
        message: "Budget of agent a1 nearly spent: 85 %, 8.5 of 10 US dollars",
        details: { ...details, cost_usd: 8.5, share: 0.85 },
      },
    ]);
    const { headSeq } = await db.changes.state();
    expect((await db.changes.page(0, headSeq, 1000, { types: ["budget"] })).changes[0]).toMatchObject({
      entity: "budget",
      op: "warning",
      id: "a1",
      agentId: "a2",
      sessionId: "s1",
      atMillis: START,
      data: { ...details, cost_usd: 8.5, share: 0.85 },
    });
  });

  test("are named after whom they are for, where that has a name", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { config: { max_cost_usd: 1 }, name: "root" });
    await db.orchestratorAgents.update("d1", { name: "builder", config: { max_cost_usd: 1 } });
    await db.sessions.configure("s1", { max_cost_usd: 1 }, START);
    await told(db);
    await set(db, "a2", { cost_usd: 2 });
    await told(db);
    const { rows } = (await db.agentLogs.list({}, { limit: 10 })).value;
    expect(rows.map(({ message }) => message).toSorted()).toEqual([
      "Budget of agent root exceeded: 200 %, 2 of 1 US dollars",
      "Budget of definition builder exceeded: 200 %, 2 of 1 US dollars",
      "Budget of session s1 exceeded: 200 %, 2 of 1 US dollars",
    ]);
  });

  test("that are raised are told anew, those that come back are not", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { config: { max_cost_usd: 1 }, cost_usd: 0.9 });
    expect(await told(db)).toEqual(["warning agent a1: 0.9 of 1, a1"]);
    await set(db, "a1", { config: { max_cost_usd: 2 } });
    expect(await told(db)).toHaveLength(1);
    await set(db, "a1", { cost_usd: 2 });
    expect(await told(db)).toEqual(["warning agent a1: 0.9 of 1, a1", "exceeded agent a1: 2 of 2, a1"]);
    await set(db, "a1", { config: { max_cost_usd: 2, note: "again" } });
    expect(await told(db)).toHaveLength(2);
    await set(db, "a1", { config: { max_cost_usd: 1 } });
    expect((await told(db)).slice(2)).toEqual(["exceeded agent a1: 2 of 1, a1"]);
    await set(db, "a1", { config: null, cost_usd: 100 });
    expect(await told(db)).toHaveLength(3);
  });

  test("of a definition count all its agents, of a session all of the session", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await db.agents.insert(anAgent({ id: "b1", session_id: "s2", cost_usd: 6 }));
    await db.orchestratorAgents.update("d1", { config: { max_cost_usd: 10 } });
    await db.sessions.configure("s2", { max_cost_usd: 100 }, START);
    expect(await told(db)).toEqual([]);
    await set(db, "a1", { cost_usd: 3 });
    expect(await told(db)).toEqual(["warning definition d1: 9 of 10, a1"]);
    await set(db, "b1", { cost_usd: 99 });
    expect((await told(db)).slice(1).toSorted()).toEqual([
      "exceeded definition d1: 102 of 10, b1",
      "warning session s2: 99 of 100, b1",
    ]);
  });

  test("that are set when they are spent are told at once, to the newest agent they are of", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { cost_usd: 3 });
    await lookAll(db);
    await db.orchestratorAgents.update("d1", { config: { max_cost_usd: 2 } });
    await db.sessions.configure("s1", { max_cost_usd: 1 }, START);
    expect((await told(db)).toSorted()).toEqual([
      "exceeded definition d1: 3 of 2, a2",
      "exceeded session s1: 3 of 1, a2",
    ]);
  });

  test("are looked at when a store is opened, and told of by one of several", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { config: { max_cost_usd: 1 }, cost_usd: 1 });
    const others = [await on.another(), await on.another()];
    await Promise.all([db, ...others].map(lookAll));
    expect(await told(db)).toEqual(["exceeded agent a1: 1 of 1, a1"]);
    expect((await db.agentLogs.list({}, { limit: 10 })).value.rows).toHaveLength(1);
    await set(others[0]!, "a2", { config: { max_cost_usd: 4 }, cost_usd: 4 });
    await Promise.all([db, ...others].map(lookAll));
    expect((await told(db)).slice(1)).toEqual(["exceeded agent a2: 4 of 4, a2"]);
  });

  test("go with their agent", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a2", { config: { max_cost_usd: 1 }, cost_usd: 1 });
    expect(await told(db)).toHaveLength(1);
    await db.agents.removeDependents("a2");
    await db.agents.remove("a2");
    await db.agents.insert(anAgent({ id: "a2", cost_usd: 5 }));
    expect(await told(db)).toHaveLength(1);
    await set(db, "a2", { config: { max_cost_usd: 1 } });
    expect((await told(db)).slice(1)).toEqual(["exceeded agent a2: 5 of 1, a2"]);
  });

  test("are told of whose cost brought them there, however long the look takes", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await db.agents.insert(anAgent({ id: "busy", config: { max_cost_usd: 1_000_000 }, started_at: at(2) }));
    await set(db, "a1", { config: { max_cost_usd: 2 } });
    for (let cost = 1; cost <= 400; cost += 1) await set(db, "busy", { cost_usd: cost });
    await set(db, "a2", { cost_usd: 2 });
    expect(await told(db)).toEqual(["exceeded agent a1: 2 of 2, a2"]);
  });

  test("of agents that stand in a circle are told all the same", async () => {
    await using on = await watched(engine.open);
    const { db } = on;
    await set(db, "a1", { parent_agent_id: "a2", config: { max_cost_usd: 2 } });
    await set(db, "a2", { cost_usd: 2 });
    expect(await told(db)).toEqual(["exceeded agent a1: 2 of 2, a2"]);
    expect((await db.costs.ofAgent("a1")).value).toMatchObject({ agents: 2, subtree: { cost_usd: 2 } });
  });
});

describe.each([...ENGINES])("$name: the configuration of a session", (engine) => {
  test("is kept, shown, replaced whole and taken away", async () => {
    await using on = await watched(engine.open);
    const { sessions } = on.db;
    const shown = async () => [
      (await sessions.get("s1", 1)).value!.session.config,
      (await sessions.list({}, { limit: 1 })).value.rows[0]!.config,
    ];
    expect(await shown()).toEqual([null, null]);
    expect(await sessions.configure("s1", { max_cost_usd: 3, of: ["x"] }, START)).toMatchObject({
      session_id: "s1",
      config: { max_cost_usd: 3, of: ["x"] },
    });
    await sessions.configure("s1", "plain", START);
    expect(await shown()).toEqual(["plain", "plain"]);
    await sessions.configure("s1", null, START);
    expect(await shown()).toEqual([null, null]);
  });

  test("is refused, and not kept, for a session that nobody has", async () => {
    await using on = await watched(engine.open);
    const { agents, sessions } = on.db;
    await expect(sessions.configure("s9", { a: 1 }, START)).rejects.toThrow("session s9 is gone");
    await agents.insert(anAgent({ id: "c1", session_id: "s9" }));
    expect((await sessions.get("s9", 1)).value!.session.config).toBeNull();
  });
});
