import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parseExposition, valueOf } from "#test/support/exposition.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { definition, systemLog } from "#test/support/given.ts";
import { openRawSocket, openRawSse } from "#test/support/raw-reader.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

async function scrape(server: Pick<TestServer, "call">) {
  const { status, body } = await server.call("GET", "/metrics");
  expect(status).toBe(200);
  return parseExposition(body as unknown as string);
}

/** Waits until a sample is as it should be. */
function shows(server: Pick<TestServer, "call">, sample: string, passes: (value: number) => boolean) {
  return until(`${sample} to be as it should`, async () => passes(valueOf(await scrape(server), sample)));
}

const post = (server: Pick<TestServer, "call">) => server.call("POST", "/api/system/logs", systemLog().body);

test("the exposition is what a strict reader takes, with everything explained", async () => {
  await using server = await testServer();
  await post(server);
  const { headers, body } = await server.call("GET", "/metrics");
  expect(headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  for (const { name, type, help } of parseExposition(body as unknown as string).values()) {
    expect(name).toMatch(/^(orchestrator|process)_/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_(seconds|writes)$/);
    expect(help.length, name).toBeGreaterThan(10);
  }
});

test("what agents report is counted by source", async () => {
  await using app = await testApp();
  const event = { session_id: "s1", hook_event_name: "UserPromptSubmit", prompt: "hello" };
  for (const name of ["UserPromptSubmit", "Unheard"]) {
    await app.call("POST", "/ingest/hooks/claude-code", { ...event, hook_event_name: name });
  }
  const families = await scrape(app);
  expect(valueOf(families, 'orchestrator_ingest_reports_total{source="claude"}')).toBe(1);
  expect(valueOf(families, 'orchestrator_ingest_unread_total{source="claude"}')).toBe(1);
  expect(valueOf(families, "orchestrator_ingest_waiting")).toBe(0);
});

describe("invariant: nothing that a client makes up becomes a label", () => {
  test("a route is shown as its pattern, any other path as `unmatched`, any other method as `other`", async () => {
    await using app = await testApp();
    for (const path of ["/api/agents/a", '/api/agents/"b"', "/nope/c", "/nope/d", "/api/agents"]) await app.raw(path);
    await app.call("HEAD", "/api/agents/a");
    await app.call("PUT", "/api/agents");
    await app.call("PROPFIND", "/api/agents");
    await app.call("MKCOL", "/api/agents");
    const { samples } = (await scrape(app)).get("orchestrator_http_requests_total")!;
    const counted = (method: string, route: string, status: number) =>
      samples.get(`orchestrator_http_requests_total{method="${method}",route="${route}",status="${status}"}`);
    expect(counted("GET", "/api/agents/{id}", 404)).toBe(2);
    expect(counted("HEAD", "/api/agents/{id}", 404)).toBe(1);
    expect(counted("GET", "/api/agents", 200)).toBe(1);
    expect(counted("GET", "unmatched", 404)).toBe(2);
    expect(counted("PUT", "unmatched", 405)).toBe(1);
    expect(counted("other", "unmatched", 405)).toBe(2);
    expect(samples.size).toBe(6);
  });

  test("every kind of route is known by its pattern", async () => {
    await using app = await testApp();
    const paths = [
      "/",
      "/health",
      "/docs",
      "/openapi.json",
      "/ws/events",
      "/problems/{code}",
      "/api/runtime/logs/agent/{agent_id}",
    ];
    for (const path of paths) await app.raw(path.replace(/\{\w+\}/, "x"));
    const { samples } = (await scrape(app)).get("orchestrator_http_requests_total")!;
    const routes = [...samples.keys()].map((key) => /route="([^"]+)"/.exec(key)![1]);
    expect(routes.toSorted()).toEqual(paths.toSorted());
  });
});

test("a request moves its count, its duration and what is in flight; a refused one is counted by its status", async () => {
  await using server = await testServer();
  await server.call("GET", "/api/agents?nope=1");
  await server.call("GET", "/api/agents");
  const figures = await scrape(server);
  const labels = (status: number) => `{method="GET",route="/api/agents",status="${status}"}`;
  expect(valueOf(figures, `orchestrator_http_requests_total${labels(422)}`)).toBe(1);
  expect(valueOf(figures, `orchestrator_http_requests_total${labels(200)}`)).toBe(1);
  const duration = "orchestrator_http_request_duration_seconds";
  expect(valueOf(figures, `${duration}_count{method="GET",route="/api/agents"}`)).toBe(2);
  expect(valueOf(figures, `${duration}_sum{method="GET",route="/api/agents"}`)).toBeGreaterThan(0);
  expect(valueOf(figures, "orchestrator_http_requests_in_flight")).toBe(1);
});

