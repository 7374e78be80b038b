import type { Held, Labelled, MetricOf } from "./exposition.ts";
import type { Figures } from "./metrics.ts";
import type { RouteFigures } from "./request-figures.ts";

/** One value by name of what it is of. */
function by<Value>(label: string, values: Readonly<Record<string, Value>>): Labelled<Value>[] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}

function routesOf({ requests }: Figures): RouteFigures[] {
  return [...requests.routes.values()].flatMap((methods) => [...methods.values()]);
}

function streams(figures: Figures, read: (kind: Figures["live"]["streams"]["sse"]) => number): Held<number> {
  return Object.entries(figures.live.streams).map(([kind, held]) => [{ kind }, read(held)]);
}

function lag({ live, stored }: Figures): number | null {
  if (stored === null) return null;
  return live.feed.hasListeners ? Math.max(0, stored.headSeq - live.feed.publishedSeq) : 0;
}

const REQUESTS: readonly MetricOf<Figures>[] = [
  {
    type: "counter",
    name: "orchestrator_http_requests_total",
    help: "Requests that were answered, by method, route as the OpenAPI document writes it, and status",
    read: (figures) =>
      routesOf(figures).flatMap(({ method, route, answers }) =>
        [...answers].map(([status, count]): Labelled<number> => [{ method, route, status }, count]),
      ),
  },
  {
    type: "histogram",
    name: "orchestrator_http_request_duration_seconds",
    help: "From a request's arrival to the status of its answer, by method and route; a stream is not over then",
    read: (figures) => routesOf(figures).map(({ method, route, seconds }) => [{ method, route }, seconds]),
  },
  {
    type: "gauge",
    name: "orchestrator_http_requests_in_flight",
    help: "Requests that are being answered, this one among them",
    read: ({ requests }) => requests.inFlight,
  },
];

const WRITES: readonly MetricOf<Figures>[] = [
  {
    type: "histogram",
    name: "orchestrator_commit_batch_writes",
    help: "Writes in each transaction that was committed",
    read: ({ store }) => store.batchWrites,
  },
  {
    type: "histogram",
    name: "orchestrator_commit_duration_seconds",
    help: "How long each transaction took, from its begin to its sync",
    read: ({ store }) => store.commitSeconds,
  },
  {
    type: "gauge",
    name: "orchestrator_write_queue_depth",
    help: "Writes that wait, by line: small, large, again (put back to run once more), background (upkeep)",
    read: ({ store }) => by("line", store.waiting),
  },
  {
    type: "counter",
    name: "orchestrator_writes_refused_total",
    help: "Writes that were refused: overloaded (too many waited), busy (another process held the lock), disk_full, limit, damaged",
    read: ({ store }) => by("reason", store.refused),
  },
  {
    type: "counter",
    name: "orchestrator_busy_retries_total",
    help: "How often a transaction could not begin because another process held the lock",
    read: ({ store }) => store.busyRetries,
  },
  {
    type: "histogram",
    name: "orchestrator_checkpoint_duration_seconds",
    help: "How long each copy of the write-ahead log into the database file took",
    read: ({ store }) => store.checkpointSeconds,
  },
];

const LIVE: readonly MetricOf<Figures>[] = [
  {
    type: "gauge",
    name: "orchestrator_feed_head_seq",
    help: "Number of the newest change, whoever wrote it",
    read: ({ stored }) => stored?.headSeq ?? null,
  },
  {
    type: "gauge",
    name: "orchestrator_feed_lag_changes",
    help: "Changes that are stored and not published yet; 0 while nobody watches",
    read: lag,
  },
  {
    type: "gauge",
    name: "orchestrator_feed_lag_seconds",
    help: "Age of the oldest change that is not published yet; 0 while nobody watches",
    read({ stored, now }) {
      if (stored === null) return null;
      return stored.unpublishedSince === null ? 0 : Math.max(0, now - stored.unpublishedSince) / 1000;
    },
  },
  {
    type: "counter",
    name: "orchestrator_feed_changes_published_total",
    help: "Changes that were published while somebody watched",
    read: ({ live }) => live.feed.published,
  },
  {
    type: "gauge",
    name: "orchestrator_streams_open",
    help: "Open WebSockets and SSE streams",
    read: (figures) => streams(figures, ({ open }) => open),
  },
  {
    type: "gauge",
    name: "orchestrator_streams_replaying",
    help: "Streams of these that are still replayed what was before them",
    read: (figures) => streams(figures, ({ replaying }) => replaying),
  },
  {
    type: "counter",
    name: "orchestrator_streams_opened_total",
    help: "Streams that were opened",
    read: (figures) => streams(figures, ({ opened }) => opened),
  },
  {
    type: "counter",
    name: "orchestrator_streams_closed_total",
    help: "Streams that ended: client (it left), slow, stale (its cursor was gone), restart, token (revoked, expired), error",
    read: ({ live }) =>
      Object.entries(live.streams).flatMap(([kind, { ended }]) =>
        Object.entries(ended).map(([reason, count]): Labelled<number> => [{ kind, reason }, count]),
      ),
  },
  {
    type: "counter",
    name: "orchestrator_socket_messages_total",
    help: "Messages that clients sent on /ws: stored, refused, malformed, ignored (signs of life)",
    read: ({ live }) => by("outcome", live.streams.websocket.messages),
  },
];

