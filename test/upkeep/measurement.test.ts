import { expect, test } from "bun:test";
import { openDatabase } from "#src/database/open.ts";
import { measureStorage } from "#src/upkeep/measurement.ts";
import { getStorage } from "#src/queries/storage.ts";
import { aDefinition, aLog, anAgent } from "#test/contract/rows.ts";
import { START } from "#test/support/clock.ts";
import { query, testDatabase } from "#test/support/database.ts";
import { memoryLog } from "#test/support/log.ts";
import { runProgram } from "#test/support/program.ts";
import { policy } from "./aged.ts";

const never = new AbortController().signal;

/** A store with logs, all of which are in the file itself. */
async function filled() {
  const on = await testDatabase();
  await on.db.orchestratorAgents.insert(aDefinition());
  await on.db.agents.insert(anAgent());
  await on.db.agentLogs.append(Array.from({ length: 500 }, () => aLog({ details: "x".repeat(1000) })));
  return on;
}

test("a process of its own measures the bytes by table, and they are shown with their time", async () => {
  await using on = await filled();
  // As it is now, though all of it is still in the log.
  await measureStorage({ db: on.db, clock: on.clock, path: on.path }, never);
  const storage = await getStorage({ db: on.db, clock: on.clock, policy: policy() });
  expect(storage.measured_at).toBe(new Date(START).toISOString());
  const bytes = Object.fromEntries(storage.tables.map((table) => [table.name, table.bytes]));
  expect(bytes["agent_logs"]).toBeGreaterThan(500_000);
  expect(bytes["changes"]).toBeGreaterThan(10_000);
  const sum = Object.values(bytes).reduce<number>((all, one) => all + (one ?? 0), 0);
  const { pages } = query(on.path, "select page_count as pages from pragma_page_count")[0]!;
  expect(sum).toBeLessThanOrEqual(4096 * (pages as number));
  expect(sum).toBeGreaterThan(4096 * (pages as number) * 0.8);
  expect(query(on.path, "select * from orchestrator_leases")).toEqual([]);
}, 30_000);

test("while another process measures, nothing is done", async () => {
  await using on = await filled();
  await using other = await openDatabase({ path: on.path, clock: on.clock, log: memoryLog() });
  await other.leases.take("measurement", 60_000);
  await measureStorage({ db: on.db, clock: on.clock, path: on.path }, never);
  expect((await on.db.storage.facts()).measurement).toBe(null);
});

test("told to stop, it ends and keeps nothing", async () => {
  await using on = await filled();
  await measureStorage({ db: on.db, clock: on.clock, path: on.path }, AbortSignal.abort());
  const stopping = new AbortController();
  const measuring = measureStorage({ db: on.db, clock: on.clock, path: on.path }, stopping.signal);
  stopping.abort();
  await measuring;
  expect((await on.db.storage.facts()).measurement).toBe(null);
  expect(await on.db.leases.take("measurement", 1)).toBe(true);
});

test("a measurement that fails says why, and lets go", async () => {
  await using on = await filled();
  const path = on.folder.file("nothing.db");
  await expect(measureStorage({ db: on.db, clock: on.clock, path }, never)).rejects.toThrow(/cannot measure .*nothing/);
  expect(await on.db.leases.take("measurement", 1)).toBe(true);
}, 30_000);

test("the hidden command prints bytes by table as JSON", async () => {
  await using on = await filled();
  const { code, stdout } = await runProgram(on.folder.path, {}, ["measure", on.path]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ agent_logs: expect.any(Number), orchestrator_meta: 4096 });
  expect((await runProgram(on.folder.path, {}, ["measure", on.folder.file("nothing.db")])).code).toBe(1);
}, 30_000);
