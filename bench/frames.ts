import { join } from "node:path";
import { effort } from "./effort.ts";
import { postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { folder, OURS, type ServerProcess, startServer } from "./servers.ts";
import { median, percentile, shown } from "./statistics.ts";
import { subscribe } from "./subscribers.ts";
import { atMost } from "./wanted.ts";

const SUBSCRIBERS = 100;
const ROUNDS = effort(5, 1);
const OWN_WRITES = effort(400, 100);
const OTHER_WRITES = effort(120, 40);
const WRITE_EVERY_MS = 10;
const HEADER = ["", "frames", "p50 ms", "p99 ms", "most ms"];
const MARK = /bench:([\d.]+)/;

/** What a write's log says: when it was made, in milliseconds since 1970 with their fractions. */
const now = () => performance.timeOrigin + performance.now();

/** From just before this process sends the request to the frame's arrival in this process. */
export async function framesOwn(): Promise<Report> {
  return measureFrames(
    `A write through the API → its frame, ${SUBSCRIBERS} subscribers of \`/ws/events\`, 100 writes/s, the request's own way included.`,
    5,
    OWN_WRITES,
    writeThroughApi,
  );
}

/** From just before another process's INSERT to the frame's arrival in this process. */
export async function framesOther(): Promise<Report> {
  return measureFrames(
    `Another process's INSERT → its frame, ${SUBSCRIBERS} subscribers of \`/ws/events\`, a write every 5 to 65 ms, its commit included.`,
    30,
    OTHER_WRITES,
    writeFromOtherProcess,
  );
}

async function measureFrames(
  about: string,
  targetMs: number,
  writes: number,
  write: (server: ServerProcess, writes: number) => Promise<void>,
): Promise<Report> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  const rows = [HEADER];
  const p99s: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const latencies: number[] = [];
    const all = Promise.withResolvers<void>();
    const subscribers = await subscribe(server.url, "/ws/events?types=system_log", SUBSCRIBERS, (text) => {
      const made = MARK.exec(text)?.[1];
      if (made === undefined) return;
      latencies.push(now() - Number(made));
      if (latencies.length === writes * SUBSCRIBERS) all.resolve();
    });
    await write(server, writes);
    await all.promise;
    subscribers.close();
    // The first round warms up.
    if (round === 0) continue;
    rows.push(row(`round ${round}`, latencies));
    p99s.push(percentile(latencies, 0.99));
  }
  return { about, rows, wanted: [atMost("p99, median of the rounds", targetMs, median(p99s), " ms")] };
}

function row(name: string, latencies: readonly number[]): string[] {
  const of = (share: number) => shown(percentile(latencies, share));
  return [name, shown(latencies.length), of(0.5), of(0.99), of(1)];
}

async function writeThroughApi(server: ServerProcess, writes: number): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, answer) {
        if (!answer.toString("latin1", 0, 12).endsWith("201")) throw new Error(answer.toString("latin1"));
      },
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(postRequest("/api/system/logs", JSON.stringify({ component: "bench", message: `bench:${now()}` })));
    sent += 1;
    if (sent === writes) {
      clearInterval(timer);
      resolve();
    }
  }, WRITE_EVERY_MS);
  await promise;
  socket.end();
}

async function writeFromOtherProcess(server: ServerProcess, writes: number): Promise<void> {
  const script = join(import.meta.dir, "other-writer.ts");
  const child = Bun.spawn([process.execPath, script, server.databasePath, String(writes)], { stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error("the other process failed");
}
