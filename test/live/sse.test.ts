import { expect, test } from "bun:test";
import { insertLogs, liveApp, writeSql } from "./live-app.ts";
import { createSseStreams } from "#src/live/sse.ts";
import { createSocketStreams, socketData, type SocketData } from "#src/live/socket.ts";
import type { Feed } from "#src/live/feed.ts";
import { LIVE_LIMITS } from "#src/live/limits.ts";
import { topicOf } from "#src/live/topics.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const ALL = topicOf("events", {});

/** Both transports behind one listener, over a feed that counts who is subscribed. */
async function transports() {
  const app = await liveApp();
  let subscribed = 0;
  const feed: Feed = Object.assign(Object.create(app.feed) as Feed, {
    subscribe: (topic: typeof ALL) => {
      subscribed += 1;
      app.feed.subscribe(topic);
    },
    unsubscribe: (topic: typeof ALL) => {
      subscribed -= 1;
      app.feed.unsubscribe(topic);
    },
  });
  const counts: number[] = [];
  const deps = {
    db: app.db,
    feed,
    clock: app.clock,
    version: "0.0.0-test",
    limits: LIVE_LIMITS,
    log: app.log,
    onCount: () => void counts.push(sockets.count + sse.count),
    mayStay: () => true,
  };
  const sse = createSseStreams(deps);
  const sockets = createSocketStreams(deps);
  const server = Bun.serve<SocketData>({
    hostname: "127.0.0.1",
    port: 0,
    websocket: sockets.handler,
    fetch(request, self) {
      const data = socketData({ topic: ALL, after: 0 }, null);
      if (self.upgrade(request, { data })) return undefined;
      return new Response(sse.open({ topic: ALL, after: 0 }, null), {
        headers: { "Content-Type": "text/event-stream" },
      });
    },
  });
  sockets.attach(server);
  return {
    app,
    url: server.url.origin,
    counts,
    sse,
    sockets,
    get subscribed() {
      return subscribed;
    },
    async [Symbol.asyncDispose]() {
      sockets.close();
      sse.close();
      await server.stop(true);
      await app[Symbol.asyncDispose]();
    },
  };
}

test("a stream that is left is released: its subscription, its place and the close watch of the file", async () => {
  await using live = await transports();
  const socket = await openSocket(live.url, "/");
  const stream = await openSse(live.url, "/");
  await until("both to be live", () => live.subscribed === 2);
  expect(live.counts.at(-1)).toBe(2);
  await stream[Symbol.asyncDispose]();
  await until("the stream to be released", () => live.subscribed === 1);
  expect([live.sse.count, live.counts.at(-1)]).toEqual([0, 1]);
  await socket[Symbol.asyncDispose]();
  await until("the socket to be released", () => live.subscribed === 0);
  expect([live.sockets.count, live.counts.at(-1)]).toEqual([0, 0]);
  await live.app.sql(insertLogs(3));
});

test("a stream that is left during its replay is released", async () => {
  await using live = await transports();
  writeSql(live.app.path, insertLogs(20_000));
  const clients = [await openSocket(live.url, "/"), await openSse(live.url, "/")];
  for (const client of clients) {
    await client.next("some of the replay", ({ seq }) => seq === 10);
    client.close();
  }
  await until("both to be released", () => live.sockets.count + live.sse.count === 0);
  expect(live.counts.at(-1)).toBe(0);
  await live.app.sql(insertLogs(1));
  expect(live.subscribed).toBe(0);
});

test("closing ends every stream: sockets with 1012, SSE streams at the end of a frame", async () => {
  await using live = await transports();
  await using socket = await openSocket(live.url, "/");
  await using stream = await openSse(live.url, "/");
  await until("both to be live", () => live.subscribed === 2);
  live.sockets.close();
  live.sse.close();
  expect(await socket.ended()).toBe(1012);
  await until("the stream to end", () => stream.ended);
  await until("both to be released", () => live.subscribed === 0);
  expect(stream.frames).toMatchObject([{ type: "hello" }]);
});

test("an SSE stream over the server: headers, ids of changes and bookmarks, none on `hello`", async () => {
  await using server = await testServer(undefined, { limits: { bookmarkMs: 20 } });
  writeSql(server.path, insertLogs(2));
  await using stream = await openSse(server.url, "/api/events?after=0");
  await using socket = await openSocket(server.url, "/ws/events");
  expect(stream.status).toBe(200);
  expect(stream.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
  expect(stream.headers.get("Cache-Control")).toBe("no-store");
  expect(stream.headers.get("X-Request-Id")).toBeTruthy();
  expect(await stream.next("a bookmark", ({ type }) => type === "bookmark")).toMatchObject({
    seq: 2,
    lastEventId: "2",
  });
  expect(await socket.next("a bookmark", ({ type }) => type === "bookmark")).toMatchObject({ seq: 2 });
  expect(stream.frames.slice(0, 3)).toMatchObject([
    { type: "hello", seq: 0, lastEventId: null },
    { type: "system_log.created", seq: 1, lastEventId: "1" },
    { type: "system_log.created", seq: 2, lastEventId: "2" },
  ]);
  await using again = await openSse(server.url, "/api/events", { "Last-Event-ID": "1" });
  expect(await again.next("the replay", ({ seq, type }) => type === "system_log.created" && seq === 2)).toBeTruthy();
  expect(again.frames[0]).toMatchObject({ type: "hello", seq: 1 });
});
