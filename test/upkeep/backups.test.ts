import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { openDatabase } from "#src/database/open.ts";
import { backupKeeper, type BackupPolicy } from "#src/upkeep/backups.ts";
import { startUpkeep } from "#src/upkeep/upkeep.ts";
import { aDefinition } from "#test/contract/rows.ts";
import { expectConsistent, LARGE } from "#test/support/copies.ts";
import { query, script, testDatabase, type TestDatabase } from "#test/support/database.ts";
import { memoryLog } from "#test/support/log.ts";
import { until } from "#test/support/until.ts";
import { policy as retention } from "./aged.ts";

const HOUR = 60 * 60 * 1000;
const never = new AbortController().signal;

/** A store whose backups go to a folder that is not there yet. */
async function scheduled(given: Partial<BackupPolicy> = {}) {
  const on = await testDatabase();
  await on.db.orchestratorAgents.insert(aDefinition());
  const dir = on.folder.file("backups");
  const policy = { dir, everyHours: 6, keep: 2, ...given };
  return { on, dir, policy, deps: { ...on, policy } };
}

const logs = ({ path }: TestDatabase) =>
  query(path, "select log_level as level, message from system_logs where component = 'backup' order by id");

describe("scheduled backups", () => {
  test("are made when the last one is old enough, whoever made it; the newest stay, and what is not theirs", async () => {
    const { on, dir, deps } = await scheduled();
    await using _ = on;
    const keeper = backupKeeper(deps);
    await keeper(never);
    const [first] = readdirSync(dir);
    expect(first).toMatch(/^orchestrator\.db\.scheduled-[\da-f]{8}-20260205T103000Z$/);
    expect([statSync(dir).mode & 0o777, statSync(`${dir}/${first}`).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(query(`${dir}/${first}`, "select id from orchestrator_agents")).toEqual([{ id: "d1" }]);
    expectConsistent(`${dir}/${first}`);
    on.clock.advance(6 * HOUR - 1);
    await keeper(never);
    // As a server that was started again.
    await backupKeeper(deps)(never);
    expect(readdirSync(dir)).toEqual([first!]);

    const prefix = first!.slice(0, -"20260205T103000Z".length);
    const foreign = [
      "orchestrator.db.backup-20200101T000000Z",
      "orchestrator.db.scheduled-00000000-20200101T000000Z",
      `${prefix}20200101T000000Z.gz`,
      `${prefix}mine`,
      `${prefix}20990101T000000Z`,
    ];
    for (const name of foreign) writeFileSync(`${dir}/${name}`, "");
    on.clock.advance(1);
    await keeper(never);
    on.clock.advance(6 * HOUR);
    await backupKeeper(deps)(never);
    const kept = [`${prefix}20260205T163000Z`, `${prefix}20260205T223000Z`];
    expect(readdirSync(dir).toSorted()).toEqual([...foreign, ...kept].toSorted());
    expect(logs(on)).toHaveLength(3);
    expect(logs(on)[0]).toEqual({ level: "INFO", message: expect.stringMatching(/^Backup made: \S+Z \(\d\.\d MB\)$/) });
    expect(on.log.lines.filter(({ message }) => message === "backup made")).toHaveLength(3);
    expect(query(on.path, "select * from orchestrator_leases")).toEqual([]);
  }, 30_000);

  test("are made by one of several servers", async () => {
    const { on, dir, deps } = await scheduled();
    await using _ = on;
    const log = memoryLog();
    await using other = await openDatabase({ path: on.path, clock: on.clock, log });
    await other.leases.take("backup", HOUR);
    await backupKeeper(deps)(never);
    expect(readdirSync(dir)).toEqual([]);
    await other.leases.release("backup");
    await Promise.all([backupKeeper(deps)(never), backupKeeper({ ...deps, db: other, log })(never)]);
    expect(readdirSync(dir)).toHaveLength(1);
    expect(logs(on)).toHaveLength(1);
  }, 30_000);

  test("are of one store each, where several have the same path on machines of theirs and share the folder", async () => {
    const { on, dir, deps } = await scheduled({ keep: 1 });
    await using _ = on;
    await backupKeeper(deps)(never);
    await using other = await testDatabase();
    // Databases of tests are copies of one.
    script(other.path, "update orchestrator_meta set value = lower(hex(randomblob(16))) where key = 'feed'");
    // As in a container: it has been here all the time.
    renameSync(on.path, on.folder.file("mine.db"));
    copyFileSync(other.path, on.path);
    await backupKeeper({ ...deps, db: other.db })(never);
    const ids = readdirSync(dir).map((name) => name.split("-")[1]);
    expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
    expect(ids).toContain((await other.db.changes.state()).feed.slice(0, 8));
    renameSync(on.folder.file("mine.db"), on.path);
  }, 30_000);

  test("count as made where an old one cannot be removed, which is told", async () => {
    const { on, dir, deps } = await scheduled({ keep: 1 });
    await using _ = on;
    const { feed } = await on.db.changes.state();
    const stuck = `orchestrator.db.scheduled-${feed.slice(0, 8)}-20200101T000000Z`;
    mkdirSync(`${dir}/${stuck}/full`, { recursive: true });
    const old = stuck.replace("2020", "2021");
    writeFileSync(`${dir}/${old}`, "");
    await backupKeeper(deps)(never);
    expect(readdirSync(dir).toSorted()).toEqual([stuck, stuck.replace("20200101T000000Z", "20260205T103000Z")]);
    expect(logs(on)).toMatchObject([{ level: "INFO", message: expect.stringMatching(/^Backup made: /) }]);
    const warnings = on.log.lines.filter(({ level }) => level === "warn");
    expect(warnings).toMatchObject([
      { message: "an old backup could not be removed", fields: { file: `${dir}/${stuck}` } },
    ]);
  }, 30_000);

  test("that fail are told, and tried again later", async () => {
    const { on, dir, deps } = await scheduled();
    await using _ = on;
    writeFileSync(dir, "a file where the folder should be");
    const keeper = backupKeeper(deps);
    const failures = () =>
      on.log.lines.filter(({ level, message }) => level === "error" && message === "backup failed");
    await keeper(never);
    expect(logs(on)).toEqual([{ level: "ERROR", message: expect.stringMatching(/^Backup failed: .*EEXIST/) }]);
    on.clock.advance(15 * 60_000 - 1);
    await keeper(never);
    expect(failures()).toHaveLength(1);
    on.clock.advance(1);
    await keeper(never);
    expect(failures()).toHaveLength(2);
    rmSync(dir);
    on.clock.advance(15 * 60_000);
    await keeper(never);
    expect(readdirSync(dir)).toHaveLength(1);
  }, 30_000);

  test("say why the copy could not be made, and leave nothing", async () => {
    const { on, dir, deps } = await scheduled();
    await using _ = on;
    script(on.path, "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01')");
    await backupKeeper(deps)(never);
    expect(logs(on)).toEqual([{ level: "ERROR", message: expect.stringMatching(/^Backup failed: .*has schema 999/) }]);
    expect(readdirSync(dir)).toEqual([]);
    expect(query(on.path, "select * from orchestrator_leases")).toEqual([]);
  }, 30_000);

  test("end with the server, and leave nothing", async () => {
    const { on, dir, deps } = await scheduled();
    await using _ = on;
    script(on.path, LARGE);
    mkdirSync(dir);
    const stopping = new AbortController();
    const ended = backupKeeper(deps)(stopping.signal);
    await until("it to write", () => readdirSync(dir).length > 0);
    stopping.abort();
    await ended;
    expect([readdirSync(dir), logs(on)]).toEqual([[], []]);
    expect(on.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    expect(await on.db.leases.take("backup", 1)).toBe(true);
  }, 30_000);

  test("are a job of the server's, when a folder is named", async () => {
    const { on, dir, policy } = await scheduled();
    await using _ = on;
    mkdirSync(dir);
    let periods = 0;
    const waitFor = (millis: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        // A minute, which only measuring and this wait first; it comes once.
        if (millis === 60_000 && (periods += 1) <= 2) resolve();
      });
    const upkeep = startUpkeep({ ...on, policy: retention(), backups: policy, waitFor });
    await until("a backup", () => logs(on).length > 0);
    await upkeep.close();
    expect(readdirSync(dir)).toHaveLength(1);
  }, 30_000);
});
