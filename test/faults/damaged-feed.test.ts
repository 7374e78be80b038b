import { describe, expect, test } from "bun:test";
import { StoreDamaged } from "#src/database/manager.ts";
import { openFeed } from "#src/live/feed.ts";
import type { Frame } from "#src/live/frames.ts";
import { LIVE_LIMITS } from "#src/live/limits.ts";
import { createSocketStreams, socketData, type SocketData } from "#src/live/socket.ts";
import { createSseStreams } from "#src/live/sse.ts";
import { topicOf } from "#src/live/topics.ts";
import { fakeStore } from "#test/live/fake-store.ts";
import { memoryLog } from "#test/support/log.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testApp } from "#test/support/test-app.ts";
import { until } from "#test/support/until.ts";

const ALL = topicOf("events", {});
const damaged = () => {
  throw new StoreDamaged("database disk image is malformed");
};

describe("damaged page under the feed:", () => {
  test("those who listen are ended, once; the feed goes on behind the damage, and does not spin", async () => {
    const store = fakeStore();
    const log = memoryLog();
    const feed = await openFeed(store, log);
    const published: Frame[] = [];
    let ended = 0;
    feed.addTransport({
      publish: (_topic, frame) => void published.push(frame),
      publishToAll() {},
      endStale() {},
      endDamaged: () => void (ended += 1),
    });
    feed.subscribe(ALL);
    store.commit({});
    await feed.reached(1);
    store.beforePage = damaged;
    store.commit({}, {});
    await feed.reached(3);
    expect({ ended, seqs: published.map(({ seq }) => seq), failing: feed.figures.isFailing }).toEqual({
      ended: 1,
      seqs: [1],
      failing: false,
    });
    store.commit({});
    await feed.reached(4);
    expect({ ended, seqs: published.map(({ seq }) => seq), pages: store.pages }).toEqual({
      ended: 1,
      seqs: [1, 4],
      pages: [0, 1, 3],
    });
    expect(log.lines).toMatchObject([{ level: "error", fields: { after: 1, head: 3 } }]);
    feed.close();
  });

  test("while it cannot be read for another reason, it says so once, and health sees it", async () => {
    const store = fakeStore();
    const log = memoryLog();
    const feed = await openFeed(store, log);
    feed.subscribe(ALL);
    let failures = 0;
    const fail = () => {
      failures += 1;
      store.beforePage = failures < 3 ? fail : null;
      throw new Error("out of order");
    };
    store.beforePage = fail;
    store.commit({});
    await until("it to fail", () => feed.figures.isFailing);
    await feed.reached(1);
    expect(failures).toBe(3);
    await until("it to be well", () => !feed.figures.isFailing);
    expect(log.lines.map(({ message }) => message)).toEqual(["the feed could not be read; trying again"]);
    feed.close();
  });

  test("a socket is closed with 1011, an SSE stream ends", async () => {
    await using app = await testApp();
    const log = memoryLog();
    let isDamaged = false;
    const changes: typeof app.db.changes = {
      ...app.db.changes,
      page: async (...args) => (isDamaged ? damaged() : app.db.changes.page(...args)),
    };
    const feed = await openFeed(changes, log);
    const deps = {
      db: app.db,
      feed,
      clock: app.clock,
      log,
      version: "0",
      limits: LIVE_LIMITS,
      onCount() {},
      mayStay: () => true,
    };
    const sockets = createSocketStreams(deps);
    const sse = createSseStreams(deps);
    await using server = Bun.serve<SocketData>({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, self) =>
        self.upgrade(request, { data: socketData({ topic: ALL }, null) })
          ? undefined
          : new Response("no upgrade", { status: 426 }),
      websocket: sockets.handler,
    });
    sockets.attach(server);
    await using socket = await openSocket(server.url.origin, "/");
    const stream = sse.open({ topic: ALL }, null);
    const ended = new Response(stream).text();
    await until("both to be live", () => feed.figures.hasListeners && socket.frames.length > 0 && sse.count === 1);
    isDamaged = true;
    await app.call("POST", "/api/system/logs", { component: "c", message: "m" });
    expect(await socket.ended()).toBe(1011);
    expect(await ended).toContain('"type":"hello"');
    expect(log.lines.map(({ message }) => message)).toEqual([
      "changes lie on a damaged page; live streams were closed",
    ]);
    sockets.close();
    sse.close();
    feed.close();
  });
});
