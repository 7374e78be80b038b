import type { Principal } from "#src/domain/token.ts";
import { seldom } from "#src/platform/seldom.ts";
import { type EndReason, newStreamFigures, type StreamFigures } from "./figures.ts";
import type { Frame } from "./frames.ts";
import { joinFeed, type Outlet, type StreamRequest } from "./join.ts";
import { AHEAD_BYTES, type LiveLimits } from "./limits.ts";
import type { StreamDeps } from "./socket.ts";
import type { Topic } from "./topics.ts";

const encoder = new TextEncoder();

/** All open SSE streams. */
export type SseStreams = {
  /** How many streams are open. */
  readonly count: number;
  readonly figures: StreamFigures;
  /** The body of an answer of type `text/event-stream`. */
  open(request: StreamRequest, principal: Principal | null): ReadableStream<Uint8Array>;
  /** Ends those that may no longer be open; done with every sweep too. */
  recheck(): void;
  /** Ends every stream. */
  close(): void;
};

type Stream = {
  readonly outlet: Outlet;
  readonly write: (bytes: Uint8Array) => void;
  readonly sweep: (now: number) => void;
  readonly end: (reason: EndReason) => void;
  /** Who opened it; null for nobody in particular. */
  readonly principal: Principal | null;
  topic: Topic | null;
};

/** Server-sent events: each frame is one `data:` line with the same JSON as on the socket, encoded once per topic. */
export function createSseStreams(deps: StreamDeps): SseStreams {
  const streams = new Set<Stream>();
  const figures = newStreamFigures();
  const log = seldom(deps.log);
  let isClosing = false;
  const byTopic = new Map<string, Set<Stream>>();

  deps.feed.addTransport({
    publish: (topic, frame) => writeTo(byTopic.get(topic), frame),
    publishToAll(frame) {
      const live = [...streams].filter((stream) => stream.topic !== null);
      writeTo(live, frame);
    },
    endStale(frame) {
      const live = [...streams].filter((stream) => stream.topic !== null);
      writeTo(live, frame);
      for (const stream of live) stream.end("stale");
    },
    endDamaged() {
      for (const stream of streams) if (stream.topic !== null) stream.end("error");
    },
  });

  function recheck(): void {
    for (const stream of streams) if (!deps.mayStay(stream.principal)) stream.end("token");
  }

  const sweep = setInterval(() => {
    recheck();
    const now = performance.now();
    for (const stream of streams) stream.sweep(now);
  }, deps.limits.sweepMs);

  function subscribe(stream: Stream, topic: Topic): void {
    stream.topic = topic;
    deps.feed.subscribe(topic);
    byTopic.set(topic.name, (byTopic.get(topic.name) ?? new Set()).add(stream));
  }

  function remove(stream: Stream, reason: EndReason): void {
    if (!streams.delete(stream)) return;
    figures.ended[reason] += 1;
    deps.onCount();
    if (stream.topic === null) return;
    deps.feed.unsubscribe(stream.topic);
    const others = byTopic.get(stream.topic.name);
    others?.delete(stream);
    if (others?.size === 0) byTopic.delete(stream.topic.name);
  }

  function open(request: StreamRequest, principal: Principal | null): ReadableStream<Uint8Array> {
    if (isClosing) return new ReadableStream({ start: (controller) => controller.close() });
    let stream: Stream;
    let onPull = () => {};
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          stream = createStream(controller, deps.limits, principal, {
            subscribe: (topic) => subscribe(stream, topic),
            remove: (reason) => remove(stream, reason),
            onPull: (listener) => {
              onPull = listener;
            },
          });
          streams.add(stream);
          deps.onCount();
          figures.opened += 1;
          figures.replaying += 1;
          joinFeed(deps, stream.outlet, request)
            .catch((error: unknown) => {
              log.error("a stream could not be opened", { error });
              stream.end("error");
            })
            .finally(() => (figures.replaying -= 1));
        },
        pull: () => onPull(),
        cancel: () => stream.end("client"),
      },
      { highWaterMark: AHEAD_BYTES, size: (bytes) => bytes?.byteLength ?? 0 },
    );
  }

  return {
    get count() {
      return streams.size;
    },
    figures,
    open,
    recheck,
    close() {
      isClosing = true;
      clearInterval(sweep);
      for (const stream of streams) stream.end("restart");
    },
  };
}

function writeTo(streams: Iterable<Stream> | undefined, frame: Frame): void {
  if (streams === undefined) return;
  const bytes = encode(frame);
  for (const stream of streams) stream.write(bytes);
}

function encode(...frames: readonly Frame[]): Uint8Array {
  return encoder.encode(
    frames.map(({ seq, text }) => `${seq === null ? "" : `id: ${seq}\n`}data: ${text}\n\n`).join(""),
  );
}

type Hooks = {
  readonly subscribe: (topic: Topic) => void;
  readonly remove: (reason: EndReason) => void;
  readonly onPull: (listener: () => void) => void;
};

function createStream(
  controller: ReadableStreamDefaultController<Uint8Array>,
  limits: LiveLimits,
  principal: Principal | null,
  hooks: Hooks,
): Stream {
  let closed = false;
  let wasBehind = false;
  let unread: { readonly since: number; readonly queued: number; readonly resume: () => void } | null = null;

  function resume(): void {
    unread?.resume();
    unread = null;
  }

  function finish(reason: EndReason, stop: () => void): void {
    if (closed) return;
    closed = true;
    try {
      stop();
    } catch {
      // The client closed it already.
    }
    resume();
    hooks.remove(reason);
  }

  const end = (reason: EndReason) => finish(reason, () => controller.close());
  // Drops what is queued: a reader that stopped would never take it. Bun would print an error given here.
  const abort = () => finish("slow", () => controller.error());
  const queued = () => -(controller.desiredSize ?? 0);

  function write(bytes: Uint8Array): void {
    if (!closed) controller.enqueue(bytes);
  }

  hooks.onPull(resume);
  return {
    principal,
    topic: null,
    write,
    end,
    sweep(now) {
      const isBehind = unread === null && queued() > limits.slowBytes;
      // One burst is no slowness: only who is still behind at the next sweep cannot keep up.
      if (isBehind && wasBehind) abort();
      wasBehind = isBehind;
      if (unread === null) return;
      if (queued() < unread.queued) unread = { ...unread, since: now, queued: queued() };
      else if (now - unread.since > limits.unreadMs) abort();
    },
    outlet: {
      get closed() {
        return closed;
      },
      send: (...frames) => write(encode(...frames)),
      drained() {
        if (closed || queued() < 0) return Promise.resolve();
        const { promise, resolve } = Promise.withResolvers<void>();
        unread = { since: performance.now(), queued: queued(), resume: resolve };
        return promise;
      },
      subscribe: hooks.subscribe,
      endStale: () => end("stale"),
    },
  };
}
