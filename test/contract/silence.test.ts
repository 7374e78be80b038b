import { describe, expect, test } from "bun:test";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { START } from "#test/support/clock.ts";
import { changesAfter } from "#test/support/reduce.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, at } from "./rows.ts";

/** Their last activity is so many seconds after the start. */
const AGENTS = [
  anAgent({ id: "early", updated_at: at(0) }),
  anAgent({ id: "late", updated_at: at(100), status: "executing" }),
  anAgent({ id: "now", updated_at: at(200), status: "idle", session_id: "s2" }),
];

async function withAgents(open: () => Promise<OpenEngine>, rows = AGENTS): Promise<OpenEngine> {
  const on = await open();
  await on.db.orchestratorAgents.insert(aDefinition());
  for (const row of rows) await on.db.agents.insert(row);
  return on;
}

/** Judges until nobody is left. Times are seconds after the start. */
async function judge(db: DatabaseManager, quiet: number | null, lost: number | null, anew = false): Promise<void> {
  const millis = (seconds: number | null) => (seconds === null ? null : START + seconds * 1000);
  const times = { quietBefore: millis(quiet), lostBefore: millis(lost), anew };
  while (!(await db.silence.judge(times)));
}

/** Id, second of its last activity where it is quiet, and whether it is lost: of those that are silent. */
async function silent(db: DatabaseManager): Promise<string[]> {
  const { rows } = (await db.agents.list({}, { limit: 1000 })).value;
  return rows
    .filter(({ quiet_since, lost }) => quiet_since !== null || lost)
    .map(({ id, quiet_since: since, lost }) => `${id} ${(Date.parse(since!) - START) / 1000}${lost ? " lost" : ""}`)
    .toSorted();
}

async function told(db: DatabaseManager, run: () => Promise<unknown>): Promise<string[]> {
  const { headSeq } = await db.changes.state();
  await run();
  return (await changesAfter(db, headSeq)).map(({ entity, op, id, data }) => {
    const silence = entity === "agent" ? ` ${data?.["quiet_since"]} ${data?.["lost"]}` : "";
    return `${entity}.${op} ${id}${silence}`;
  });
}

const get = async (db: DatabaseManager, id: string): Promise<RuntimeAgent> => (await db.agents.get(id)).value!;

