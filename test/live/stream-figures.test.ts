import { expect, test } from "bun:test";
import { createSocketStreams, type SocketData, socketData } from "#src/live/socket.ts";
import { createSseStreams } from "#src/live/sse.ts";
import { LIVE_LIMITS } from "#src/live/limits.ts";
import { topicOf } from "#src/live/topics.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { until } from "#test/support/until.ts";
import { liveApp } from "./live-app.ts";

/** Both kinds of streams, of clients that may stay as long as they are let. */
async function streams() {
  const app = await liveApp();
  const allowed = { all: true };
  const deps = {
    db: app.db,
    feed: app.feed,
    clock: app.clock,
    version: "0.0.0-test",
    limits: LIVE_LIMITS,
    log: app.log,
    onCount() {},
    mayStay: () => allowed.all,
  };
  const kinds = { websocket: createSocketStreams(deps), sse: createSseStreams(deps) };
  const request = { topic: topicOf("events", {}) };
  const server = Bun.serve<SocketData>({
    hostname: "127.0.0.1",
    port: 0,
    websocket: kinds.websocket.handler,
    fetch(asked, self) {
      if (self.upgrade(asked, { data: socketData(request, null) })) return undefined;
      return new Response(kinds.sse.open(request, null), { headers: { "Content-Type": "text/event-stream" } });
    },
  });
  kinds.websocket.attach(server);
  return {
    kinds,
    allowed,
    url: server.url.origin,
    async [Symbol.asyncDispose]() {
      kinds.websocket.close();
      kinds.sse.close();
      await server.stop(true);
      app.feed.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

const NONE = { client: 0, slow: 0, stale: 0, restart: 0, token: 0, error: 0 };

for (const [kind, open] of [
  ["websocket", openSocket],
  ["sse", openSse],
] as const) {
  test(`${kind}: what is closed for its token, and at the end, is counted as that`, async () => {
    await using on = await streams();
    const { figures } = on.kinds[kind];
    await using revoked = await open(on.url, "/");
    await revoked.next("hello", ({ type }) => type === "hello");
    on.allowed.all = false;
    on.kinds[kind].recheck();
    await until("its end", () => figures.ended.token === 1);
    on.allowed.all = true;
    await using last = await open(on.url, "/");
    await last.next("hello", ({ type }) => type === "hello");
    on.kinds[kind].close();
    await until("the end", () => figures.ended.restart === 1);
    expect(figures).toMatchObject({ opened: 2, ended: { ...NONE, token: 1, restart: 1 } });
  });
}
