import { describe, expect, test } from "bun:test";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { cutoffsAt } from "#src/domain/storage.ts";
import { openDatabase } from "#src/database/open.ts";
import { limitKeeper, purgeOld } from "#src/upkeep/retention.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog } from "#test/contract/rows.ts";
import { START } from "#test/support/clock.ts";
import { query, script, testDatabase } from "#test/support/database.ts";
import { memoryLog } from "#test/support/log.ts";
import { seededRandom } from "#test/support/random.ts";
import { count, DAY, policy, purging, setSince, setTextSeq, totals } from "./aged.ts";

const never = new AbortController().signal;

/** A store under retention since long ago, with a definition; its clock stands at START. */
async function oldDatabase() {
  const on = await testDatabase();
  setSince(on.path, START - 1000 * DAY);
  await on.db.orchestratorAgents.insert(aDefinition());
  return on;
}

const ago = (days: number) => toTimestamp(START - days * DAY);

const ended = (id: string, days: number, fields: object = {}) =>
  anAgent({
    id,
    status: "completed",
    started_at: ago(days + 1),
    completed_at: ago(days),
    updated_at: ago(days),
    ...fields,
  });

describe("what is old enough", () => {
  const all = { days: 30, runDays: 365, changesKeep: 10, maxDatabaseMb: 0 };

  test("goes by age once the store has been under retention for that long", () => {
    expect(cutoffsAt(all, START - 1000 * DAY, START)).toEqual({
      logs: START - 30 * DAY,
      runs: START - 365 * DAY,
      changes: { keep: 10, before: START - DAY / 24 },
    });
  });

  test("is nothing before that: not because a file was adopted or upgraded", () => {
    expect(cutoffsAt(all, START, START)).toEqual({ logs: null, runs: null, changes: null });
    expect(cutoffsAt(all, START - 30 * DAY, START)).toMatchObject({ logs: null, runs: null });
    expect(cutoffsAt(all, START - 31 * DAY, START)).toMatchObject({ logs: START - 30 * DAY, runs: null });
  });

  test("is nothing where 0 keeps everything", () => {
    expect(cutoffsAt({ ...all, days: 0, runDays: 0 }, 0, START)).toMatchObject({ logs: null, runs: null });
  });
});

describe("logs", () => {
  test("older than their days go, of agents and of the system, and one system log tells of it", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(anAgent());
    const logs = [100, 31, 30, 29, 0].map((days) => aLog({ created_at: ago(days) }));
    await on.db.agentLogs.append(logs);
    for (const days of [31, 29]) await on.db.systemLogs.append(aSystemLog({ created_at: ago(days) }));
    const before = await on.db.changes.state();
    await purgeOld(purging(on, { days: 30 }), never);
    const times = (table: string) => query(on.path, `select created_ms as ms from ${table} order by ms`);
    expect(times("agent_logs")).toEqual([30, 29, 0].map((days) => ({ ms: START - days * DAY })));
    const { value } = await on.db.systemLogs.list({}, { limit: 10 });
    expect(value.rows).toHaveLength(2);
    expect(value.rows[0]).toMatchObject({
      component: "retention",
      log_level: "INFO",
      message: "Retention removed 2 agent logs, 1 system log",
      details: { removed: { agent_logs: 2, system_logs: 1 } },
    });
    // A row of the feed for that system log, none for what went.
    expect((await on.db.changes.state()).headSeq).toBe(before.headSeq + 1);
  });

  test("nothing to remove leaves no system log", async () => {
    await using on = await oldDatabase();
    await purgeOld(purging(on, { days: 30, runDays: 30 }), never);
    expect(count(on.path, "system_logs")).toBe(0);
  });

  test("thousands go in many small writes, others in between; pages go back to the disk", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(anAgent());
    const old = Array.from({ length: 1000 }, () => aLog({ created_at: ago(40), details: "x".repeat(400) }));
    for (let batch = 0; batch < 4; batch += 1) await on.db.agentLogs.append(old);
    const pages = () => query(on.path, "pragma page_count")[0]!["page_count"] as number;
    const full = pages();
    const purge = purgeOld(purging(on, { days: 30 }), never);
    let between = 0;
    const over = purge.then(() => "over");
    while ((await Promise.race([over, on.db.systemLogs.append(aSystemLog())])) !== "over") between += 1;
    expect(between).toBeGreaterThan(10);
    expect(count(on.path, "agent_logs")).toBe(0);
    expect(query(on.path, "select rows from orchestrator_counts where name = 'agent_logs'")).toEqual([{ rows: 0 }]);
    expect(pages()).toBeLessThan(full * 0.8);
    expect(query(on.path, "pragma freelist_count")[0]!["freelist_count"]).toBeLessThan(50);
  });

  test("a purge that was cut off goes on in the next process", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(anAgent());
    await on.db.agentLogs.append(Array.from({ length: 1000 }, () => aLog({ created_at: ago(40) })));
    const stopping = new AbortController();
    const deps = purging(on, { days: 30 });
    await purgeOld({ ...deps, wait: async () => stopping.abort() }, stopping.signal);
    const left = count(on.path, "agent_logs");
    expect(left).toBeWithin(1, 1000);
    expect(count(on.path, "system_logs")).toBe(0);
    const another = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
    // The first was cut off before it could let go.
    on.clock.advance(2 * 60_000);
    await purgeOld({ ...deps, db: another }, never);
    await another[Symbol.asyncDispose]();
    expect(count(on.path, "agent_logs")).toBe(0);
    expect(count(on.path, "system_logs")).toBe(1);
  });

  test("two servers on one file purge once: one of them tells of all", async () => {
    await using on = await oldDatabase();
    await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
    await on.db.agents.insert(anAgent());
    await on.db.agentLogs.append(Array.from({ length: 1000 }, () => aLog({ created_at: ago(40) })));
    const deps = purging(on, { days: 30 });
    await Promise.all([purgeOld(deps, never), purgeOld({ ...deps, db: other }, never)]);
    const { value } = await on.db.systemLogs.list({}, { limit: 10 });
    expect(value.rows.map(({ details }) => details)).toEqual([{ removed: { agent_logs: 1000 } }]);
  });
});

