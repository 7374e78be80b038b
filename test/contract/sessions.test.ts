import { describe, expect, test } from "bun:test";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, at, pagesOf } from "./rows.ts";

/** Three sessions: s1 with two agents and their prompts, s2 and s3 with an agent each that began in the same moment. */
async function sessions(open: () => Promise<OpenEngine>): Promise<OpenEngine> {
  const on = await open();
  const { agents, prompts } = on.db;
  await on.db.orchestratorAgents.insert(aDefinition());
  await agents.insert(anAgent({ id: "a1", cost_usd: 0.1 }));
  await agents.insert(anAgent({ id: "a2", parent_agent_id: "a1", status: "failed", cost_usd: 0.2, started_at: at(1) }));
  await agents.insert(anAgent({ id: "b1", session_id: "s2", started_at: at(5), updated_at: at(5) }));
  await agents.insert(anAgent({ id: "c1", session_id: "s3", started_at: at(5), updated_at: at(5) }));
  await prompts.insert(aPrompt({ tokens_input: 10, tokens_output: 1, created_at: at(2) }), 0);
  await prompts.insert(aPrompt({ id: "p2", agent_id: "a2", tokens_input: 5, created_at: at(3) }), 0);
  return on;
}

describe.each([...ENGINES])("$name: sessions", (engine) => {
  test("add up their agents and prompts", async () => {
    await using on = await sessions(engine.open);
    const { value } = await on.db.sessions.get("s1", 10);
    expect(value!.session).toEqual({
      session_id: "s1",
      agents: { total: 2, by_status: { initializing: 1, failed: 1 }, quiet: 0, lost: 0 },
      prompts: 2,
      tokens_input: 15,
      tokens_output: 1,
      cost_usd: 0.3,
      first_activity_at: at(0),
      last_activity_at: at(3),
      config: null,
    });
    expect(value!.agents.map(({ id }) => id)).toEqual(["a2", "a1"]);
    expect((await on.db.sessions.get("nobody", 10)).value).toBeNull();
    const { rows } = (await on.db.sessions.list({}, { limit: 10 })).value;
    expect(rows.find(({ session_id: id }) => id === "s1")).toEqual(value!.session);
  });

  test("show one agent more than asked for when there are more", async () => {
    await using on = await sessions(engine.open);
    expect((await on.db.sessions.get("s1", 1)).value!.agents).toHaveLength(2);
    await on.db.agents.insert(anAgent({ id: "a3" }));
    expect((await on.db.sessions.get("s1", 1)).value!.agents).toHaveLength(2);
  });

  test.each([1, 2, 10])("go by last activity, with ties by id, in pages of %d", async (limit) => {
    await using on = await sessions(engine.open);
    const order = async () =>
      (await pagesOf((page) => on.db.sessions.list({}, page), limit)).flat().map(({ session_id: id }) => id);
    expect(await order()).toEqual(["s3", "s2", "s1"]);
    await on.db.agentLogs.append([aLog({ created_at: at(60) })]);
    expect(await order()).toEqual(["s1", "s3", "s2"]);
  });

  test("are windowed by last activity", async () => {
    await using on = await sessions(engine.open);
    const found = async (since: number, until: number) =>
      (await on.db.sessions.list({}, { limit: 10, since: Date.parse(at(since)), until: Date.parse(at(until)) })).value
        .rows;
    expect(await found(0, 5)).toHaveLength(1);
    expect(await found(5, 6)).toHaveLength(2);
    expect(await found(6, 60)).toHaveLength(0);
  });

  test("are gone with their last agent", async () => {
    await using on = await sessions(engine.open);
    while (!(await on.db.agents.removeDependents("b1")));
    await on.db.agents.remove("b1");
    expect((await on.db.sessions.get("s2", 10)).value).toBeNull();
    const { rows } = (await on.db.sessions.list({}, { limit: 10 })).value;
    expect(rows.map(({ session_id: id }) => id)).toEqual(["s3", "s1"]);
  });
});
