import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Principal } from "#src/domain/token.ts";
import type { Log } from "#src/platform/log.ts";
import { seldom } from "#src/platform/seldom.ts";
import { type EndReason, type MessageOutcome, newStreamFigures, type StreamFigures } from "./figures.ts";
import { type JoinDeps, joinFeed, type Outlet, type StreamRequest } from "./join.ts";
import { AHEAD_BYTES } from "./limits.ts";
import type { Topic } from "./topics.ts";

/** Bytes that may wait for a client at all: the last resort, of Bun itself. */
const BUN_LIMIT_BYTES = 16_000_000;
const MAX_INCOMING_BYTES = 64 * 1024;
const IDLE_S = 120;
/** What may wait of one client's messages, each with what it costs beside its text. */
const MOST_WAITING = 4_000_000;
const MESSAGE_COST = 1_000;

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

/** Takes a message of a client: resolves, never rejects, once it is stored or refused, with the frame to answer. */
export type Receive = (
  message: string | Buffer,
) => Promise<{ readonly outcome: MessageOutcome; readonly answer: string | null }>;

/** Messages in the order they came, of which the first is being taken. */
type Inbox = { readonly waiting: (string | Buffer)[]; size: number };

/** What a socket carries from its upgrade on. */
export type SocketData = {
  readonly request: StreamRequest;
  /** Null: what the client sends is ignored. */
  readonly receive: Receive | null;
  readonly inbox: Inbox;
  /** It has had something stored: from then on it is sent nothing but errors. */
  isSender: boolean;
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
  /** Resolves when every message that came before is stored or refused. */
  settled(): Promise<void>;
};

/** What a socket carries when it is upgraded. */
export function socketData(
  request: StreamRequest,
  principal: Principal | null,
  receive: Receive | null = null,
): SocketData {
  const inbox = { waiting: [], size: 0 };
  return {
    request,
    principal,
    receive,
    inbox,
    isSender: false,
    topic: null,
    closed: false,
    wasBehind: false,
    unread: null,
  };
}

/** The native WebSockets of Bun: a frame is handed to Bun once per topic, whatever the number of its subscribers. */
export function createSocketStreams(deps: StreamDeps): SocketStreams {
  const sockets = new Set<Socket>();
  const working = new Set<Promise<void>>();
  const figures = newStreamFigures();
  const log = seldom(deps.log);
  let isClosing = false;
  const { slowBytes, unreadMs, sweepMs } = deps.limits;

  function recheck(): void {
    for (const socket of sockets) {
      if (!deps.mayStay(socket.data.principal)) socket.close(CLOSE.refused, "token revoked or expired");
    }
  }

  async function takeIn(socket: Socket, receive: Receive): Promise<void> {
    const { data } = socket;
    const { inbox } = data;
    for (let message = inbox.waiting[0]; message !== undefined; message = inbox.waiting[0]) {
      const { outcome, answer } = await receive(message);
      inbox.waiting.shift();
      inbox.size -= sizeOf(message);
      figures.messages[outcome] += 1;
      if (outcome === "stored" && !data.isSender) becomeSender(socket, deps);
      // Who does not read its errors need not have all of them.
      if (answer !== null && !data.closed && socket.getBufferedAmount() <= AHEAD_BYTES) socket.sendText(answer);
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
    async settled() {
      await Promise.all(working);
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
      message(socket, message) {
        const { receive, inbox } = socket.data;
        // Elsewhere a client says everything in the address.
        if (receive === null || socket.data.closed) return;
        inbox.size += sizeOf(message);
        if (inbox.size > MOST_WAITING) {
          inbox.size -= sizeOf(message);
          socket.close(CLOSE.slow, "too many messages wait");
          return;
        }
        inbox.waiting.push(message);
        if (inbox.waiting.length > 1) return;
        const work = takeIn(socket, receive).finally(() => working.delete(work));
        working.add(work);
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

function sizeOf(message: string | Buffer): number {
  return message.length + MESSAGE_COST;
}

/**
 * Workflow processes never read: once a few frames wait unread their library answers no ping and loses the connection. So
 * who sends is shown the feed no more.
 */
function becomeSender(socket: Socket, { feed }: JoinDeps): void {
  const { data } = socket;
  data.isSender = true;
  resume(data);
  if (data.topic === null || data.closed) return;
  feed.unsubscribe(data.topic);
  socket.unsubscribe(data.topic.name);
  socket.unsubscribe(EVERYBODY);
  data.topic = null;
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
      return data.closed || data.isSender;
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
