import { expect, test } from "bun:test";
import type { BudgetStore } from "#src/database/costs.ts";
import { StoreBusy } from "#src/database/manager.ts";
import { startBudgets } from "#src/upkeep/budgets.ts";
import { START } from "#test/support/clock.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { memoryLog } from "#test/support/log.ts";
import { makeAgent, makeDefinition } from "#test/support/rows.ts";
import { openSocket, type Received } from "#test/support/socket-client.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

/** Budgets whose steps end as they are told, and commits that are told too. */
function scripted(answer: () => Promise<{ done: boolean }>) {
  const listeners = new Set<() => void>();
  const waits: number[] = [];
  const asked: number[] = [];
  const budgets: BudgetStore = { step: (now) => (asked.push(now), answer()) };
  const changes = {
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    db: { budgets, changes: changes as never },
    clock: () => START,
    log: memoryLog(),
    waits,
    asked,
    waitFor: async (millis: number) => void waits.push(millis),
    commit: () => listeners.forEach((listener) => listener()),
  };
}

test("looks at the start and after commits until all has been looked at", async () => {
  let left = 2;
  const world = scripted(async () => ({ done: (left -= 1) <= 0 }));
  const budgets = startBudgets(world);
  await until("all has been looked at", () => left === 0);
  world.commit();
  await until("it has looked again", () => left === -1);
  await budgets.close();
  expect(world.asked).toEqual([START, START, START]);
  world.commit();
  expect(world.asked).toHaveLength(3);
});

test("tells once that it fails, and goes on", async () => {
  let failures = 2;
  const world = scripted(async () => {
    if ((failures -= 1) >= 0) throw new StoreBusy("locked");
    return { done: true };
  });
  const budgets = startBudgets(world);
  await until("it works again", () => failures < 0);
  await budgets.close();
  expect(world.waits.slice(0, 2)).toEqual([1000, 1000]);
  expect(world.log.lines).toMatchObject([{ level: "warn", message: "budgets cannot be watched; trying again" }]);
});

const ofBudgets = ({ type }: Received) => type.startsWith("budget_");

test("a server tells of budgets on its streams, whoever books the cost, and of each once", async () => {
  await using server = await testServer();
  const { id: definition } = await makeDefinition(server);
  const { id: agent } = await makeAgent(server, definition, { session_id: "s1", config: { max_cost_usd: 10 } });
  await using all = await openSocket(server.url, "/ws/events");
  await using budgets = await openSocket(server.url, "/ws/events?types=budget&session_id=s1");
  await until("both have joined", () => all.frames.length > 0 && budgets.frames.length > 0);
  runSql(server.path, `update agents set cost_usd = 8 where id = '${agent}'`);
  const warning = await budgets.next("the warning", ({ type }) => type === "budget_warning");
  expect(warning).toMatchObject({
    id: agent,
    agent_id: agent,
    session_id: "s1",
    data: { scope: "agent", id: agent, max_cost_usd: 10, cost_usd: 8, share: 0.8 },
  });
  await server.call("POST", "/api/runtime/prompts", {
    agent_id: agent,
    prompt_type: "command",
    prompt_text: "Go",
    cost_usd: 4,
  });
  const exceeded = await budgets.next("the end", ({ type }) => type === "budget_exceeded");
  await server.call("PATCH", `/api/runtime/agents/${agent}`, { cost_usd: 20 });
  await server.call("PATCH", `/api/runtime/agents/${agent}`, { status: "completed" });
  await all.next("the last change", ({ type, data }) => type === "agent.updated" && data.status === "completed");
  expect(all.frames.filter(ofBudgets).map(({ seq }) => seq)).toEqual([warning.seq, exceeded.seq]);
  // A frame of a budget and its log stand beside each other.
  const { body } = await server.call("GET", `/api/events?after=${exceeded.seq - 2}&limit=2`);
  expect(body.events).toMatchObject([{ type: "agent_log.created" }, { type: "budget_exceeded" }]);
  const { body: logs } = await server.call("GET", `/api/runtime/logs?agent_id=${agent}&log_type=cost_update,error`);
  expect(logs.map(({ log_level: level }: { log_level: string }) => level)).toEqual(["ERROR", "WARNING"]);
});

test("what other programs store as a budget makes no write fail, and is one when it is a positive number", async () => {
  await using server = await testServer();
  const { id: definition } = await makeDefinition(server);
  await using foreign = await openForeignWriter(server.path);
  const configs = ["not json max_cost_usd", '{"max_cost_usd":"5"}', '{"max_cost_usd":-1}', '{"max_cost_usd":1e999}'];
  const add = (id: string, config: string) =>
    `insert into agents (id, orchestrator_agent_id, session_id, config, cost_usd) values ('${id}', '${definition}', 's', ${config}, 50)`;
  for (const [index, config] of [
    ...configs,
    '["max_cost_usd"]',
    '{"a":{"max_cost_usd":1}}',
    '{"max_cost_usd":',
  ].entries())
    await foreign.run(add(`none-${index}`, `'${config}'`));
  await foreign.run(add("blob", `cast('{"max_cost_usd": 5}' as blob)`));
  await foreign.run(add("text", `'{"max_cost_usd": 40.5}'`));
  const { body } = await until("both have been told", async () => {
    const answer = await server.call("GET", "/api/events?after=0&limit=1000&types=budget");
    return answer.body.events.length === 2 ? answer : null;
  });
  const told = body.events.map(({ id, data }: Received) => [id, data.max_cost_usd]);
  expect(told.toSorted()).toEqual([
    ["blob", 5],
    ["text", 40.5],
  ]);
});