const INGEST: readonly MetricOf<Figures>[] = [
  {
    type: "counter",
    name: "orchestrator_ingest_reports_total",
    help: "Events of agents (hooks, telemetry, streams) that were understood, by source, also those told before",
    read: ({ ingest }) => by("source", ingest.reports),
  },
  {
    type: "counter",
    name: "orchestrator_ingest_unread_total",
    help: "Events of agents that were not understood, by source",
    read: ({ ingest }) => by("source", ingest.unread),
  },
  {
    type: "gauge",
    name: "orchestrator_ingest_waiting",
    help: "Events of agents that wait to be stored",
    read: ({ ingest }) => ingest.waiting,
  },
];

const STORE: readonly MetricOf<Figures>[] = [
  {
    type: "gauge",
    name: "orchestrator_database_up",
    help: "1 when the database could be read at this scrape",
    read: ({ stored }) => (stored === null ? 0 : 1),
  },
  {
    type: "gauge",
    name: "orchestrator_database_damaged",
    help: "1 once a damaged page was met, or a disk that fails; until the next start",
    read: ({ store }) => (store.isDamaged ? 1 : 0),
  },
  {
    type: "gauge",
    name: "orchestrator_database_bytes",
    help: "Size of the database file",
    read: ({ stored }) => stored?.facts.bytes ?? null,
  },
  {
    type: "gauge",
    name: "orchestrator_database_wal_bytes",
    help: "Size of the write-ahead log beside it",
    read: ({ stored }) => stored?.facts.walBytes ?? null,
  },
  {
    type: "gauge",
    name: "orchestrator_database_free_bytes",
    help: "Free pages inside the database file",
    read: ({ stored }) => stored?.facts.freeBytes ?? null,
  },
  {
    type: "gauge",
    name: "orchestrator_database_limit_bytes",
    help: "What file and log may become together (MAX_DATABASE_MB); absent without a limit",
    read: ({ stored }) => stored?.facts.limitBytes ?? null,
  },
  {
    type: "gauge",
    name: "orchestrator_rows",
    help: "Rows by table",
    read: ({ stored }) => (stored === null ? null : by("table", stored.facts.rows)),
  },
  {
    type: "gauge",
    name: "orchestrator_text_index_behind_changes",
    help: "Changes that the index behind `q` has not read yet",
    read: ({ stored }) => stored?.unindexed ?? null,
  },
];

const SERVER: readonly MetricOf<Figures>[] = [
  {
    type: "gauge",
    name: "orchestrator_build_info",
    help: "The version that runs",
    read: ({ version }) => [[{ version }, 1]],
  },
  {
    type: "gauge",
    name: "orchestrator_uptime_seconds",
    help: "Since this server was started",
    read: ({ now, startedAt }) => (now - startedAt) / 1000,
  },
  {
    type: "histogram",
    name: "orchestrator_event_loop_delay_seconds",
    help: "How late the one thread came to what was due, measured twenty times a second",
    read: ({ eventLoopSeconds }) => eventLoopSeconds,
  },
  {
    type: "gauge",
    name: "orchestrator_heap_bytes",
    help: "Memory held for JavaScript",
    read: ({ process }) => process.heapBytes,
  },
  {
    type: "gauge",
    name: "orchestrator_heap_used_bytes",
    help: "Memory of these in use",
    read: ({ process }) => process.heapUsedBytes,
  },
];

/** Under the names that every client library gives them. */
const PROCESS: readonly MetricOf<Figures>[] = [
  {
    type: "counter",
    name: "process_cpu_user_seconds_total",
    help: "User CPU time spent in seconds",
    read: ({ process }) => process.userSeconds,
  },
  {
    type: "counter",
    name: "process_cpu_system_seconds_total",
    help: "System CPU time spent in seconds",
    read: ({ process }) => process.systemSeconds,
  },
  {
    type: "counter",
    name: "process_cpu_seconds_total",
    help: "User and system CPU time spent in seconds",
    read: ({ process: { userSeconds, systemSeconds } }) =>
      userSeconds === null || systemSeconds === null ? null : userSeconds + systemSeconds,
  },
  {
    type: "gauge",
    name: "process_start_time_seconds",
    help: "Start time of the process since the epoch in seconds",
    read: ({ process }) => process.startedAt,
  },
  {
    type: "gauge",
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes",
    read: ({ process }) => process.residentBytes,
  },
  {
    type: "gauge",
    name: "process_open_fds",
    help: "Open file descriptors (Linux)",
    read: ({ process }) => process.openFiles,
  },
  {
    type: "gauge",
    name: "process_max_fds",
    help: "Most open file descriptors (Linux)",
    read: ({ process }) => process.mostFiles,
  },
];

/** Every metric of a server. */
export const METRICS: readonly MetricOf<Figures>[] = [
  ...REQUESTS,
  ...WRITES,
  ...LIVE,
  ...INGEST,
  ...STORE,
  ...SERVER,
  ...PROCESS,
];
