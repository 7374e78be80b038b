import { describe, expect, test } from "bun:test";
import type { BoardAgent, BoardFilter } from "#src/domain/board.ts";
import { summaryOf } from "#src/domain/change.ts";
import { toMillis } from "#src/domain/timestamp.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, at, seed } from "./rows.ts";

const SINCE = toMillis(at(10))!;

/** `a1` of session s1, alive; `done` of it ended long ago; `b1` of s2, which started last; `b2` ended a moment ago. */
async function some(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  await seed(on.db);
  const { agents } = on.db;
  const ended = (seconds: number) => ({
    status: "completed" as const,
    started_at: at(seconds),
    updated_at: at(seconds),
    completed_at: at(seconds),
  });
  await agents.insert(anAgent({ id: "done", ...ended(-100) }));
  await agents.insert(anAgent({ id: "b1", session_id: "s2", started_at: at(60) }));
  await agents.insert(anAgent({ id: "b2", session_id: "s2", ...ended(50) }));
  return on;
}

async function board(db: DatabaseManager, filter: BoardFilter = {}, limit = 1000): Promise<BoardAgent[]> {
  return (await db.board.agents(filter, SINCE, limit)).value;
}

const ids = async (...asked: Parameters<typeof board>) => (await board(...asked)).map(({ id }) => id);

/** What the newest log says, of an agent that has these, oldest first. */
async function lastLog(on: OpenEngine, logs: readonly (readonly [type: string, message: string])[]) {
  await on.db.agentLogs.append(
    logs.map(([type, message], second) => aLog({ log_type: type as "error", message, created_at: at(second) })),
  );
  const [agent] = await board(on.db, { agent_id: ["a1"] });
  return agent!.last_log;
}