test("writes that come together are one batch: its size, its time, the feed's head and the rows", async () => {
  await using server = await testServer();
  await Promise.all(Array.from({ length: 20 }, () => post(server)));
  await shows(server, "orchestrator_text_index_behind_changes", (behind) => behind === 0);
  const figures = await scrape(server);
  const value = (name: string) => valueOf(figures, `orchestrator_${name}`);
  expect(value("commit_batch_writes_sum")).toBeGreaterThanOrEqual(20);
  expect(value("commit_batch_writes_count")).toBeLessThan(value("commit_batch_writes_sum"));
  expect(value("commit_duration_seconds_count")).toBe(value("commit_batch_writes_count"));
  expect(value("commit_duration_seconds_sum")).toBeGreaterThan(0);
  expect(value("feed_head_seq")).toBe(20);
  expect(value('rows{table="system_logs"}')).toBe(20);
  expect(value("database_up")).toBe(1);
});

test("another process holds the lock a moment: the write is tried again, and the queue shows that it waits", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  await other.run("begin immediate");
  const waiting = post(server);
  await shows(server, "orchestrator_busy_retries_total", (retries) => retries > 0);
  expect(valueOf(await scrape(server), 'orchestrator_write_queue_depth{line="small"}')).toBe(1);
  await other.run("commit");
  expect((await waiting).status).toBe(201);
  const figures = await scrape(server);
  expect(valueOf(figures, 'orchestrator_write_queue_depth{line="small"}')).toBe(0);
  expect(valueOf(figures, 'orchestrator_writes_refused_total{reason="busy"}')).toBe(0);
});

test("the write-ahead log grows with what is written, and is copied when it is quiet", async () => {
  await using server = await testServer();
  const before = valueOf(await scrape(server), "orchestrator_database_wal_bytes");
  for (const message of ["x", "y", "z"]) {
    await server.call("POST", "/api/system/logs", { component: "c", message: message.repeat(200_000) });
  }
  const after = await scrape(server);
  expect(valueOf(after, "orchestrator_database_wal_bytes")).toBeGreaterThan(before + 600_000);
  expect(valueOf(after, "orchestrator_database_bytes")).toBeGreaterThan(0);
  await shows(server, "orchestrator_checkpoint_duration_seconds_count", (count) => count > 0);
});

