import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import type { DatabaseManager } from "#src/database/manager.ts";
import { StoreAtLimit } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { limitKeeper } from "#src/upkeep/retention.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at } from "#test/contract/rows.ts";
import { testClock } from "#test/support/clock.ts";
import { query, script } from "#test/support/database.ts";
import { until } from "#test/support/until.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { count, purging, setTextSeq, totals } from "#test/upkeep/aged.ts";

const MB = 1024 * 1024;
const LIMIT = 8 * MB;
/** What one batch of these tests may add to file and log. */
const ONE_BATCH = 2 * MB;

type Limited = AsyncDisposable & {
  readonly db: DatabaseManager;
  readonly path: string;
  readonly log: ReturnType<typeof memoryLog>;
  /** Bytes of file and log. */
  readonly size: () => number;
  readonly inUse: () => number;
};

/** A store with a limit, a definition and an agent. */
async function limited(limitBytes: number | null = LIMIT): Promise<Limited> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  const log = memoryLog();
  const db = await openDatabase({ path, clock: testClock(), log, limitBytes });
  await db.orchestratorAgents.insert(aDefinition());
  await db.agents.insert(anAgent());
  const pages = (name: string) => query(path, `pragma ${name}`)[0]![name] as number;
  return {
    db,
    path,
    log,
    size: () => statSync(path).size + statSync(`${path}-wal`).size,
    inUse: () => (pages("page_count") - pages("freelist_count")) * pages("page_size"),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Reopens a store with a limit. */
async function reopened(path: string, limitBytes: number): Promise<DatabaseManager> {
  return openDatabase({ path, clock: testClock(), log: memoryLog(), limitBytes });
}

const upTo = (number: number) => Array.from({ length: number }, (_, index) => index);

/** Logs that are worth about so many bytes. */
const logs = (number: number, bytes: number, second = 0) =>
  upTo(number).map((index) => aLog({ created_at: at(second + index), details: "x".repeat(bytes) }));

describe("at its limit", () => {
  test("what a write has stored is none of what goes for it: it is refused when nothing older is left", async () => {
    await using on = await limited();
    // Live agents stay, whatever they take.
    for (let index = 0; ; index += 1) {
      const row = anAgent({ id: `full-${index}`, context: "x".repeat(60_000) });
      const error = await on.db.agents.insert(row).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error === null) continue;
      expect(error).toBeInstanceOf(StoreAtLimit);
      break;
    }
    const outcomes = new Set<string>();
    for (const number of [1, 5, 20, 100, 400, 1000]) {
      const stored = await on.db.agentLogs.append(logs(number, 800)).then(
        (rows) => rows,
        (reason: unknown) => reason,
      );
      outcomes.add(Array.isArray(stored) ? "stored" : "refused");
      if (!Array.isArray(stored)) expect(stored).toBeInstanceOf(StoreAtLimit);
      else expect(count(on.path, `agent_logs where id >= ${stored[0]!.id}`)).toBe(number);
    }
    expect(outcomes).toContain("refused");
  });

  test("a store stays below it while logs are written without end, one by one and in batches", async () => {
    await using on = await limited();
    let largest = 0;
    for (let round = 0; round < 60; round += 1) {
      await on.db.agentLogs.append(logs(100, 2000, round * 200));
      await Promise.all(upTo(20).map((index) => on.db.agentLogs.append(logs(1, 3000, round * 200 + 100 + index))));
      largest = Math.max(largest, on.size());
      if (round % 10 === 9) setTextSeq(on.path, 1_000_000);
    }
    expect(largest).toBeLessThan(LIMIT + ONE_BATCH);
    // Written are 15 MB and more; the newest are there, the oldest are not, and the counters know.
    const rows = count(on.path, "agent_logs");
    expect(rows).toBeWithin(500, 6000);
    expect(query(on.path, "select max(created_ms) - min(created_ms) < 6000000 as recent from agent_logs")).toEqual([
      { recent: 1 },
    ]);
    expect(query(on.path, "select rows from orchestrator_counts where name = 'agent_logs'")).toEqual([{ rows }]);
    expect(on.db.retention.takeLimitRemovals()).toMatchObject({ agent_logs: 7200 - rows });
    expect(on.db.retention.takeLimitRemovals()).toEqual({});
    expect(query(on.path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("changes go first, down to the newest 10,000", async () => {
    await using on = await limited();
    setTextSeq(on.path, 1_000_000);
    const small = logs(1000, 0);
    for (let batch = 0; batch < 16; batch += 1) await on.db.agentLogs.append(small);
    for (let batch = 0; count(on.path, "agent_logs") === 16_000 + batch * 200; batch += 1) {
      await on.db.agentLogs.append(logs(200, 1000, 1000));
    }
    // The first log went when there were no more changes to remove.
    const { oldestSeq, headSeq } = await on.db.changes.state();
    expect(headSeq - oldestSeq + 1).toBeWithin(10_000, 10_300);
  });

  test("changes that the text index has not read stay, even there", async () => {
    await using on = await limited();
    for (let batch = 0; batch < 8; batch += 1) await on.db.agentLogs.append(logs(1000, 1000));
    expect((await on.db.changes.state()).oldestSeq).toBe(1);
    expect(count(on.path, "agent_logs")).toBeLessThan(8_000);
  });

  test("changes of logs that went before the text index came to them go too, and leave it nothing to do", async () => {
    await using on = await limited();
    // The definition and the agent.
    setTextSeq(on.path, 2);
    for (let batch = 0; batch < 25; batch += 1) await on.db.agentLogs.append(logs(1000, 150, batch * 1000));
    const rows = count(on.path, "agent_logs");
    expect(rows).toBeWithin(10_000, 24_000);
    const { oldestSeq, headSeq } = await on.db.changes.state();
    expect(headSeq - oldestSeq + 1).toBeWithin(rows, rows + 100);
    const [read] = query(on.path, "select cast(value as integer) as seq from orchestrator_meta where key = 'text_seq'");
    expect(read!["seq"] as number).toBeWithin(oldestSeq - 1, oldestSeq + 100);
    expect(count(on.path, "orchestrator_stale_texts")).toBe(0);
    // A log that is still there has yet to be read.
    const unread = query(
      on.path,
      "select count(*) as n from agent_logs where id not in (select entity_id from changes)",
    );
    expect(unread).toEqual([{ n: 0 }]);
  });

  test("of the logs the oldest go first, whichever table they are in", async () => {
    await using on = await limited();
    for (let second = 0; second < 1200; second += 1) {
      await Promise.all([
        on.db.agentLogs.append(logs(1, 6000, second)),
        on.db.systemLogs.append(aSystemLog({ created_at: at(second), details: "x".repeat(1000) })),
      ]);
    }
    const oldest = (table: string) => query(on.path, `select min(created_ms) as ms from ${table}`)[0]!["ms"] as number;
    expect(count(on.path, "agent_logs")).toBeLessThan(1100);
    expect(Math.abs(oldest("agent_logs") - oldest("system_logs"))).toBeLessThan(60_000);
  });

  test("answers of finished prompts go last; counts, costs and agents stay", async () => {
    await using on = await limited();
    setTextSeq(on.path, 1_000_000);
    const prompts = 120;
    for (let index = 0; index < prompts; index += 1) {
      const status = index === 0 ? "streaming" : "completed";
      const fields = { id: `p${index}`, status, created_at: at(index), cost_usd: 0.5, tokens_output: 10 } as const;
      await on.db.prompts.insert(aPrompt({ ...fields, response_text: "x".repeat(100_000) }), 0.5);
    }
    const answers = query(on.path, "select id, response_text is null as gone from prompts order by created_ms");
    expect(answers).toHaveLength(prompts);
    // The one that is not finished keeps its text, and then the newest do.
    const gone = answers.map((row) => row["gone"]);
    expect(gone[0]).toBe(0);
    const kept = gone.indexOf(0, 1);
    expect(kept).toBeWithin(30, 110);
    expect(gone.slice(1)).toEqual([...upTo(kept - 1).map(() => 1), ...upTo(prompts - kept).map(() => 0)]);
    const { kept: now, rebuilt } = totals(on.path);
    expect(now).toEqual(rebuilt);
    expect(now["sessions"]).toMatchObject([{ prompts, tokens_output: 10 * prompts, nano: prompts * 500_000_000 }]);
    // Who watches is told.
    const updated = query(on.path, "select count(*) as n from changes where entity = 'prompt' and op = 'updated'");
    expect(updated).toEqual([{ n: kept - 1 }]);
  });

  test("a write is refused when nothing is left to remove, alone of its batch, and nothing of it is stored", async () => {
    await using on = await limited();
    const fill = async (index: number) =>
      on.db.prompts.insert(aPrompt({ id: `p${index}`, prompt_text: "x".repeat(100_000) }), 0);
    let stored = 0;
    const refusal = await (async () => {
      for (; ; stored += 1) await fill(stored);
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreAtLimit);
    expect(count(on.path, "prompts")).toBe(stored);
    expect(on.size()).toBeLessThan(LIMIT + ONE_BATCH);
    const answers = await Promise.allSettled([
      on.db.prompts.update("p1", { status: "pending", cost_usd: null }, { latency_ms: 5 }, 0),
      fill(10_000),
      on.db.prompts.update("p2", { status: "pending", cost_usd: null }, { latency_ms: 6 }, 0),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(count(on.path, "prompts")).toBe(stored);
    expect(query(on.path, "select latency_ms from prompts where latency_ms > 0")).toHaveLength(2);
    // What is deleted makes room.
    for (const id of ["p3", "p4"]) await on.db.prompts.remove(id);
    await fill(10_001);
    expect(count(on.path, "prompts")).toBe(stored - 1);
  });
});

describe("where nothing was left to remove", () => {
  const running = { status: "pending", cost_usd: null } as const;
  const answered = { status: "completed", response_text: "y".repeat(20_000), completed_at: at(0) } as const;

  test("answers are emptied whose prompts have finished since they were passed over", async () => {
    await using on = await limited();
    const add = (id: string, second: number) =>
      on.db.prompts.insert(aPrompt({ id, created_at: at(second), prompt_text: "x".repeat(5000) }), 0);
    for (const index of upTo(50)) await add(`late${index}`, index);
    for (let index = 0; (on.db.retention.takeLimitRemovals().answers ?? 0) === 0; index += 1) {
      await add(`p${index}`, 100 + index);
      await on.db.prompts.update(`p${index}`, running, answered, 0);
    }
    for (const index of upTo(50)) await on.db.prompts.update(`late${index}`, running, answered, 0);
    const full = () =>
      count(on.path, "prompts where response_text is not null and status = 'completed' and id glob 'late*'");
    const refusal = await (async () => {
      for (let index = 0; ; index += 1) await add(`q${index}`, 10_000 + index);
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreAtLimit);
    expect(full()).toBe(0);
  });
});

describe("while somebody reads in the log without end", () => {
  test("file and log stay within the limit: what is written is refused, and goes on when the reader is gone", async () => {
    await using on = await limited();
    using reader = new Database(on.path, { readonly: true });
    reader.run("begin");
    reader.query("select count(*) from agents").get();
    let largest = 0;
    const refusal = await (async () => {
      for (let batch = 0; ; batch += 1) {
        await on.db.agentLogs.append(logs(200, 2500, batch * 200));
        largest = Math.max(largest, on.size());
      }
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreAtLimit);
    expect((refusal as Error).message).toContain("write-ahead log");
    expect(largest).toBeWithin(LIMIT / 2, LIMIT + ONE_BATCH);
    await expect(on.db.agentLogs.append(logs(1, 1))).rejects.toThrow(StoreAtLimit);
    const rows = count(on.path, "agent_logs");
    reader.run("commit");
    await on.db.agentLogs.append(logs(1, 1));
    expect(count(on.path, "agent_logs")).toBe(rows + 1);
    expect(on.log.lines).toHaveLength(1);
  });
});

describe("a store that is above its limit when it is opened", () => {
  async function tooLarge() {
    const on = await limited(null);
    setTextSeq(on.path, 1_000_000);
    for (let batch = 0; batch < 12; batch += 1) await on.db.agentLogs.append(logs(1000, 800, batch * 1000));
    expect(on.inUse()).toBeGreaterThan(1.2 * LIMIT);
    return on;
  }

  test("does not grow, and upkeep brings it below, step by step", async () => {
    await using on = await tooLarge();
    await using db = await reopened(on.path, LIMIT);
    const before = on.inUse();
    for (let batch = 0; batch < 5; batch += 1) await db.agentLogs.append(logs(100, 2000, 20_000));
    // A batch that had no time to make up for all that it added owes that to the next write: no more than itself.
    expect(on.inUse()).toBeLessThan(before + 100 * 2 * 2000);
    await until("what it owed", async () => {
      await db.systemLogs.append(aSystemLog());
      return on.inUse() <= before;
    });
    expect(await db.retention.overLimit()).toBeGreaterThan(LIMIT / 10);
    const clock = testClock();
    await limitKeeper(purging({ db, clock }, { maxDatabaseMb: LIMIT / MB }))(new AbortController().signal);
    expect(await db.retention.overLimit()).toBe(0);
    expect(on.inUse()).toBeLessThan(LIMIT);
    // And the file with it.
    const { page_count: pages } = query(on.path, "pragma page_count")[0]!;
    expect(4096 * (pages as number)).toBeLessThan(LIMIT);
    const { value } = await db.systemLogs.list({}, { limit: 1 });
    expect(value.rows[0]).toMatchObject({ component: "retention" });
    expect(value.rows[0]!.message).toStartWith("The limit of the database (MAX_DATABASE_MB) removed ");
  });

  test("what another program adds is made up for by the next write", async () => {
    await using on = await limited();
    setTextSeq(on.path, 1_000_000);
    for (let batch = 0; batch < 12; batch += 1) await on.db.agentLogs.append(logs(1000, 800, batch * 1000));
    const rows = upTo(1000).map((index) => `(${index + 1_000_000}, 'a1', 'INFO', 'milestone', '${"x".repeat(4000)}')`);
    script(on.path, `insert into agent_logs (id, agent_id, log_level, log_type, message) values ${rows.join(", ")}`);
    expect(on.inUse()).toBeGreaterThan(LIMIT);
    while ((await on.db.retention.overLimit()) > 0) await on.db.systemLogs.append(aSystemLog({ created_at: at(1e6) }));
    expect(on.inUse()).toBeLessThan(LIMIT);
  });
});