describe("changes", () => {
  /** A store with so many changes, and a clock so long after them. */
  async function withChanges(changes: number, hoursLater: number) {
    const on = await testDatabase();
    setSince(on.path, 0);
    on.clock.advance(Date.now() - START + hoursLater * (DAY / 24));
    for (let at = 0; at < changes; at += 1) await on.db.systemLogs.append(aSystemLog({ created_at: ago(0) }));
    return on;
  }
  const ends = (path: string) => query(path, "select min(seq) as first, max(seq) as last from changes")[0];

  test("go but for the newest", async () => {
    await using on = await withChanges(300, 2);
    setTextSeq(on.path, 300);
    await purgeOld(purging(on, { changesKeep: 100 }), never);
    // Its own log is a change too.
    expect(ends(on.path)).toEqual({ first: 201, last: 301 });
    expect(await on.db.changes.state()).toMatchObject({ oldestSeq: 201, headSeq: 301 });
  });

  test("of the last hour stay", async () => {
    await using on = await withChanges(50, 0.5);
    setTextSeq(on.path, 50);
    await purgeOld(purging(on, { changesKeep: 1 }), never);
    expect(ends(on.path)).toEqual({ first: 1, last: 50 });
    script(on.path, "update changes set at_ms = at_ms - 3600000 where seq <= 20");
    await purgeOld(purging(on, { changesKeep: 1 }), never);
    expect(ends(on.path)).toMatchObject({ first: 21 });
  });

  test.each([null, 0, 120])("that the text index has not read stay (it has read up to %p)", async (read) => {
    await using on = await withChanges(200, 2);
    setTextSeq(on.path, read);
    await purgeOld(purging(on, { changesKeep: 10 }), never);
    expect(ends(on.path)).toMatchObject({ first: (read ?? 0) + 1 });
  });

  test("all of them may go: the numbering goes on", async () => {
    await using on = await withChanges(20, 2);
    setTextSeq(on.path, 1000);
    await purgeOld(purging(on, { changesKeep: 0 }), never);
    expect(ends(on.path)).toEqual({ first: 21, last: 21 });
  });
});

