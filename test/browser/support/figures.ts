import type { Client } from "#src/client/client.ts";
import type { Health } from "#src/domain/health.ts";
import type { Storage } from "#src/domain/storage.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { SCENARIO_NOW } from "./scenario.ts";

const HOUR = 3_600_000;
const LIMIT_MB = 4_096;

/** Answers for a server what is another number on every machine and in every run: figures of machine, process and file. */
export async function steadyFigures(proxy: FaultProxy, client: Client): Promise<void> {
  proxy.answer(/^\/health$/, JSON.stringify(healthOf(await client.getHealth())));
  proxy.answer(/^\/api\/storage$/, JSON.stringify(storageOf(await client.getStorage())));
  proxy.answer(/^\/metrics$/, METRICS, "text/plain; version=0.0.4");
}

function healthOf(health: Health): Health {
  const checks = { ...health.checks, disk: { status: "ok" as const, free_bytes: 218_400_000_000 } };
  return { ...health, uptime_s: (6 * 24 + 2) * 3_600, checks };
}

/** As if it had been measured; of some rows more, and with what a server keeps for itself. */
function storageOf(storage: Storage): Storage {
  return {
    ...storage,
    database: { bytes: 815_104, wal_bytes: 49_472, free_bytes: 0, limit_bytes: LIMIT_MB * 1_048_576 },
    tables: [
      ...storage.tables.map((table) => ({ ...table, bytes: 4_096 + 1_024 * (table.rows ?? 0) })),
      ...OWN_TABLES.map((name) => ({ name, rows: null, bytes: 8_192 })),
    ],
    retention: { ...storage.retention, days: 30, run_days: 365, max_database_mb: LIMIT_MB },
    measured_at: new Date(SCENARIO_NOW - 2 * HOUR).toISOString(),
  };
}

const OWN_TABLES = ["orchestrator_meta", "orchestrator_sessions", "orchestrator_stats", "orchestrator_texts"];

const METRICS = `
orchestrator_http_requests_total{method="GET",status="200"} 18204
orchestrator_http_requests_total{method="POST",status="201"} 9311
orchestrator_http_requests_total{method="POST",status="422"} 3
orchestrator_http_requests_in_flight 1
orchestrator_write_queue_depth 0
orchestrator_writes_refused_total 0
orchestrator_ingest_reports_total{source="claude"} 8702
orchestrator_ingest_unread_total{source="claude"} 0
orchestrator_streams_open{kind="websocket"} 1
orchestrator_streams_opened_total{kind="websocket"} 14
orchestrator_streams_closed_total{kind="websocket",reason="slow"} 0
orchestrator_streams_open{kind="sse"} 2
orchestrator_streams_opened_total{kind="sse"} 37
orchestrator_streams_closed_total{kind="sse",reason="slow"} 0
process_resident_memory_bytes 96000000
process_cpu_seconds_total 512
`;
