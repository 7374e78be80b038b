import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { newerUntil } from "#src/ui/logs/newer.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";

const NOW = Date.parse("2026-02-06T00:00:00Z");

test("the next newer logs are found, a page of them at most, wherever they are", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const { id: orchestrator_agent_id } = await client.createOrchestratorAgent({ name: "d", agent_type: "builder" });
  const { id } = await client.createRuntimeAgent({ orchestrator_agent_id, session_id: "s" });
  // One in the morning, then 1,000 within ten seconds at noon.
  const burst = Array.from({ length: 1000 }, (_, n) => `('${id}', 'milestone', 'm', '${at("12:00:00", n * 10)}')`);
  runSql(
    server.path,
    `insert into agent_logs (agent_id, log_type, message, created_at) values ('${id}', 'milestone', 'm', '${at("08:00:00")}'), ${burst.join()}`,
  );
  const filter = { kind: "agent", type: ["milestone"] } as const;
  const seen: number[] = [];
  let until: string | undefined = at("07:00:00");
  while (until !== undefined && seen.length < 20) {
    const next: string | undefined = await newerUntil(client, { ...filter, until }, NOW);
    const window = { log_type: "milestone", since: until, until: next ?? new Date(NOW), limit: 1000 } as const;
    seen.push((await client.listAgentLogs(window)).rows.length);
    until = next;
  }
  expect(seen.reduce((sum, count) => sum + count)).toBe(1001);
  expect(Math.max(...seen)).toBeLessThanOrEqual(200);
  expect(seen.slice(0, -1)).not.toContain(0);
  expect(seen[0]).toBe(1);
  expect(seen.length).toBeLessThan(15);
});

test("without newer ones it is the present", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const filter = { kind: "system", component: ["nobody"], until: "2026-02-05T07:00:00Z" } as const;
  expect(await newerUntil(client, filter, NOW)).toBeUndefined();
});

function at(time: string, millis = 0): string {
  return new Date(Date.parse(`2026-02-05T${time}Z`) + millis).toISOString();
}
