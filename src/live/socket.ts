import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Principal } from "#src/domain/token.ts";
import type { Log } from "#src/platform/log.ts";
import { seldom } from "#src/platform/seldom.ts";
import { type EndReason, newStreamFigures, type StreamFigures } from "./figures.ts";
import { type JoinDeps, joinFeed, type Outlet, type StreamRequest } from "./join.ts";
import { AHEAD_BYTES } from "./limits.ts";
import type { Topic } from "./topics.ts";

/** Bytes that may wait for a client at all: the last resort, of Bun itself. */
const BUN_LIMIT_BYTES = 16_000_000;
const MAX_INCOMING_BYTES = 64 * 1024;
const IDLE_S = 120;

/** Close codes of this API beside those of RFC 6455. */
const CLOSE = { failed: 1011, restart: 1012, refused: 4401, slow: 4408, stale: 4410 } as const;

/** Why a socket was closed, by the code; any other: the client left, or is gone. */
const REASONS: Readonly<Record<number, EndReason>> = {
  [CLOSE.failed]: "error",
  [CLOSE.restart]: "restart",
  [CLOSE.refused]: "token",
  [CLOSE.slow]: "slow",
  [CLOSE.stale]: "stale",
};

/** Bun topic of every socket that is live: bookmarks go there. */
const EVERYBODY = "everybody";

/** What a socket carries from its upgrade on. */
export type SocketData = {
  readonly request: StreamRequest;
  /** Who opened it; null for nobody in particular. */
  readonly principal: Principal | null;
  /** Set when live. */
  topic: Topic | null;
  closed: boolean;
  /** At the last sweep. */
  wasBehind: boolean;
  /** Set while a replay waits for its reader. */
  unread: { readonly since: number; readonly resume: () => void } | null;
};

type Socket = ServerWebSocket<SocketData>;

/** What streams need: that of joining, and to know whether who opened one may still read. */
export type StreamDeps = JoinDeps & {
  readonly log: Log;
  readonly onCount: () => void;
  readonly mayStay: (principal: Principal | null) => boolean;
};

/** All open WebSockets. */
export type SocketStreams = {
  readonly handler: WebSocketHandler<SocketData>;
  /** How many sockets are open. */
  readonly count: number;
  readonly figures: StreamFigures;
  /** Begins to publish through this server. */
  attach(server: Server<SocketData>): void;
  /** Closes those that may no longer be open; done with every sweep too. */
  recheck(): void;
  /** Closes every socket with 1012 (service restart). */
  close(): void;
};

/** What a socket carries when it is upgraded. */
export function socketData(request: StreamRequest, principal: Principal | null): SocketData {
  return { request, principal, topic: null, closed: false, wasBehind: false, unread: null };
}

/** The native WebSockets of Bun: a frame is handed to Bun once per topic, whatever the number of its subscribers. */
export function createSocketStreams(deps: StreamDeps): SocketStreams {
  const sockets = new Set<Socket>();
  const figures = newStreamFigures();
  const log = seldom(deps.log);
  let isClosing = false;
  const { slowBytes, unreadMs, sweepMs } = deps.limits;

  function recheck(): void {
    for (const socket of sockets) {
      if (!deps.mayStay(socket.data.principal)) socket.close(CLOSE.refused, "token revoked or expired");
    }
  }

  const sweep = setInterval(() => {
    recheck();
    const now = performance.now();
    for (const socket of sockets) {
      const { data } = socket;
      const { topic, unread } = data;
      const isBehind = topic !== null && socket.getBufferedAmount() > slowBytes;
      // One burst is no slowness: only who is still behind at the next sweep cannot keep up.
      if (isBehind && data.wasBehind) socket.close(CLOSE.slow, "slow consumer");
      data.wasBehind = isBehind;
      if (unread !== null && now - unread.since > unreadMs) socket.close(CLOSE.slow, "replay not read");
    }
  }, sweepMs);

  return {
    get count() {
      return sockets.size;
    },
    figures,
    recheck,
    attach(server) {
      deps.feed.addTransport({
        publish: (topic, frame) => void server.publish(topic, frame.text, false),
        publishToAll: (frame) => void server.publish(EVERYBODY, frame.text, false),
        endStale(frame) {
          for (const socket of sockets) {
            if (socket.data.topic === null) continue;
            socket.sendText(frame.text);
            socket.close(CLOSE.stale, "stale");
          }
        },
        endDamaged() {
          for (const socket of sockets) if (socket.data.topic !== null) socket.close(CLOSE.failed, "feed damaged");
        },
      });
    },
    close() {
      isClosing = true;
      clearInterval(sweep);
      for (const socket of sockets) socket.close(CLOSE.restart, "service restart");
    },
    handler: {
      data: {} as SocketData,
      idleTimeout: IDLE_S,
      maxPayloadLength: MAX_INCOMING_BYTES,
      backpressureLimit: BUN_LIMIT_BYTES,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      open(socket) {
        if (isClosing) {
          socket.close(CLOSE.restart, "service restart");
          return;
        }
        sockets.add(socket);
        deps.onCount();
        figures.opened += 1;
        figures.replaying += 1;
        joinFeed(deps, outletOf(socket, deps), socket.data.request)
          .catch((error: unknown) => {
            log.error("a stream could not be opened", { error });
            socket.close(CLOSE.failed, "internal error");
          })
          .finally(() => (figures.replaying -= 1));
      },
      message() {
        // What a client sends is ignored: it says everything in the address.
      },
      drain: goOn,
      close(socket, code) {
        const { data } = socket;
        data.closed = true;
        resume(data);
        if (data.topic !== null) deps.feed.unsubscribe(data.topic);
        if (sockets.delete(socket)) figures.ended[REASONS[code] ?? "client"] += 1;
        deps.onCount();
      },
    },
  };
}

/** Bun calls it whenever a client has taken something, not only when it has taken all. */
function goOn(socket: Socket): void {
  const { data } = socket;
  if (data.unread === null) return;
  if (socket.getBufferedAmount() <= AHEAD_BYTES) resume(data);
  else data.unread = { ...data.unread, since: performance.now() };
}

function resume(data: SocketData): void {
  data.unread?.resume();
  data.unread = null;
}

function outletOf(socket: Socket, { feed }: JoinDeps): Outlet {
  const { data } = socket;
  return {
    get closed() {
      return data.closed;
    },
    send(...frames) {
      socket.cork(() => {
        for (const { text } of frames) socket.sendText(text);
      });
    },
    drained() {
      if (data.closed || socket.getBufferedAmount() <= AHEAD_BYTES) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      data.unread = { since: performance.now(), resume: resolve };
      return promise;
    },
    subscribe(topic) {
      data.topic = topic;
      feed.subscribe(topic);
      socket.subscribe(topic.name);
      socket.subscribe(EVERYBODY);
    },
    endStale: () => socket.close(CLOSE.stale, "stale"),
  };
}
