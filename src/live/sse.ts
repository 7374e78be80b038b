import type { Log } from "#src/platform/log.ts";
import type { Frame } from "./frames.ts";
import { type JoinDeps, joinFeed, type Outlet, type StreamRequest } from "./join.ts";
import { AHEAD_BYTES, type LiveLimits } from "./limits.ts";
import type { Topic } from "./topics.ts";

const encoder = new TextEncoder();

/** All open SSE streams. */
export type SseStreams = {
  /** How many streams are open. */
  readonly count: number;
  /** The body of an answer of type `text/event-stream`. */
  open(request: StreamRequest): ReadableStream<Uint8Array>;
  /** Ends every stream. */
  close(): void;
};

type Stream = {
  readonly outlet: Outlet;
  readonly write: (bytes: Uint8Array) => void;
  readonly sweep: (now: number) => void;
  readonly end: () => void;
  topic: Topic | null;
};

/** Server-sent events: each frame is one `data:` line with the same JSON as on the socket, encoded once per topic. */
export function createSseStreams(deps: JoinDeps & { readonly log: Log; readonly onCount: () => void }): SseStreams {
  const streams = new Set<Stream>();
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
      for (const stream of live) stream.end();
    },
  });

  const sweep = setInterval(() => {
    const now = performance.now();
    for (const stream of streams) stream.sweep(now);
  }, deps.limits.sweepMs);

  function subscribe(stream: Stream, topic: Topic): void {
    stream.topic = topic;
    deps.feed.subscribe(topic);
    byTopic.set(topic.name, (byTopic.get(topic.name) ?? new Set()).add(stream));
  }

  function remove(stream: Stream): void {
    if (!streams.delete(stream)) return;
    deps.onCount();
    if (stream.topic === null) return;
    deps.feed.unsubscribe(stream.topic);
    const others = byTopic.get(stream.topic.name);
    others?.delete(stream);
    if (others?.size === 0) byTopic.delete(stream.topic.name);
  }

  function open(request: StreamRequest): ReadableStream<Uint8Array> {
    if (isClosing) return new ReadableStream({ start: (controller) => controller.close() });
    let stream: Stream;
    let onPull = () => {};
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          stream = createStream(controller, deps.limits, {
            subscribe: (topic) => subscribe(stream, topic),
            remove: () => remove(stream),
            onPull: (listener) => {
              onPull = listener;
            },
          });
          streams.add(stream);
          deps.onCount();
          joinFeed(deps, stream.outlet, request).catch((error: unknown) => {
            deps.log.error("a stream could not be opened", { error });
            stream.end();
          });
        },
        pull: () => onPull(),
        cancel: () => stream.end(),
      },
      { highWaterMark: AHEAD_BYTES, size: (bytes) => bytes?.byteLength ?? 0 },
    );
  }

  return {
    get count() {
      return streams.size;
    },
    open,
    close() {
      isClosing = true;
      clearInterval(sweep);
      for (const stream of streams) stream.end();
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
  readonly remove: () => void;
  readonly onPull: (listener: () => void) => void;
};

function createStream(
  controller: ReadableStreamDefaultController<Uint8Array>,
  limits: LiveLimits,
  hooks: Hooks,
): Stream {
  let closed = false;
  let wasBehind = false;
  let unread: { readonly since: number; readonly queued: number; readonly resume: () => void } | null = null;

  function resume(): void {
    unread?.resume();
    unread = null;
  }

  function finish(stop: () => void): void {
    if (closed) return;
    closed = true;
    try {
      stop();
    } catch {
      // The client closed it already.
    }
    resume();
    hooks.remove();
  }

  const end = () => finish(() => controller.close());
  // Drops what is queued: a reader that stopped would never take it. Bun would print an error given here.
  const abort = () => finish(() => controller.error());
  const queued = () => -(controller.desiredSize ?? 0);

  function write(bytes: Uint8Array): void {
    if (!closed) controller.enqueue(bytes);
  }

  hooks.onPull(resume);
  return {
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
      endStale: end,
    },
  };
}
