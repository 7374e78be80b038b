import type { Json } from "#test/support/json.ts";
import { createClient } from "#src/client/client.ts";

/** A frame of a change as it came. */
export type Frame = { readonly type: string; readonly seq: number; readonly [field: string]: Json };

/** One row of `changes`, as far as it tells who is shown it. */
export type ChangeRow = {
  readonly seq: number;
  readonly entity: string;
  readonly op: string;
  readonly id: string | number;
};

/** A consumer of the feed that goes on after every crash where it was, with its cursor and its feed. */
export type Stream = {
  readonly name: string;
  readonly shows: (row: ChangeRow) => boolean;
  /** Whether a frame holds only what `/ws/agent-status` shows. */
  readonly isSummary: boolean;
  /** What came since somebody last emptied it. */
  readonly frames: Frame[];
  /** Every frame that must not be: out of order, doubled, of another feed, `stale`. */
  readonly faults: string[];
  readonly connections: number;
  /** Goes on at this address as soon as the connection before is down. */
  connect(url: string): void;
  close(): Promise<void>;
};

/** Reads one connection: calls `take` for every frame, resolves when it is down. */
type Connect = (url: string, path: string, take: (frame: Frame) => void, signal: AbortSignal) => Promise<void>;

type Kind = Pick<Stream, "name" | "shows"> & { readonly path: string; readonly connect: Connect };

const isAgent = ({ entity }: ChangeRow) => entity === "agent";

const KINDS: readonly Kind[] = [
  { name: "a socket", path: "/ws/events", shows: () => true, connect: overSocket },
  { name: "another socket", path: "/ws/events", shows: () => true, connect: overSocket },
  {
    name: "a socket of agents and prompts",
    path: "/ws/events?types=agent,prompt",
    shows: ({ entity }) => entity === "agent" || entity === "prompt",
    connect: overSocket,
  },
  { name: "the status socket", path: "/ws/agent-status", shows: isAgent, connect: overSocket },
  { name: "an event stream", path: "/api/events", shows: () => true, connect: overSse },
];

export function createStreams(): Stream[] {
  return [...KINDS.map(resuming), watching()];
}

/** Cursor, order and feed of a stream, whatever brings its frames. */
function createCursor() {
  const frames: Frame[] = [];
  const faults: string[] = [];
  let feed: string | null = null;
  let seq = 0;
  return {
    frames,
    faults,
    get seq() {
      return seq;
    },
    get feed() {
      return feed;
    },
    hello(of: string, at: number): void {
      if (at < seq || (feed !== null && feed !== of)) faults.push(`hello of ${of} at ${at}, not of ${feed} at ${seq}`);
      feed = of;
    },
    bookmark(at: number): void {
      if (at < seq) faults.push(`a bookmark at ${at} behind ${seq}`);
      seq = at;
    },
    take(frame: Frame): void {
      if (frame.type === "stale" || frame["snapshot"] === true) faults.push(JSON.stringify(frame));
      if (frame.seq <= seq) faults.push(`${frame.type} ${frame.seq} after ${seq}`);
      seq = frame.seq;
      frames.push(frame);
    },
  };
}

/** Reads frames by hand. */
function resuming({ name, path, shows, connect }: Kind): Stream {
  const cursor = createCursor();
  const over = new AbortController();
  let connections = 0;
  let down: Promise<void> = Promise.resolve();

  function take(frame: Frame): void {
    if (frame.type === "hello") {
      connections += 1;
      if (frame.seq !== cursor.seq) cursor.faults.push(`asked for ${cursor.seq}, hello says ${frame.seq}`);
      cursor.hello(frame["feed"], frame.seq);
    } else if (frame.type === "bookmark") cursor.bookmark(frame.seq);
    else cursor.take(frame);
  }

  async function goOn(url: string, before: Promise<void>): Promise<void> {
    await before;
    const resume = `after=${cursor.seq}${cursor.feed === null ? "" : `&feed=${cursor.feed}`}`;
    await connect(url, `${path}${path.includes("?") ? "&" : "?"}${resume}`, take, over.signal);
  }

  return {
    name,
    shows,
    isSummary: path === "/ws/agent-status",
    frames: cursor.frames,
    faults: cursor.faults,
    get connections() {
      return connections;
    },
    connect(url) {
      down = goOn(url, down);
    },
    async close() {
      over.abort();
      await down;
    },
  };
}

/** The typed client's own watch, which comes back by itself as long as the address is the same. */
function watching(): Stream {
  const cursor = createCursor();
  let connections = 0;
  let url: string | null = null;
  let current = new AbortController();
  let down: Promise<void> = Promise.resolve();

  async function watch(before: Promise<void>, signal: AbortSignal): Promise<void> {
    await before;
    const feed = cursor.feed ?? undefined;
    const client = createClient({ url: url! });
    for await (const event of client.watch({ after: cursor.seq, feed, signal, retryDelayMs: () => 5 })) {
      if (event.type === "connected") {
        connections += 1;
        cursor.hello(event.feed, event.seq);
      } else if (event.type !== "disconnected") cursor.take(event as unknown as Frame);
    }
  }

  async function close(): Promise<void> {
    current.abort();
    await down;
  }

  return {
    name: "a watch of the client",
    shows: () => true,
    isSummary: false,
    frames: cursor.frames,
    faults: cursor.faults,
    get connections() {
      return connections;
    },
    connect(at) {
      if (at === url) return;
      current.abort();
      current = new AbortController();
      url = at;
      down = watch(down, current.signal).catch((error: unknown) => void cursor.faults.push(String(error)));
    },
    close,
  };
}

function overSocket(url: string, path: string, take: (frame: Frame) => void, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = new WebSocket(url.replace("http", "ws") + path);
  const close = () => socket.terminate();
  socket.onmessage = ({ data }) => take(JSON.parse(String(data)));
  socket.onerror = () => {};
  socket.onclose = () => {
    signal.removeEventListener("abort", close);
    resolve();
  };
  signal.addEventListener("abort", close);
  return promise;
}

async function overSse(url: string, path: string, take: (frame: Frame) => void, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    const response = await fetch(url + path, { headers: { Accept: "text/event-stream" }, signal });
    for await (const chunk of response.body!) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) take(JSON.parse(block.slice(block.indexOf("data: ") + 6)));
    }
  } catch {
    // Killed: the connection broke.
  }
}

/** Everything behind `after` up to `head`, by a socket of its own that is read once. */
export function replay(url: string, after: number, head: number): Promise<Frame[]> {
  const { promise, resolve } = Promise.withResolvers<Frame[]>();
  const frames: Frame[] = [];
  const over = new AbortController();
  if (after >= head) return Promise.resolve(frames);
  const take = (frame: Frame) => {
    if (frame.type !== "hello" && frame.type !== "bookmark" && frame.seq <= head) frames.push(frame);
    if (frame.type !== "hello" && frame.seq >= head) over.abort();
  };
  void overSocket(url, `/ws/events?after=${after}`, take, over.signal).then(() => resolve(frames));
  return promise;
}
