import { describe, expect, test } from "bun:test";
import { cutoffsAt, type Removed } from "#src/domain/storage.ts";
import { StoreBusy } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { limitKeeper, purgeOld } from "#src/upkeep/retention.ts";
import { aLog, anAgent, aSystemLog } from "#test/contract/rows.ts";
import { START } from "#test/support/clock.ts";
import { query, script, testDatabase } from "#test/support/database.ts";
import { memoryLog } from "#test/support/log.ts";
import { ago, count, DAY, oldDatabase, purging, setSince, setTextSeq } from "./aged.ts";

const never = new AbortController().signal;

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
    await purgeOld({ ...deps, db: another }, never);
    await another[Symbol.asyncDispose]();
    expect(count(on.path, "agent_logs")).toBe(0);
    // It tells of both.
    expect(query(on.path, "select details from system_logs")).toEqual([
      { details: JSON.stringify({ removed: { agent_logs: 1000 } }) },
    ]);
  });

  test("a purge of a process that was killed is waited out, not given up", async () => {
    await using on = await oldDatabase();
    await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
    await on.db.agents.insert(anAgent());
    await on.db.agentLogs.append(Array.from({ length: 500 }, () => aLog({ created_at: ago(40) })));
    // Nobody goes on with it, and nobody lets go.
    await on.db.retention.begin({ logs: START - 30 * DAY, runs: null, changes: null }).step();
    const waits: number[] = [];
    const passTime = async (millis: number) => {
      waits.push(millis);
      on.clock.advance(millis);
    };
    await purgeOld({ ...purging({ db: other, clock: on.clock }, { days: 30 }), wait: passTime }, never);
    expect(count(on.path, "agent_logs")).toBe(0);
    expect(Math.max(...waits)).toBeLessThan(10_000);
    expect(query(on.path, "select * from orchestrator_leases")).toEqual([]);
  });

  test("one who is told to stop while the store is busy lets go", async () => {
    await using on = await oldDatabase();
    const stopping = new AbortController();
    const begin: typeof on.db.retention.begin = (cutoffs) => {
      const run = on.db.retention.begin(cutoffs);
      const step = async () => {
        await run.step();
        throw new StoreBusy("locked");
      };
      return { ...run, step };
    };
    const db = { ...on.db, retention: { ...on.db.retention, begin } };
    const deps = { ...purging({ db, clock: on.clock }, { days: 30 }), wait: async () => stopping.abort() };
    await purgeOld(deps, stopping.signal);
    expect(query(on.path, "select * from orchestrator_leases")).toEqual([]);
  });

  test("bringing the store below its limit does not let go of a purge that is under way beside it", async () => {
    await using on = await oldDatabase();
    await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
    const cutoffs = { logs: START - 30 * DAY, runs: null, changes: null };
    await on.db.retention.begin(cutoffs).step();
    const limit = on.db.retention.begin(null);
    expect(await limit.step()).toMatchObject({ held: true, done: true });
    await limit.end();
    expect(await other.retention.begin(cutoffs).step()).toMatchObject({ held: false });
  });

  test("whose time cannot be read go with those that were written before the oldest that stays", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(anAgent());
    const times = ["old", ago(40), "between", ago(10), "new", ""];
    for (const time of times) {
      script(on.path, `insert into system_logs (component, message, created_at) values ('x', '${time}', '${time}')`);
      script(
        on.path,
        `insert into agent_logs (agent_id, log_level, log_type, message, created_at) values ('a1', 'INFO', 'milestone', '${time}', '${time}')`,
      );
    }
    const cutoffs = { logs: START - 30 * DAY, runs: null, changes: null };
    const preview = await on.db.retention.preview(cutoffs);
    expect(preview).toMatchObject({ agent_logs: { rows: 3 }, system_logs: { rows: 3 } });
    await purgeOld(purging(on, { days: 30 }), never);
    const left = [ago(10), "new", ""].map((message) => ({ message }));
    expect(query(on.path, "select message from agent_logs order by id")).toEqual(left);
    expect(query(on.path, "select message from system_logs where component = 'x' order by id")).toEqual(left);
    // None stays that has a time: nothing says how old the others are.
    script(on.path, "delete from agent_logs where created_ms > 0");
    await purgeOld(purging(on, { days: 30 }), never);
    expect(count(on.path, "agent_logs")).toBe(2);
  });

  test("space that a purge did not come to give back goes back in the next one, though it removes nothing", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(anAgent());
    const old = Array.from({ length: 1000 }, () => aLog({ created_at: ago(40), details: "x".repeat(1000) }));
    await on.db.agentLogs.append(old);
    const free = () => query(on.path, "pragma freelist_count")[0]!["freelist_count"] as number;
    const deps = purging(on, { days: 30 });
    const stopping = new AbortController();
    const wait = async () => {
      if (count(on.path, "agent_logs") === 0) stopping.abort();
    };
    await purgeOld({ ...deps, wait }, stopping.signal);
    expect(free()).toBeGreaterThan(100);
    await purgeOld(deps, never);
    expect(free()).toBeLessThan(10);
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

  test("all stay when 0 are to be kept: that is no limit, as for days", async () => {
    await using on = await withChanges(20, 2);
    setTextSeq(on.path, 1000);
    await purgeOld(purging(on, { changesKeep: 0 }), never);
    expect(ends(on.path)).toEqual({ first: 1, last: 20 });
  });
});

test("the keeper of the limit tells what writes removed there, at most once an hour", async () => {
  await using on = await oldDatabase();
  let removed: Removed = {};
  const take = () => {
    const taken = removed;
    removed = {};
    return taken;
  };
  const db = { ...on.db, retention: { ...on.db.retention, takeLimitRemovals: take } };
  const keep = limitKeeper(purging({ db, clock: on.clock }, { maxDatabaseMb: 16 }));
  const told = async () => (await on.db.systemLogs.list({}, { limit: 10 })).value.rows.map(({ details }) => details);
  await keep(never);
  expect(await told()).toEqual([]);
  removed = { changes: 5 };
  await keep(never);
  removed = { changes: 5 };
  await keep(never);
  expect(await told()).toEqual([{ removed: { changes: 5 } }]);
  // What is not told yet is kept in the store: this process may be killed.
  const stored = query(on.path, "select value from orchestrator_meta where key = 'untold:limit'");
  expect(stored).toEqual([{ value: '{"changes":5}' }]);
  on.clock.advance(60 * 60_000);
  await keep(never);
  expect(await told()).toEqual([{ removed: { changes: 5 } }, { removed: { changes: 5 } }]);
});