describe("finished agents", () => {
  const left = (path: string) => query(path, "select id from agents order by id").map(({ id }) => id);

  test("go by when they ended, with their prompts and logs; those alive never", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("old", 400));
    await on.db.agents.insert(ended("failed", 400, { status: "failed" }));
    await on.db.agents.insert(ended("cancelled", 400, { status: "cancelled" }));
    await on.db.agents.insert(ended("young", 300, { started_at: ago(800) }));
    await on.db.agents.insert(anAgent({ id: "alive", started_at: ago(500), updated_at: ago(500), status: "waiting" }));
    for (const id of ["old", "young", "alive"]) {
      await on.db.prompts.insert(aPrompt({ id: `p-${id}`, agent_id: id, created_at: ago(450) }), 0);
      await on.db.agentLogs.append([aLog({ agent_id: id, created_at: ago(450) })]);
    }
    script(
      on.path,
      "insert into orchestrator_chat (id, orchestrator_agent_id, sender_type, receiver_type, message, agent_id) values ('c', 'd1', 'user', 'agent', 'Hi', 'old')",
    );
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual(["alive", "young"]);
    expect(query(on.path, "select id from prompts order by id")).toEqual([{ id: "p-alive" }, { id: "p-young" }]);
    expect(count(on.path, "agent_logs")).toBe(2);
    expect(count(on.path, "orchestrator_chat")).toBe(0);
    const { value } = await on.db.systemLogs.list({}, { limit: 10 });
    expect(value.rows[0]!.details).toEqual({ removed: { agents: 3, prompts: 1, agent_logs: 1 } });
  });

  test("of other programs, which never said when they ended, go by their last change", async () => {
    await using on = await oldDatabase();
    for (const [id, days] of [["long ago", 400] as const, ["of late", 10] as const]) {
      await on.db.agents.insert(ended(id, 500, { completed_at: null, updated_at: ago(days) }));
    }
    script(on.path, "update agents set completed_at = 'rubbish' where id = 'long ago'");
    script(on.path, `update agents set updated_ms = ${START - 400 * DAY} where id = 'long ago'`);
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual(["of late"]);
  });

  test.each(["2025-01-01 10:00:00", "2025-01-01T10:00:00+02:00", "2025-01-01"])("%s is a time", async (completedAt) => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("a", 500));
    script(on.path, `update agents set completed_at = '${completedAt}'`);
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual([]);
  });

  test("stay while an agent below them stays; a tree goes from its leaves", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("root", 400));
    await on.db.agents.insert(ended("child", 399, { parent_agent_id: "root", status: "failed" }));
    await on.db.agents.insert(ended("leaf", 398, { parent_agent_id: "child", status: "cancelled" }));
    await on.db.agents.insert(ended("kept root", 400));
    await on.db.agents.insert(ended("kept child", 399, { parent_agent_id: "kept root" }));
    await on.db.agents.insert(anAgent({ id: "alive", parent_agent_id: "kept child" }));
    await on.db.agents.insert(ended("own parent", 400));
    script(on.path, "update agents set parent_agent_id = id where id = 'own parent'");
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual(["alive", "kept child", "kept root"]);
    expect(query(on.path, "select count(*) as n from agents where parent_agent_id is not null")).toEqual([{ n: 2 }]);
  });

  test("their deletion is in the feed", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("old", 400));
    await on.db.prompts.insert(aPrompt({ agent_id: "old" }), 0);
    const { headSeq } = await on.db.changes.state();
    await purgeOld(purging(on, { runDays: 365 }), never);
    const { changes } = await on.db.changes.page(headSeq, headSeq + 10, 10, {});
    expect(changes.map(({ entity, op }) => `${entity}.${op}`)).toEqual([
      "prompt.deleted",
      "agent.deleted",
      "system_log.created",
    ]);
  });
});

