import { statSync } from "node:fs";
import { effort } from "./effort.ts";
import { measure, postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { agentId, seedAgents } from "./rows.ts";
import { folder, OURS, startServer } from "./servers.ts";
import { shown } from "./statistics.ts";
import { createWriter } from "./fixture/words.ts";
import { atMost } from "./wanted.ts";

const LIMIT_MB = effort(256, 32);
const TIMES = 4;
const PARTS = 8;
const MOST_S = effort(600, 60);
const BATCH = 500;
const CONNECTIONS = 4;
const MB = 2 ** 20;
/** Sizes are looked at this often. */
const LOOK_MS = 5;

/** Batches whose rows hold about as many bytes as their bodies. */
function batches(): { next: () => string; bytes: number } {
  const write = createWriter(8);
  const texts = Array.from({ length: 1000 }, () => write(5));
  let row = 0;
  const next = () => {
    const logs = Array.from({ length: BATCH }, () => {
      row += 1;
      return { agent_id: agentId(row % 1000), log_type: "tool_call", message: `${row} ${texts[row % 1000]}` };
    });
    return postRequest("/api/runtime/logs", JSON.stringify(logs));
  };
  return { next, bytes: Buffer.byteLength(next()) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export async function bounded(): Promise<Report> {
  using files = folder();
  const path = files.file("ours.db");
  await using server = await startServer(OURS, path, { MAX_DATABASE_MB: String(LIMIT_MB) });
  seedAgents(path);
  const { next, bytes } = batches();
  let most = { both: 0, file: 0, wal: 0 };
  const look = setInterval(() => {
    const [file, wal] = [sizeOf(path), sizeOf(`${path}-wal`)];
    most = { both: Math.max(most.both, file + wal), file: Math.max(most.file, file), wal: Math.max(most.wal, wal) };
  }, LOOK_MS);
  const rows = [
    ["MB logged", "logs/s", "p50 ms", "p99 ms", "refused", "file, most MB", "WAL, most MB", "both, most MB"],
  ];
  let largest = 0;
  let logged = 0;
  const started = performance.now();
  for (let part = 1; part <= PARTS; part += 1) {
    const seconds = MOST_S - (performance.now() - started) / 1000;
    if (seconds <= 0) break;
    most = { both: 0, file: 0, wal: 0 };
    const requests = Math.ceil((LIMIT_MB * TIMES * MB) / PARTS / bytes);
    const load = { connections: CONNECTIONS, seconds, most: requests, request: next };
    const measured = await measure(server, load);
    logged += (measured.requests * bytes) / MB;
    largest = Math.max(largest, most.both);
    rows.push([
      shown(logged),
      shown(measured.perSecond * BATCH),
      shown(measured.p50Ms),
      shown(measured.p99Ms),
      String(measured.refused),
      ...[most.file, most.wal, most.both].map((size) => shown(size / MB)),
    ]);
  }
  clearInterval(look);
  return {
    about: `Endless logging (${BATCH} logs a request, ${CONNECTIONS} connections) into a server with \`MAX_DATABASE_MB=${LIMIT_MB}\`, until ${TIMES} times as much was logged or ${MOST_S} s have passed. Sizes as seen every ${LOOK_MS} ms, in 1,048,576 bytes.`,
    rows,
    wanted: [
      atMost(
        `file and WAL together (the limit and one batch of ${shown(bytes / MB)} MB)`,
        LIMIT_MB + Math.ceil((bytes / MB) * 100) / 100,
        largest / MB,
        " MB",
      ),
    ],
  };
}
