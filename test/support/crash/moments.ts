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
/** So often it is deleted until that is seen under way. */
const DELETES = 5;
/** A moment that has not come by then is missed. */
const PATIENCE_MS = 3_000;
/** A removal that has so little left may be over before the kill. */
const LEAST_LEFT = 1000;

/** Says, once the server was killed, whether that was amid what was to be under way. */
type WasReached = () => boolean;
const always: WasReached = () => true;

/** What must be there before the writers begin; then what is to be under way. A moment that does not come is no fault. */
export async function prepare(moment: Moment, scene: Scene): Promise<() => Promise<WasReached>> {
  if (moment === "delete") return prepareDelete(scene);
  if (moment === "purge") return preparePurge(scene);
  if (moment === "checkpoint") return () => untilCheckpoint(scene);
  if (moment === "quiet") return () => untilQuietCheckpoint(scene);
  if (moment === "shutdown") return () => shutDown(scene);
  return async () => {
    await someTime(scene.random, 6);
    return always;
  };
}

/** Every other time it waits for a client that is amid a request; else it may be over before the kill, which is a miss. */
async function shutDown({ round, random, server }: Scene): Promise<WasReached> {
  const request = round % 2 === 0 ? await beginRequest(server.url) : null;
  server.askToStop();
  await someTime(random, 15);
  return () => {
    request?.end();
    return true;
  };
}

/** Sends one without the end of its body. */
async function beginRequest(url: string) {
  const { hostname, port, host } = new URL(url);
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data() {} } });
  const head = [
    "POST /api/system/logs HTTP/1.1",
    `Host: ${host}`,
    "Content-Type: application/json",
    "Content-Length: 99",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n{`);
  // Answered after the server has read what was sent before.
  await fetch(`${url}/health`);
  return socket;
}

/** Not a wait for something: the moment of the crash is to be any. */
async function someTime(random: Random, mostMs: number): Promise<void> {
  const at = performance.now() + (random.below(mostMs * 100) + 1) / 100;
  await until("a random moment", () => performance.now() >= at);
}

async function prepareDelete({
  round,
  path,
  random,
  server,
  writers,
  ledger,
}: Scene): Promise<() => Promise<WasReached>> {
  const make = (attempt: number) => writeHeavy(writers, server.url, ledger, `heavy${round}n${attempt}`, HEAVY_BATCHES);
  let definition = await make(1);
  return async () => {
    for (let attempt = 1; ; attempt += 1) {
      writers.sendBeside(server.url, cascade(ledger, definition));
      const than = LEAST_LEFT + random.below(HEAVY_BATCHES * 1000 - LEAST_LEFT);
      const outcome = await untilFewer(path, HEAVY_LOGS, than, 5 * PATIENCE_MS);
      if (outcome !== "over" || attempt === DELETES) return () => outcome === "amid" && countRows(path, HEAVY_LOGS) > 0;
      // This process was not given the time to look.
      definition = await make(attempt + 1);
    }
  };
}

const HEAVY_LOGS = "agent_logs where session_id = 'heavy'";
const OLD_LOGS = "system_logs where component = 'old'";

/**
 * Waits until a removal in batches has come so far. What is then said is so when this returns: the server cannot remove
 * anything while it is made sure of.
 */
async function untilFewer(
  path: string,
  rows: string,
  than: number,
  mostMs = PATIENCE_MS,
): Promise<"amid" | "over" | "late"> {
  using db = new Database(path, { readwrite: true });
  db.run("pragma busy_timeout = 10000");
  const left = db.query<{ n: number }, []>(`select count(*) as n from ${rows}`);
  if (!(await inTime("a part to be removed", () => left.get()!.n <= than, mostMs))) return "late";
  db.run("begin immediate");
  const isAmid = left.get()!.n > 0;
  db.run("rollback");
  return isAmid ? "amid" : "over";
}

function countRows(path: string, rows: string): number {
  using db = new Database(path, { readonly: true });
  db.run("pragma busy_timeout = 10000");
  return db.query<{ n: number }, []>(`select count(*) as n from ${rows}`).get()!.n;
}

/** Whether the condition came to hold while it was waited for. */
async function inTime(what: string, condition: () => boolean, mostMs = PATIENCE_MS): Promise<boolean> {
  const end = performance.now() + mostMs;
  let holds = false;
  await until(what, () => (holds = condition()) || performance.now() > end, 2 * mostMs);
  return holds;
}

/** Logs of years ago. */
function preparePurge({ path, random, server }: Scene): () => Promise<WasReached> {
  using db = new Database(path, { readwrite: true });
  db.run("pragma busy_timeout = 10000");
  db.run("update orchestrator_meta set value = '0' where key = 'retention_since'");
  db.run(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${OLD})
     insert into system_logs (component, message, created_at) select 'old', 'old ' || i, '2020-01-01 10:00:00' from n`,
  );
  return async () => {
    await purge(server.url);
    // One that another server's lease holds up is not waited for.
    const outcome = await untilFewer(path, OLD_LOGS, LEAST_LEFT + random.below(OLD - LEAST_LEFT));
    return () => outcome === "amid" && countRows(path, OLD_LOGS) > 0;
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
async function untilCheckpoint({ path, files, random }: Scene): Promise<WasReached> {
  const before = changedAt(path);
  const comes = await inTime("a checkpoint", () => changedAt(path) !== before);
  await random.pick(files).kill();
  return () => comes;
}

/** Nobody writes: then the server copies its log by itself. */
async function untilQuietCheckpoint({ path, files, writers }: Scene): Promise<WasReached> {
  writers.stop();
  await writers.ended;
  await Promise.all(files.map((file) => file.stop()));
  const before = changedAt(path);
  const comes = await inTime("the checkpoint in the quiet", () => changedAt(path) !== before);
  return () => comes;
}
