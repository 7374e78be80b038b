import { formatBytes, formatCount, formatDuration } from "#src/ui/parts/format.ts";
import { ScrollX } from "#src/ui/parts/scroll-x.tsx";
import { type Metrics, parseMetrics, sumOf, sumsBy } from "./metrics.ts";
import { Fact, Facts, SystemPanel } from "./system-panel.tsx";
import { figures, useRefreshed } from "./use-refreshed.ts";

const METRICS = figures("metrics", async (client, options) => parseMetrics(await client.getMetrics(options)));

const KINDS = [
  ["websocket", "WebSockets"],
  ["sse", "Event streams"],
] as const;

/** Who is connected, and what was asked since the server's start. */
export function ConnectionsPanel() {
  const slice = useRefreshed(METRICS);
  return (
    <SystemPanel title="Connections" slice={slice} what="the figures" scope="read">
      {(metrics) => (
        <>
          <Streams metrics={metrics} />
          <Facts>
            <Fact name="Requests answered">
              {formatCount(sumOf(metrics, "orchestrator_http_requests_total") ?? 0)}
              <By metrics={metrics} />
            </Fact>
            <Fact name="Being answered">{formatCount(sumOf(metrics, "orchestrator_http_requests_in_flight"))}</Fact>
            <Fact name="Writes that wait">{formatCount(sumOf(metrics, "orchestrator_write_queue_depth"))}</Fact>
            <Fact name="Writes refused">{formatCount(sumOf(metrics, "orchestrator_writes_refused_total"))}</Fact>
            <Fact name="Reports of agents">{formatCount(sumOf(metrics, "orchestrator_ingest_reports_total"))}</Fact>
            <Fact name="Reports not understood">{formatCount(sumOf(metrics, "orchestrator_ingest_unread_total"))}</Fact>
            <Fact name="Memory">{formatBytes(sumOf(metrics, "process_resident_memory_bytes"))}</Fact>
            <Fact name="Processor time">
              {formatDuration((sumOf(metrics, "process_cpu_seconds_total") ?? 0) * 1000)}
            </Fact>
          </Facts>
          <p class="muted">
            Counted since the server's start. All of it, for Prometheus: <code>/metrics</code>
          </p>
        </>
      )}
    </SystemPanel>
  );
}

function Streams({ metrics }: { readonly metrics: Metrics }) {
  return (
    <ScrollX label="Live connections">
      <table class="system-table">
        <thead>
          <tr>
            <th scope="col">Live connections</th>
            <th scope="col" class="number">
              Open
            </th>
            <th scope="col" class="number">
              Opened
            </th>
            <th scope="col" class="number">
              Closed as slow
            </th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map(([kind, name]) => (
            <tr key={kind}>
              <th scope="row">{name}</th>
              <td class="number">{formatCount(sumOf(metrics, "orchestrator_streams_open", { kind }))}</td>
              <td class="number">{formatCount(sumOf(metrics, "orchestrator_streams_opened_total", { kind }))}</td>
              <td class="number">
                {formatCount(sumOf(metrics, "orchestrator_streams_closed_total", { kind, reason: "slow" }))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

/** Requests by what became of them. */
function By({ metrics }: { readonly metrics: Metrics }) {
  const kinds = sumsBy(
    metrics,
    "orchestrator_http_requests_total",
    ({ labels }) => KIND[labels["status"]?.[0] ?? ""] ?? "other",
  );
  if (kinds.length === 0) return null;
  return <span class="muted"> ({kinds.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(", ")})</span>;
}

const KIND: Readonly<Record<string, string>> = { "2": "done", "3": "sent on", "4": "refused", "5": "failed" };
