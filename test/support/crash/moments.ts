import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import type { Random } from "#test/support/random.ts";
import { until } from "#test/support/until.ts";
import { cascade } from "./commands.ts";
import type { FileWriter } from "./file-writers.ts";
import { type HttpWriters, writeHeavy } from "./http-writers.ts";
import type { Ledger } from "./ledger.ts";
import type { CrashingServer } from "./server.ts";

/** What is under way when the server is killed; writes always are, but in `quiet`. */
export const MOMENTS = ["writes", "delete", "shutdown", "checkpoint", "purge", "start", "quiet"] as const;
export type Moment = (typeof MOMENTS)[number];

export type Scene = {
  readonly round: number;
  readonly path: string;
  readonly random: Random;
  readonly server: CrashingServer;
  readonly ledger: Ledger;
  readonly writers: HttpWriters;
  readonly files: readonly FileWriter[];
};

const HEAVY_BATCHES = 4;
const OLD = 4000;

/** What must be there before the writers begin. */
export async function prepare(moment: Moment, scene: Scene): Promise<() => Promise<void>> {
  if (moment === "delete") return prepareDelete(scene);
  if (moment === "purge") return preparePurge(scene);
  if (moment === "shutdown") {
    return async () => {
      scene.server.askToStop();
      await someTime(scene.random, 15);
    };
  }
  if (moment === "checkpoint") return () => untilCheckpoint(scene);
  if (moment === "quiet") return () => untilQuietCheckpoint(scene);
  return () => someTime(scene.random, 6);
}

/** Not a wait for something: the moment of the crash is to be any. */
async function someTime(random: Random, mostMs: number): Promise<void> {
  const at = performance.now() + (random.below(mostMs * 100) + 1) / 100;
  await until("a random moment", () => performance.now() >= at);
}

async function prepareDelete({ round, path, random, server, writers, ledger }: Scene): Promise<() => Promise<void>> {
  const definition = await writeHeavy(writers, server.url, ledger, `heavy${round}`, HEAVY_BATCHES);
  return async () => {
    writers.sendBeside(server.url, cascade(ledger, definition));
    await untilFewer(path, HEAVY_LOGS, random.below(HEAVY_BATCHES * 1000));
  };
}

const HEAVY_LOGS = "agent_logs where session_id = 'heavy'";
const OLD_LOGS = "system_logs where component = 'old'";

/** Amid a removal in batches. One that another server's lease holds up is not waited for. */
async function untilFewer(path: string, rows: string, than: number): Promise<void> {
  using db = new Database(path, { readonly: true });
  db.run("pragma busy_timeout = 10000");
  const left = db.query<{ n: number }, []>(`select count(*) as n from ${rows}`);
  await until("a part to be removed", () => left.get()!.n <= than, 3_000).catch(() => {});
}

/** Logs of years ago. */
function preparePurge({ path, random, server }: Scene): () => Promise<void> {
  using db = new Database(path, { readwrite: true });
  db.run("pragma busy_timeout = 10000");
  db.run("update orchestrator_meta set value = '0' where key = 'retention_since'");
  db.run(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${OLD})
     insert into system_logs (component, message, created_at) select 'old', 'old ' || i, '2020-01-01 10:00:00' from n`,
  );
  return async () => {
    await purge(server.url);
    await untilFewer(path, OLD_LOGS, random.below(OLD));
  };
}

async function purge(url: string): Promise<void> {
  const response = await fetch(`${url}/api/storage/purge`, { method: "POST" });
  if (response.status !== 202) throw new Error(`a purge answered ${response.status}`);
}

/** A purge that was cut off is repeated, and finishes. */
export async function finishPurge(url: string, db: Database): Promise<void> {
  const left = db.query<{ n: number }, []>(`select count(*) as n from ${OLD_LOGS}`);
  if (left.get()!.n === 0) return;
  await purge(url);
  await until("the purge to finish", () => left.get()!.n === 0, 30_000);
}

const changedAt = (path: string) => statSync(path, { bigint: true }).mtimeNs;

/** The file itself, unlike its log, is written by checkpoints only: whoever makes one, the server or another process. */
async function untilCheckpoint({ path, files, random }: Scene): Promise<void> {
  const before = changedAt(path);
  await until("a checkpoint", () => changedAt(path) !== before, 3_000).catch(() => {});
  await random.pick(files).kill();
}

/** Nobody writes: then the server copies its log by itself. */
async function untilQuietCheckpoint({ path, files, writers }: Scene): Promise<void> {
  writers.stop();
  await writers.ended;
  await Promise.all(files.map((file) => file.stop()));
  const before = changedAt(path);
  await until("the checkpoint in the quiet", () => changedAt(path) !== before, 3_000).catch(() => {});
}