describe("totals", () => {
  const { below, pick: any } = seededRandom(7);
  const MODELS = [null, "opus", "sonnet", "x".repeat(300)];
  const COSTS = [null, 0, 0.1, 0.3, 1.000000001, 250];

  /** Agents of all kinds with prompts of all kinds; what they cost is not always what their prompts cost. */
  async function fill(on: Awaited<ReturnType<typeof oldDatabase>>, agents: number) {
    await on.db.orchestratorAgents.insert(aDefinition({ id: "d2" }));
    for (let at = 0; at < agents; at += 1) {
      const id = `agent-${at}`;
      await on.db.agents.insert(
        ended(id, any([100, 380, 400, 700]), {
          orchestrator_agent_id: any(["d1", "d2"]),
          session_id: any(["s1", "s2", "s3"]),
          status: any(["completed", "failed", "cancelled", "waiting"]),
          cost_usd: any([0, 0.5, 7.25, 1000]),
        }),
      );
      for (let prompt = below(40); prompt > 0; prompt -= 1) {
        await on.db.prompts.insert(
          aPrompt({
            id: `${id}-${prompt}`,
            agent_id: id,
            status: any(["pending", "completed"] as const),
            model_used: any(MODELS),
            cost_usd: any(COSTS),
            tokens_input: any([null, 0, 12]),
            tokens_output: any([null, 7]),
            created_at: ago(any([100, 390, 401])),
          }),
          any([0, 0, 0.3]),
        );
      }
    }
  }

  test("kept + purged is the same after each step of a purge, and kept is what the rows add up to", async () => {
    await using on = await oldDatabase();
    await fill(on, 25);
    const before = totals(on.path);
    expect(before.kept).toEqual(before.rebuilt);
    expect(before.purged).toEqual({ sessions: [], definition_days: [], model_days: [] });
    const run = on.db.retention.begin(cutoffsAt(policy({ runDays: 365 }), 0, START));
    let steps = 0;
    for (let done = false; !done; steps += 1) {
      ({ done } = await run.step());
      const after = totals(on.path);
      expect(after.total).toEqual(before.total);
      expect(after.kept).toEqual(after.rebuilt);
    }
    expect(steps).toBeGreaterThan(5);
    const left = query(
      on.path,
      "select count(*) as n from agents where status <> 'waiting' and completed_at < '2025-02-04'",
    );
    expect(left).toEqual([{ n: 0 }]);
    expect(Object.values(totals(on.path).purged).every((rows) => rows.length > 0)).toBe(true);
    // What stands for nothing is not kept.
    expect(query(on.path, "select * from orchestrator_purged_model_days where nano = 0 and prompts = 0")).toEqual([]);
  });

  test("stay so when an agent lives on after a part of its prompts was purged", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("a", 400, { cost_usd: 9 }));
    for (let at = 0; at < 200; at += 1) {
      const fields = {
        id: `p${at}`,
        agent_id: "a",
        cost_usd: 0.02,
        created_at: ago(400),
        prompt_text: "x".repeat(9000),
      };
      await on.db.prompts.insert(aPrompt(fields), 0);
    }
    const before = totals(on.path);
    const run = on.db.retention.begin(cutoffsAt(policy({ runDays: 365 }), 0, START));
    while (count(on.path, "prompts") === 200) await run.step();
    expect(count(on.path, "prompts")).toBeWithin(1, 200);
    script(on.path, "update agents set status = 'executing'");
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(count(on.path, "agents")).toBe(1);
    script(on.path, "update agents set status = 'completed'");
    expect(totals(on.path).total).toEqual(before.total);
    // A price that comes later counts once, and so does what is deleted by hand.
    script(on.path, "update prompts set cost_usd = 0.03 where id = (select max(id) from prompts)");
    script(on.path, "delete from prompts where id = (select max(id) from prompts)");
    expect(totals(on.path).kept).toEqual(totals(on.path).rebuilt);
  });
});

test("the keeper of the limit tells what writes removed there, at most once an hour", async () => {
  await using on = await oldDatabase();
  let removed = {};
  const db = { ...on.db, retention: { ...on.db.retention, takeLimitRemovals: () => removed } };
  const keep = limitKeeper(purging({ db, clock: on.clock }, { maxDatabaseMb: 16 }));
  const told = async () => (await on.db.systemLogs.list({}, { limit: 10 })).value.rows.map(({ details }) => details);
  await keep(never);
  expect(await told()).toEqual([]);
  removed = { changes: 5 };
  await keep(never);
  await keep(never);
  expect(await told()).toEqual([{ removed: { changes: 5 } }]);
  removed = {};
  on.clock.advance(60 * 60_000);
  await keep(never);
  expect(await told()).toEqual([{ removed: { changes: 5 } }, { removed: { changes: 5 } }]);
});
