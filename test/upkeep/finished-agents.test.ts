import { describe, expect, test } from "bun:test";
import { cutoffsAt } from "#src/domain/storage.ts";
import { purgeOld } from "#src/upkeep/retention.ts";
import { aDefinition, aLog, anAgent, aPrompt } from "#test/contract/rows.ts";
import { START } from "#test/support/clock.ts";
import { query, script } from "#test/support/database.ts";
import { seededRandom } from "#test/support/random.ts";
import { ago, count, DAY, ended, oldDatabase, policy, purging, totals } from "./aged.ts";

const never = new AbortController().signal;

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

  test("that are each other's parents go together, and stay together", async () => {
    await using on = await oldDatabase();
    for (const pair of ["old", "kept"]) {
      await on.db.agents.insert(ended(`${pair} 1`, 400));
      await on.db.agents.insert(ended(`${pair} 2`, 400, { parent_agent_id: `${pair} 1`, status: "failed" }));
      script(on.path, `update agents set parent_agent_id = '${pair} 2' where id = '${pair} 1'`);
      await on.db.agents.insert(ended(`above ${pair}`, 400));
      script(on.path, `update agents set parent_agent_id = 'above ${pair}' where id = '${pair} 1'`);
    }
    script(on.path, "update agents set parent_agent_id = 'old 2' where id = 'old 1'");
    script(on.path, "update agents set parent_agent_id = 'kept 2' where id = 'above kept'");
    await on.db.agents.insert(anAgent({ id: "alive", parent_agent_id: "kept 2" }));
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual(["above kept", "alive", "kept 1", "kept 2"]);
  });

  test("none of whose times can be read stay", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("x", 400, { completed_at: null }));
    script(on.path, "update agents set started_ms = -9007199254740991, updated_ms = -9007199254740991");
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(left(on.path)).toEqual(["x"]);
  });

  test("a tree is counted whole before it goes", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("root", 400));
    await on.db.agents.insert(ended("child", 400, { parent_agent_id: "root" }));
    await on.db.agents.insert(ended("leaf", 400, { parent_agent_id: "child" }));
    await on.db.prompts.insert(aPrompt({ id: "p", agent_id: "root", created_at: ago(450) }), 0);
    const preview = () => on.db.retention.preview({ logs: null, runs: START - 365 * DAY, changes: null });
    expect(await preview()).toMatchObject({ agents: { rows: 3 }, prompts: { rows: 1 } });
    await on.db.agents.insert(anAgent({ id: "alive", parent_agent_id: "child" }));
    expect(await preview()).toMatchObject({ agents: { rows: 1 }, prompts: { rows: 0 } });
  });

  test("that were deleted without their prompts: the old ones go too, and stay in the totals", async () => {
    await using on = await oldDatabase();
    await on.db.agents.insert(ended("gone", 400));
    await on.db.agents.insert(anAgent({ id: "alive" }));
    for (const [id, agent, days] of [
      ["old", "gone", 400],
      ["young", "gone", 10],
      ["of one", "alive", 400],
    ] as const) {
      const fields = { id, agent_id: agent, created_at: ago(days), cost_usd: 0.5, model_used: "opus", tokens_input: 7 };
      await on.db.prompts.insert(aPrompt(fields), 0);
    }
    script(on.path, "pragma foreign_keys = off; delete from agents where id = 'gone'");
    const before = totals(on.path);
    await purgeOld(purging(on, { runDays: 365 }), never);
    expect(query(on.path, "select id from prompts order by id")).toEqual([{ id: "of one" }, { id: "young" }]);
    expect(totals(on.path).total).toEqual(before.total);
    expect(totals(on.path).kept).toEqual(totals(on.path).rebuilt);
    expect(totals(on.path).purged["model_days"]).toMatchObject([{ model: "opus", prompts: 1, tokens_input: 7 }]);
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