describe.each([...ENGINES])("$name: silence", (engine) => {
  test("agents are quiet and then lost, and each verdict is one change of the agent", async () => {
    await using on = await withAgents(engine.open);
    expect(await told(on.db, () => judge(on.db, -1, -1))).toEqual([]);
    expect(await told(on.db, () => judge(on.db, 0, null))).toEqual([`agent.updated early ${at(0)} false`]);
    expect(await told(on.db, () => judge(on.db, 99, -1))).toEqual([]);
    expect(await told(on.db, () => judge(on.db, 100, 0))).toEqual([
      `agent.updated early ${at(0)} true`,
      `agent.updated late ${at(100)} false`,
    ]);
    expect(await silent(on.db)).toEqual(["early 0 lost", "late 100"]);
    expect(await told(on.db, () => judge(on.db, 150, 50))).toEqual([]);
    expect(await told(on.db, () => judge(on.db, null, 200))).toHaveLength(2);
    expect(await silent(on.db)).toEqual(["early 0 lost", "late 100 lost", "now 200 lost"]);
  });

  test("a verdict moves neither the agent's time of change nor its session's last activity", async () => {
    await using on = await withAgents(engine.open);
    const before = await on.db.sessions.get("s1", 10);
    await judge(on.db, 500, 50);
    expect(await get(on.db, "early")).toMatchObject({ updated_at: at(0), quiet_since: at(0), lost: true });
    const after = await on.db.sessions.get("s1", 10);
    expect(after.value!.session).toEqual({
      ...before.value!.session,
      agents: { total: 2, by_status: { initializing: 1, executing: 1 }, quiet: 1, lost: 1 },
    });
    const { rows } = (await on.db.sessions.list({}, { limit: 10 })).value;
    expect(rows.map(({ session_id: id, agents: { quiet, lost } }) => [id, quiet, lost]).toSorted()).toEqual([
      ["s1", 1, 1],
      ["s2", 1, 0],
    ]);
  });

  test.each(AGENT_STATUSES.map((status) => ({ status })))("of an agent that is $status", async ({ status }) => {
    await using on = await withAgents(engine.open, [anAgent({ status })]);
    await judge(on.db, 500, 500);
    const isSilent = !["waiting", "completed", "failed", "cancelled"].includes(status);
    expect(await silent(on.db)).toEqual(isSilent ? ["a1 0 lost"] : []);
  });

  const ACTIVITY: readonly { readonly what: string; run(db: DatabaseManager): Promise<unknown>; told: string[] }[] = [
    {
      what: "a log",
      run: (db) => db.agentLogs.append([aLog({ created_at: at(300) })]),
      told: ["agent.updated a1 null false", "agent_log.created 1"],
    },
    {
      what: "many logs",
      run: (db) => db.agentLogs.append(Array.from({ length: 60 }, () => aLog({ created_at: at(300) }))),
      told: [
        "agent.updated a1 null false",
        ...Array.from({ length: 60 }, (_, index) => `agent_log.created ${index + 1}`),
      ],
    },
    {
      what: "a log of a clock that was set back",
      run: (db) => db.agentLogs.append([aLog({ created_at: at(-300) })]),
      told: ["agent.updated a1 null false", "agent_log.created 1"],
    },
    {
      what: "a prompt",
      run: (db) => db.prompts.insert(aPrompt({ id: "p2", created_at: at(300) }), 0),
      told: ["agent.updated a1 null false", "prompt.created p2"],
    },
    {
      what: "a change of a prompt",
      run: (db) => db.prompts.update("p1", { status: "pending", cost_usd: null }, { latency_ms: 5 }, 0),
      told: ["agent.updated a1 null false", "prompt.updated p1"],
    },
    {
      what: "a change of the agent",
      run: (db) =>
        db.agents.update(
          "a1",
          { status: "executing" },
          { set: { name: "n", updated_at: at(300) }, transition: null },
          null,
        ),
      told: ["agent.updated a1 null false"],
    },
    {
      what: "a change of the agent by a clock that was set back",
      run: (db) =>
        db.agents.update(
          "a1",
          { status: "executing" },
          { set: { name: "n", updated_at: at(-9) }, transition: null },
          null,
        ),
      told: ["agent.updated a1 null false"],
    },
    {
      what: "that it waits",
      run: (db) =>
        db.agents.update(
          "a1",
          { status: "executing" },
          { set: { status: "waiting", updated_at: at(300) }, transition: null },
          aLog({ created_at: at(300) }),
        ),
      told: ["agent.updated a1 null false", "agent_log.created 1"],
    },
  ];
  for (const verdict of ["quiet", "lost"] as const) {
    test.each(ACTIVITY)(`$what ends that it is ${verdict}, in one change`, async ({ run, told: expected }) => {
      await using on = await withAgents(engine.open, [anAgent({ status: "executing" })]);
      await on.db.prompts.insert(aPrompt(), 0);
      await judge(on.db, 0, verdict === "lost" ? 0 : null);
      expect(await silent(on.db)).toEqual([verdict === "lost" ? "a1 0 lost" : "a1 0"]);
      expect(await told(on.db, () => run(on.db))).toEqual(expected);
      expect(await silent(on.db)).toEqual([]);
      expect((await on.db.sessions.get("s1", 1)).value!.session.agents).toMatchObject({ quiet: 0, lost: 0 });
    });
  }

  test("it begins anew from the last activity, and that moves only forward", async () => {
    await using on = await withAgents(engine.open, [anAgent()]);
    await on.db.agentLogs.append([aLog({ created_at: at(60) })]);
    await on.db.agentLogs.append([aLog({ created_at: at(30) })]);
    expect(await told(on.db, () => judge(on.db, 59, null))).toEqual([]);
    await judge(on.db, 60, null);
    expect(await silent(on.db)).toEqual(["a1 60"]);
    await on.db.prompts.insert(aPrompt({ created_at: at(90) }), 0);
    expect(await told(on.db, () => judge(on.db, 89, 89))).toEqual([]);
    await judge(on.db, 90, 60);
    expect(await silent(on.db)).toEqual(["a1 90"]);
  });

  test("a log of an agent that is not silent is no change of it", async () => {
    await using on = await withAgents(engine.open, [anAgent()]);
    expect(await told(on.db, () => on.db.agentLogs.append([aLog({ created_at: at(5) })]))).toEqual([
      "agent_log.created 1",
    ]);
  });

  test("under longer times all are judged anew when asked for, and only then", async () => {
    await using on = await withAgents(engine.open);
    await judge(on.db, 500, 150);
    expect(await silent(on.db)).toEqual(["early 0 lost", "late 100 lost", "now 200"]);
    expect(await told(on.db, () => judge(on.db, 150, 50))).toEqual([]);
    expect(await told(on.db, () => judge(on.db, 150, 50, true))).toEqual([
      "agent.updated now null false",
      `agent.updated late ${at(100)} false`,
    ]);
    expect(await silent(on.db)).toEqual(["early 0 lost", "late 100"]);
    expect(await told(on.db, () => judge(on.db, null, 50, true))).toEqual(["agent.updated late null false"]);
    await judge(on.db, 50, null, true);
    expect(await silent(on.db)).toEqual(["early 0"]);
    await judge(on.db, null, null, true);
    expect(await silent(on.db)).toEqual([]);
  });

  test("several processes tell it once", async () => {
    await using on = await withAgents(engine.open);
    const other = await on.another();
    const both = () => Promise.all([judge(on.db, 500, 50), judge(other, 500, 50)]);
    expect(await told(on.db, both)).toHaveLength(3);
  });

  test("of many it tells in small steps, until nobody is left", async () => {
    const many = Array.from({ length: 400 }, (_, index) => anAgent({ id: `a${index}` }));
    await using on = await withAgents(engine.open, many);
    await judge(on.db, 0, null);
    expect(await silent(on.db)).toHaveLength(400);
  });
});
