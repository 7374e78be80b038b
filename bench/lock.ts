import { Database } from "bun:sqlite";
import { effort } from "./effort.ts";
import { getRequest, postRequest } from "./load.ts";
import { pace } from "./pace.ts";
import type { Report } from "./report.ts";
import { folder, OURS, type ServerProcess, startServer } from "./servers.ts";
import { median, percentile, shown } from "./statistics.ts";
import { atMost } from "./wanted.ts";

const ROUNDS = effort(7, 2);
const LOCKED_MS = 3_000;
const WARM_UP_MS = 1_000;
const EVERY_MS = 1;
/** Writes that wait while the lock is held. */
const WRITES = 20;

const read = () => getRequest("/api/system/logs?limit=20");
const write = () =>
  postRequest("/api/system/logs", JSON.stringify({ component: "bench", message: "a write that waits" }));

type Round = { readonly quiet: number[]; readonly locked: number[]; readonly writes: number[] };

/** Reads at a steady rate for so long. */
const reads = (server: ServerProcess, millis: number) =>
  pace(server, { everyMs: EVERY_MS, request: read, until: Bun.sleep(millis) });

/** Reads while another program holds the lock, and writes that wait for its end. */
async function locked(server: ServerProcess): Promise<Pick<Round, "locked" | "writes">> {
  const other = new Database(server.databasePath, { readwrite: true });
  other.run("pragma busy_timeout = 10000");
  other.run("begin immediate");
  const end = (async () => {
    await Bun.sleep(LOCKED_MS);
    other.run("commit");
    other.close();
  })();
  const waiting = pace(server, { everyMs: 1, request: write, until: Bun.sleep(WRITES) });
  const latencies = await pace(server, { everyMs: EVERY_MS, request: read, until: end });
  return { locked: latencies, writes: await waiting };
}

export async function lock(): Promise<Report> {
  const rounds: Round[] = [];
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  await pace(server, { everyMs: EVERY_MS, request: write, until: Bun.sleep(WARM_UP_MS) });
  await reads(server, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    const quiet = await reads(server, LOCKED_MS);
    rounds.push({ quiet, ...(await locked(server)) });
  }
  const of = (value: (round: Round) => number) => shown(median(rounds.map(value)));
  const row = (name: string, list: (round: Round) => readonly number[]) => [
    name,
    of((round) => list(round).length),
    of((round) => percentile(list(round), 0.5)),
    of((round) => percentile(list(round), 0.99)),
    of((round) => percentile(list(round), 1)),
  ];
  const ratio = median(rounds.map(({ quiet, locked: held }) => percentile(held, 0.99) / percentile(quiet, 0.99)));
  return {
    about: `GET of 20 logs each ${EVERY_MS} ms, from when it was due to its answer: on a quiet server, and while another program holds the lock of the file for ${LOCKED_MS / 1000} s and writes wait for it. Medians of ${ROUNDS} rounds.`,
    rows: [
      ["", "requests", "p50 ms", "p99 ms", "most ms"],
      row("reads, quiet", (round) => round.quiet),
      row("reads, lock held", (round) => round.locked),
      row("writes that waited", (round) => round.writes),
    ],
    wanted: [atMost("p99 of reads with the lock held ÷ quiet", 2, ratio)],
  };
}
