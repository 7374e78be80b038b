import { describe, expect, test } from "bun:test";
import { DecisionOutdated } from "#src/database/manager.ts";
import type { AgentLogFilter } from "#src/domain/agent-log.ts";
import type { SystemLogFilter } from "#src/domain/system-log.ts";
import { ENGINES } from "./engines.ts";
import { aLog, anAgent, aSystemLog, seed } from "./rows.ts";

describe.each([...ENGINES])("$name: logs", (engine) => {
  test("of agents are numbered in order and read as they were written", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const rows = [aLog({ message: "one" }), aLog({ message: "two", details: { a: [1] }, log_level: "ERROR" })];
    const written = await on.db.agentLogs.append(rows);
    expect(written).toMatchObject(rows);
    expect(written[1]!.id).toBeGreaterThan(written[0]!.id);
    expect((await on.db.agentLogs.list({}, { limit: 10 })).value.rows).toEqual(written.toReversed());
  });

  test("of agents are appended all or none", async () => {
    await using on = await engine.open();
    await seed(on.db);
    await expect(on.db.agentLogs.append([aLog(), aLog({ agent_id: "gone" }), aLog()])).rejects.toBeInstanceOf(
      DecisionOutdated,
    );
    expect((await on.db.agentLogs.list({}, { limit: 10 })).value.rows).toEqual([]);
    expect(await on.db.agentLogs.unknownAgents(["a1", "gone", "a1", "lost", "gone"])).toEqual(["gone", "lost"]);
  });

  test("of the system are numbered and read as they were written", async () => {
    await using on = await engine.open();
    const one = await on.db.systemLogs.append(aSystemLog());
    const two = await on.db.systemLogs.append(aSystemLog({ details: "plain", log_level: "CRITICAL" }));
    expect(two.id).toBeGreaterThan(one.id);
    expect((await on.db.systemLogs.list({}, { limit: 10 })).value.rows).toEqual([two, one]);
  });

  test.each<{ filter: AgentLogFilter; messages: string[] }>([
    { filter: { agent_id: ["a2"] }, messages: ["three"] },
    { filter: { session_id: ["s1"] }, messages: ["two", "one"] },
    { filter: { level: ["ERROR", "DEBUG"] }, messages: ["three", "two"] },
    { filter: { log_type: ["error"] }, messages: ["two"] },
    { filter: { q: "T" }, messages: ["three", "two"] },
    { filter: { q: "needle" }, messages: ["one"] },
    { filter: { session_id: ["s1"], q: "t" }, messages: ["two"] },
  ])("a filter narrows the list of agent logs: %j", async ({ filter, messages }) => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agents.insert(anAgent({ id: "a2", session_id: "s2" }));
    await on.db.agentLogs.append([
      aLog({ message: "one", details: { deep: "Needle" } }),
      aLog({ message: "two", log_level: "ERROR", log_type: "error" }),
      aLog({ message: "three", agent_id: "a2", log_level: "DEBUG" }),
    ]);
    const { value } = await on.db.agentLogs.list(filter, { limit: 10 });
    expect(value.rows.map(({ message }) => message)).toEqual(messages);
  });

  test.each<{ filter: SystemLogFilter; messages: string[] }>([
    { filter: { component: ["adw"] }, messages: ["two"] },
    { filter: { component: ["adw", "scheduler"] }, messages: ["two", "one"] },
    { filter: { level: ["INFO"] }, messages: ["one"] },
    { filter: { q: "ONE" }, messages: ["one"] },
  ])("a filter narrows the list of system logs: %j", async ({ filter, messages }) => {
    await using on = await engine.open();
    await on.db.systemLogs.append(aSystemLog({ message: "one" }));
    await on.db.systemLogs.append(aSystemLog({ message: "two", component: "adw", log_level: "WARNING" }));
    const { value } = await on.db.systemLogs.list(filter, { limit: 10 });
    expect(value.rows.map(({ message }) => message)).toEqual(messages);
  });
});