describe("streams", () => {
  const KINDS = [
    { kind: "websocket", route: "/ws/events", status: 101, open: openSocket, raw: openRawSocket, path: "/ws/events" },
    { kind: "sse", route: "/api/events", status: 200, open: openSse, raw: openRawSse, path: "/api/events" },
  ] as const;

  for (const { kind, route, status, open, raw, path } of KINDS) {
    const closed = (reason: string) => `orchestrator_streams_closed_total{kind="${kind}",reason="${reason}"}`;

    test(`${kind}: opened, published to, and left`, async () => {
      await using server = await testServer();
      await using stream = await open(server.url, path);
      await stream.next("hello", ({ type }) => type === "hello");
      await shows(server, `orchestrator_streams_replaying{kind="${kind}"}`, (count) => count === 0);
      await post(server);
      await stream.next("the log", ({ type }) => type === "system_log.created");
      const figures = await scrape(server);
      expect(valueOf(figures, `orchestrator_streams_open{kind="${kind}"}`)).toBe(1);
      expect(valueOf(figures, `orchestrator_streams_opened_total{kind="${kind}"}`)).toBe(1);
      expect(valueOf(figures, "orchestrator_feed_changes_published_total")).toBe(1);
      expect(valueOf(figures, "orchestrator_feed_lag_changes")).toBe(0);
      const answered = `{method="GET",route="${route}",status="${status}"}`;
      expect(valueOf(figures, `orchestrator_http_requests_total${answered}`)).toBe(1);
      expect(valueOf(figures, "orchestrator_http_requests_in_flight"), "a stream is answered").toBe(1);
      stream.close();
      await shows(server, closed("client"), (count) => count === 1);
      expect(valueOf(await scrape(server), `orchestrator_streams_open{kind="${kind}"}`)).toBe(0);
    });

    test(`${kind}: a consumer that reads nothing is closed as slow, a cursor from nowhere as stale`, async () => {
      const limits = { sweepMs: 5, unreadMs: 50 };
      await using server = await testServer(undefined, { limits });
      await using other = await openForeignWriter(server.path);
      await other.run(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
        insert into system_logs (component, message) select 'bulk', hex(randomblob(900)) from n`);
      await using reader = await raw(server.url, `${path}?after=0`);
      reader.pause();
      await shows(server, closed("slow"), (count) => count === 1);
      await using stale = await open(server.url, `${path}?after=999999`);
      await stale.next("stale", ({ type }) => type === "stale");
      await shows(server, closed("stale"), (count) => count === 1);
    });
  }
});

test("what is written while the feed is behind shows as its lag, in changes and in seconds", async () => {
  const feed = { publishedSeq: 1, hasListeners: true, isFailing: false, published: 1 };
  const none = {
    opened: 0,
    open: 0,
    replaying: 0,
    ended: { client: 0, slow: 0, stale: 0, restart: 0, token: 0, error: 0 },
    messages: { stored: 0, refused: 0, malformed: 0, ignored: 0 },
  };
  // The file's own triggers tell when a change was written.
  const clock = () => Date.now() + 60_000;
  await using app = await testApp({ clock, liveFigures: () => ({ feed, streams: { websocket: none, sse: none } }) });
  for (let written = 0; written < 3; written += 1) await post(app);
  const figures = await scrape(app);
  expect(valueOf(figures, "orchestrator_feed_lag_changes")).toBe(2);
  expect(valueOf(figures, "orchestrator_feed_lag_seconds")).toBeGreaterThan(0);
  feed.hasListeners = false;
  expect(valueOf(await scrape(app), "orchestrator_feed_lag_changes"), "nobody waits for it").toBe(0);
});

test("a store that cannot be read hides nothing else", async () => {
  await using whole = await testApp();
  const state = async () => {
    throw new Error("the disk is gone");
  };
  const db = { ...whole.db, changes: { ...whole.db.changes, state } };
  await using app = await testApp({ db });
  const figures = await scrape(app);
  expect(valueOf(figures, "orchestrator_database_up")).toBe(0);
  expect(figures.get("orchestrator_database_bytes")!.samples.size).toBe(0);
  expect(valueOf(figures, "orchestrator_commit_batch_writes_count")).toBe(0);
  expect(app.log.lines).toMatchObject([{ level: "warn", message: "the store cannot be read for its metrics" }]);
});

test("two servers in one process share no figure but the process's own", async () => {
  await using one = await testServer();
  await using two = await testServer();
  await one.call("POST", "/api/agents", definition().body);
  const posts = '{method="POST",route="/api/agents",status="201"}';
  expect(valueOf(await scrape(one), `orchestrator_http_requests_total${posts}`)).toBe(1);
  const others = await scrape(two);
  expect(valueOf(others, `orchestrator_http_requests_total${posts}`)).toBe(0);
  expect(valueOf(others, "orchestrator_commit_batch_writes_count")).toBe(0);
});

test("the process and the server are told", async () => {
  await using server = await testServer();
  const figures = await scrape(server);
  const [build] = figures.get("orchestrator_build_info")!.samples.keys();
  expect(build).toMatch(/^orchestrator_build_info\{version="\d+\.\d+\.\d+"\}$/);
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "orchestrator_heap_used_bytes"]) {
    expect(valueOf(figures, name), name).toBeGreaterThan(0);
  }
  const started = valueOf(figures, "process_start_time_seconds");
  expect(Math.abs(Date.now() / 1000 - started)).toBeLessThan(3600);
  await shows(server, "orchestrator_event_loop_delay_seconds_count", (count) => count > 0);
  expect(valueOf(await scrape(server), "orchestrator_uptime_seconds")).toBeGreaterThan(0);
});

test("a process that has no descriptor left is scraped: what the system does not tell is absent, the rest is there", async () => {
  const script = join(import.meta.dir, "../support/out-of-descriptors.ts");
  const child = Bun.spawn(["sh", "-c", 'ulimit -n 100; exec "$0" "$@"', process.execPath, script], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const { status, body } = (await child.stdout.json()) as { status: number; body: string };
  expect(status).toBe(200);
  const figures = parseExposition(body);
  expect(valueOf(figures, "orchestrator_commit_batch_writes_count")).toBe(1);
  expect(valueOf(figures, "process_start_time_seconds")).toBeGreaterThan(0);
  for (const name of ["process_resident_memory_bytes", "orchestrator_heap_bytes", "process_open_fds"]) {
    expect(figures.get(name)!.samples.size, name).toBe(0);
  }
  expect(await child.exited).toBe(0);
});

test("after `stop` nothing that was started for the figures keeps the process alive", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../support/scraped-server.ts")], {
    stdout: "pipe",
    stderr: "inherit",
  });
  expect(await child.stdout.text()).toBe("200\n");
  expect(await child.exited).toBe(0);
});