describe.each([...ENGINES])("$name: the board", (engine) => {
  test("shows an agent with its definition, its prompts, its tokens and its last log", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition({ name: "planner of plans", agent_type: "planner" }));
    const agent = anAgent({ name: "one", cost_usd: 0.5 });
    await on.db.agents.insert(agent);
    await on.db.prompts.insert(aPrompt({ tokens_input: 100, tokens_output: 10, tokens_cache_read: 60 }), 0);
    await on.db.prompts.insert(aPrompt({ id: "p2", tokens_input: 7 }), 0);
    await on.db.agentLogs.append([aLog({ log_type: "tool_call", message: "Bash: ls" }), aLog({ agent_id: "a1" })]);
    const { value, seq } = await on.db.board.agents({}, SINCE, 10);
    expect(seq).toBe((await on.db.changes.state()).headSeq);
    expect(value).toEqual([
      {
        ...summaryOf(agent),
        definition: "planner of plans",
        agent_type: "planner",
        prompts: 2,
        tokens_input: 107,
        tokens_output: 10,
        last_log: { id: 2, log_level: "INFO", log_type: "milestone", message: "planned", created_at: at(0) },
      },
    ]);
  });

  test("holds what the snapshot of current agents holds, the newest first", async () => {
    await using on = await some(engine.open);
    const current = await on.db.agents.current(SINCE, 1000);
    expect(await ids(on.db)).toEqual(current.value.map(({ id }) => id));
    expect(await ids(on.db)).toEqual(["b1", "b2", "a1"]);
  });

  test("who needs somebody is never left out for who does not: those that wait, then the alive ones, each the newest", async () => {
    await using on = await some(engine.open);
    await on.db.agents.insert(anAgent({ id: "lead", status: "waiting", started_at: at(-3000) }));
    expect(await ids(on.db)).toEqual(["b1", "b2", "a1", "lead"]);
    expect(await ids(on.db, {}, 3)).toEqual(["b1", "a1", "lead"]);
    expect(await ids(on.db, {}, 2)).toEqual(["b1", "lead"]);
    expect(await ids(on.db, {}, 1)).toEqual(["lead"]);
  });

  const filtered: readonly { name: string; filter: BoardFilter; limit?: number; found: string[] }[] = [
    { name: "a session", filter: { session_id: ["s1"] }, found: ["a1", "done"] },
    { name: "several sessions", filter: { session_id: ["s2", "s1", "nowhere"] }, found: ["b1", "b2", "a1", "done"] },
    { name: "several sessions, to a limit", filter: { session_id: ["s1", "s2"] }, limit: 3, found: ["b1", "b2", "a1"] },
    { name: "a session that is not there", filter: { session_id: ["nowhere"] }, found: [] },
    { name: "ids, one of them twice", filter: { agent_id: ["done", "b1", "b1", "nobody"] }, found: ["b1", "done"] },
    { name: "ids, to a limit", filter: { agent_id: ["a1", "b1", "done"] }, limit: 2, found: ["b1", "a1"] },
    {
      name: "ids within a session",
      filter: { agent_id: ["a1", "b1", "done"], session_id: ["s1"] },
      found: ["a1", "done"],
    },
    { name: "an id that is not there", filter: { agent_id: ["nobody"] }, found: [] },
  ];
  test.each(filtered)("of $name shows them whatever their status and age", async ({ filter, limit, found }) => {
    await using on = await some(engine.open);
    expect(await ids(on.db, filter, limit)).toEqual(found);
  });

  test("gives each agent its own prompts and logs, of hundreds", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    const names = Array.from({ length: 200 }, (_, n) => `n${String(n).padStart(3, "0")}`);
    await Promise.all(names.map((id, n) => on.db.agents.insert(anAgent({ id, session_id: `s${n % 7}` }))));
    await on.db.agentLogs.append(names.map((id) => aLog({ agent_id: id, message: `of ${id}` })));
    const prompts = names.map((id, n) => aPrompt({ id: `p${n}`, agent_id: id, tokens_input: n }));
    await Promise.all(prompts.map((prompt) => on.db.prompts.insert(prompt, 0)));
    const expected = names.toReversed().map((id) => [id, `of ${id}`, Number(id.slice(1))]);
    const sessions = Array.from({ length: 7 }, (_, n) => `s${n}`);
    for (const filter of [{}, { session_id: sessions }, { agent_id: names }]) {
      const shown = await board(on.db, filter);
      expect(shown.map((agent) => [agent.id, agent.last_log?.message, agent.tokens_input])).toEqual(expected);
    }
  });

  test("of a session is whole, however long its texts are", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    const long = { name: "n".repeat(2000), error_message: "e".repeat(3000) };
    await Promise.all(Array.from({ length: 1000 }, (_, n) => on.db.agents.insert(anAgent({ id: `n${n}`, ...long }))));
    const shown = await board(on.db, { session_id: ["s1"] });
    expect(new Set(shown.map(({ id }) => id)).size).toBe(1000);
    expect(shown[999]).toMatchObject({ name: long.name, error_message: "e".repeat(2000) });
  });

  test("of nothing is empty", async () => {
    await using on = await engine.open();
    expect(await on.db.board.agents({}, SINCE, 10)).toEqual({ value: [], seq: 0 });
  });

  describe("what an agent does", () => {
    const told = (count: number, type: string) => Array.from({ length: count }, (_, n) => [type, `${n}`] as const);

    test.each([
      { name: "nothing yet", logs: [], last: null },
      { name: "a tool", logs: [["error", "e"] as const, ["tool_call", "t"] as const], last: "t" },
      {
        name: "before it changed its status",
        logs: [["tool_call", "t"] as const, ...told(3, "state_change")],
        last: "t",
      },
      { name: "its status, where there is nothing else", logs: told(3, "state_change"), last: "2" },
      {
        name: "its status, not its cost",
        logs: [["state_change", "s"] as const, ...told(3, "cost_update")],
        last: "s",
      },
      { name: "nothing but costs", logs: told(3, "cost_update"), last: null },
      { name: "too long ago", logs: [["milestone", "m"] as const, ...told(50, "state_change")], last: "49" },
      { name: "just not too long ago", logs: [["milestone", "m"] as const, ...told(49, "cost_update")], last: "m" },
    ])("is told by its newest log: $name", async ({ logs, last }) => {
      await using on = await engine.open();
      await seed(on.db);
      expect((await lastLog(on, logs))?.message ?? null).toBe(last);
    });

    test("is cut where it is long", async () => {
      await using on = await engine.open();
      await seed(on.db);
      expect((await lastLog(on, [["performance", "ä".repeat(100_000)]]))!.message).toBe("ä".repeat(2000));
    });
  });

  test("takes no account of what is gone", async () => {
    await using on = await some(engine.open);
    await on.db.prompts.insert(aPrompt({ tokens_input: 5 }), 0);
    await on.db.agentLogs.append([aLog()]);
    await on.db.prompts.remove("p1");
    expect((await board(on.db, { agent_id: ["a1"] }))[0]).toMatchObject({ prompts: 0, tokens_input: 0 });
    while (!(await on.db.agents.removeDependents("a1")));
    await on.db.agents.remove("a1");
    expect(await ids(on.db, { agent_id: ["a1"] })).toEqual([]);
  });
});
