import { expect, test } from "bun:test";
import { query, script, testDatabase } from "#test/support/database.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { setSince } from "./aged.ts";

const OLD_LOGS = `insert into system_logs (component, message, created_at)
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 500)
  select 'old', 'row', '2020-01-01 10:00:00' from n`;

test("a purge that is asked for runs in the background, and the system log tells of it", async () => {
  await using on = await testDatabase();
  setSince(on.path, 0);
  script(on.path, OLD_LOGS);
  const config = { databasePath: on.path, host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info" as const };
  await using server = await testServer(on.path, { config: { ...config, ...KEEP_ALL, retentionDays: 30 } });
  const asked = await server.call("POST", "/api/storage/purge");
  expect(asked.status).toBe(202);
  expect(asked.body.removes.system_logs).toEqual({ rows: 500, more: false });
  const [log] = await until("the purge to end", async () => {
    const { body } = await server.call("GET", "/api/system/logs?component=retention");
    return body.length > 0 && body;
  });
  expect(log).toMatchObject({
    message: "Retention removed 500 system logs",
    details: { removed: { system_logs: 500 } },
  });
  expect(query(on.path, "select count(*) as n from system_logs")).toEqual([{ n: 1 }]);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
}, 30_000);

test("a server that stops in the middle of a purge stops at once", async () => {
  await using on = await testDatabase();
  setSince(on.path, 0);
  for (let part = 0; part < 20; part += 1) script(on.path, OLD_LOGS);
  const config = { databasePath: on.path, host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info" as const };
  await using server = await testServer(on.path, { config: { ...config, ...KEEP_ALL, retentionDays: 30 } });
  await server.call("POST", "/api/storage/purge");
  await until(
    "it to begin",
    () => (query(on.path, "select count(*) as n from system_logs")[0]!["n"] as number) < 10_000,
  );
  await server.stop();
  expect(query(on.path, "select count(*) as n from system_logs")[0]!["n"]).toBeGreaterThan(0);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
}, 30_000);
