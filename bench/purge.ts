import { Database } from "bun:sqlite";
import { copyFileSync } from "node:fs";
import { effort } from "./effort.ts";
import { agentId } from "./fixture/shape.ts";
import { postRequest } from "./load.ts";
import { pace } from "./pace.ts";
import { KEEP_ALL, readyFixture } from "./ready.ts";
import type { Report } from "./report.ts";
import { folder, OURS, type ServerProcess, startServer } from "./servers.ts";
import { median, percentile, shown } from "./statistics.ts";
import { atMost } from "./wanted.ts";

const LOGS = effort(1_000_000, 100_000);
const ROUNDS = effort(3, 1);
const QUIET_MS = effort(15_000, 3_000);
const EVERY_MS = 5;
const DEADLINE_MS = 20 * 60_000;
/** Seldom: the server counts when it is asked. */
const LOOK_EVERY_MS = 2000;
/** One day of 28 stays. */
const PURGE = { RETENTION_DAYS: "1", RUN_RETENTION_DAYS: "0", MAX_DATABASE_MB: "0" };

/** A log as agents write it, one at a time. */
const request = () =>
  postRequest(
    "/api/runtime/logs",
    JSON.stringify({ agent_id: agentId(0), log_type: "tool_call", message: "one more step is done while old rows go" }),
  );

/** As if the file had been under retention from the beginning: else nothing would be old enough. */
function ageFile(path: string): void {
  const db = new Database(path, { readwrite: true });
  db.run("update orchestrator_meta set value = '0' where key = 'retention_since'");
  db.close();
}

type Counted = { readonly rows: number; readonly more: boolean };
type Storage = {
  readonly tables: readonly { readonly name: string; readonly rows: number | null }[];
  readonly next_purge: { readonly agent_logs: Counted; readonly system_logs: Counted };
};

async function storage(server: ServerProcess): Promise<Storage> {
  const answer = await fetch(`${server.url}/api/storage`);
  if (!answer.ok) throw new Error(`/api/storage answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Storage;
}

/** What the kept counters say there is, of the tables that are purged. */
async function logsKept(server: ServerProcess): Promise<number> {
  const { tables } = await storage(server);
  const rows = (name: string) => tables.find((table) => table.name === name)?.rows ?? 0;
  return rows("agent_logs") + rows("system_logs");
}

/** Nothing is left but what has come of age since. */
async function purged(server: ServerProcess): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const { agent_logs: agentLogs, system_logs: systemLogs } = (await storage(server)).next_purge;
    if ([agentLogs, systemLogs].every(({ rows, more }) => !more && rows < 100)) return;
    if (performance.now() > deadline) throw new Error(`not purged after ${DEADLINE_MS / 1000} s`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

type Phase = { readonly latencies: readonly number[]; readonly removed: number; readonly seconds: number };

async function quiet(path: string): Promise<Phase> {
  await using server = await startServer(OURS, path, KEEP_ALL);
  await pace(server, { everyMs: EVERY_MS, request, until: Bun.sleep(1000) });
  const latencies = await pace(server, { everyMs: EVERY_MS, request, until: Bun.sleep(QUIET_MS) });
  return { latencies, removed: 0, seconds: QUIET_MS / 1000 };
}

async function purging(path: string): Promise<Phase> {
  ageFile(path);
  await using server = await startServer(OURS, path, PURGE);
  await pace(server, { everyMs: EVERY_MS, request, until: Bun.sleep(1000) });
  const before = await logsKept(server);
  const started = performance.now();
  const answer = await fetch(`${server.url}/api/storage/purge`, { method: "POST" });
  if (!answer.ok) throw new Error(`/api/storage/purge answered ${answer.status}: ${await answer.text()}`);
  let written = 0;
  const counted = () => {
    written += 1;
    return request();
  };
  const latencies = await pace(server, { everyMs: EVERY_MS, request: counted, until: purged(server) });
  const removed = before + written - (await logsKept(server));
  return { latencies, removed, seconds: (performance.now() - started) / 1000 };
}

export async function purge(): Promise<Report> {
  const path = await readyFixture(LOGS);
  const phases: { quiet: Phase[]; purge: Phase[] } = { quiet: [], purge: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    using files = folder();
    for (const name of ["quiet.db", "purge.db"]) copyFileSync(path, files.file(name));
    phases.quiet.push(await quiet(files.file("quiet.db")));
    phases.purge.push(await purging(files.file("purge.db")));
  }
  const of = (list: readonly Phase[], value: (phase: Phase) => number) => shown(median(list.map(value)));
  const row = (name: string, list: readonly Phase[]) => [
    name,
    of(list, ({ latencies }) => latencies.length),
    of(list, ({ latencies }) => percentile(latencies, 0.5)),
    of(list, ({ latencies }) => percentile(latencies, 0.99)),
    of(list, ({ latencies }) => percentile(latencies, 1)),
    of(list, ({ removed, seconds }) => removed / seconds),
    of(list, ({ seconds }) => seconds),
  ];
  const p99 = ({ latencies }: Phase) => percentile(latencies, 0.99);
  const ratio = median(phases.purge.map((phase, round) => p99(phase) / p99(phases.quiet[round]!)));
  return {
    about: `POST of a log each ${EVERY_MS} ms, from when it was due to its answer: on a quiet server with ${shown(LOGS)} agent logs, and on one that purges those older than a day, ${shown(Math.round((LOGS * 1.05 * 27) / 28))} agent and system logs. Medians of ${ROUNDS} rounds.`,
    rows: [
      ["", "writes", "p50 ms", "p99 ms", "most ms", "rows removed/s", "seconds"],
      row("quiet", phases.quiet),
      row("during the purge", phases.purge),
    ],
    wanted: [atMost("p99 during the purge ÷ quiet", 2, ratio)],
  };
}
