import { effort } from "./effort.ts";
import { getRequest, measure, postRequest } from "./load.ts";
import { openReceivers } from "./receivers.ts";
import type { Report } from "./report.ts";
import { agentId, seedAgents } from "./rows.ts";
import { BASELINE, executable, folder, OURS, type ServerProcess, startServer } from "./servers.ts";
import { shown } from "./statistics.ts";
import { atMost } from "./wanted.ts";

const SETTLE_MS = effort(3_000, 1_000);
const LOAD_S = effort(10, 1);
const SOCKETS = 5000;

async function settledMb(server: ServerProcess): Promise<number> {
  await Bun.sleep(SETTLE_MS);
  return server.rssMb();
}

/** Lists, single reads and writes of logs by 32 connections each. */
async function load(server: ServerProcess): Promise<void> {
  seedAgents(server.databasePath);
  const log = JSON.stringify({ agent_id: agentId(1), log_type: "milestone", message: "one of many logs of the load" });
  const requests = [
    getRequest("/api/runtime/agents?limit=100"),
    getRequest(`/api/runtime/agents/${agentId(500)}`),
    postRequest("/api/runtime/logs", log),
  ];
  for (const request of requests) await measure(server, { connections: 32, seconds: LOAD_S, request: () => request });
}

/** Idle; with 5,000 sockets on a server that did nothing else; after a load on top. */
async function stages(command: readonly string[]): Promise<{ idle: number; crowded: number; loaded: number }> {
  using files = folder();
  await using server = await startServer(command, files.file("ours.db"));
  const idle = await settledMb(server);
  let crowded: number;
  {
    await using _ = await openReceivers(server.url, "/ws/events", SOCKETS);
    crowded = await settledMb(server);
  }
  await load(server);
  return { idle, crowded, loaded: await settledMb(server) };
}

/** Resident memory. */
export async function memory(): Promise<Report> {
  using files = folder();
  const built = executable();
  const source = await stages(OURS);
  const own = built === null ? source : await stages(built);
  await using bare = await startServer(BASELINE, files.file("bare.db"));
  const bareMb = await settledMb(bare);
  const row = (name: string, key: keyof typeof own, bareToo = "") => [
    name,
    built === null ? "" : shown(own[key]),
    shown(source[key]),
    bareToo,
  ];
  return {
    about: `Resident memory in MB. "After load": lists, single reads and writes by 32 connections, ${LOAD_S} s each, after the sockets are gone.${built === null ? " The executable was not built, so the source is held against what is wanted." : ""}`,
    rows: [
      ["", "dist/orchestrator", "bun src/main.ts", "bare"],
      row("idle", "idle", shown(bareMb)),
      row(`${shown(SOCKETS)} sockets`, "crowded"),
      row("after load", "loaded"),
    ],
    wanted: [atMost("idle", 90, own.idle, " MB"), atMost(`${shown(SOCKETS)} sockets`, 160, own.crowded, " MB")],
  };
}
