import { expect } from "bun:test";
import type { Random } from "#test/support/random.ts";

/** A frame as it is parsed. */
export type LiveFrame = { readonly type: string; readonly seq: number; readonly [field: string]: unknown };

export type WatcherOptions = {
  readonly url: string;
  readonly path: string;
  readonly transport: "socket" | "sse";
  /** Where it begins; null begins without `after`. */
  readonly after: number | null;
  readonly feed: string;
  readonly random: Random;
  /** Called for every frame that is no control frame, in order. */
  readonly onFrame: (frame: LiveFrame) => void;
};

/** A client that drops its connection after some frames and comes back with its cursor, again and again. */
export type Watcher = {
  /** Every change it was shown, over all its connections. */
  readonly seqs: number[];
  readonly connections: number;
  /** Where its first connection began. */
  readonly start: number;
  /** From now on it ends as soon as it knows everything up to here. */
  finishAt(head: number): void;
  readonly finished: Promise<void>;
};

export function startWatcher(options: WatcherOptions): Watcher {
  const { random, feed, onFrame } = options;
  const seqs: number[] = [];
  let cursor = options.after;
  let start = options.after ?? -1;
  let target = Number.POSITIVE_INFINITY;
  let connections = 0;

  /** Takes one frame; only what it takes counts as received. */
  function take(frame: LiveFrame): void {
    if (frame.type === "stale") throw new Error(`stale: ${JSON.stringify(frame)}`);
    if (frame.type === "hello") {
      expect({ seq: frame.seq, feed: frame["feed"] }).toEqual({ seq: cursor ?? frame.seq, feed });
      if (start === -1) start = frame.seq;
    } else if (frame.type === "bookmark" || frame["snapshot"] === true) {
      expect(frame.seq).toBeGreaterThanOrEqual(cursor!);
      if (frame.type !== "bookmark") onFrame(frame);
    } else {
      expect(frame.seq).toBeGreaterThan(cursor!);
      seqs.push(frame.seq);
      onFrame(frame);
    }
    cursor = frame.seq;
  }

  async function run(): Promise<void> {
    const isDone = () => cursor !== null && cursor >= target;
    while (!isDone()) {
      connections += 1;
      let left = 2 + random.below(60);
      const keep = (frame: LiveFrame): boolean => {
        take(frame);
        left -= 1;
        // Without its snapshot a client must not come back with a cursor: it would never get it.
        return (left > 0 || frame.type === "hello") && !isDone();
      };
      await (options.transport === "sse" ? overSse(options, cursor, keep) : overSocket(options, cursor, keep));
    }
  }

  return {
    seqs,
    get start() {
      return start;
    },
    get connections() {
      return connections;
    },
    finishAt(head) {
      target = head;
    },
    finished: run(),
  };
}

type Keep = (frame: LiveFrame) => boolean;

function query({ path, feed }: WatcherOptions, after: number | null): string {
  return after === null ? path : `${path}${path.includes("?") ? "&" : "?"}after=${after}&feed=${feed}`;
}

function overSocket(options: WatcherOptions, after: number | null, keep: Keep): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = new WebSocket(options.url.replace("http", "ws") + query(options, after));
  let over = false;
  socket.onmessage = ({ data }) => {
    if (over) return;
    try {
      over = !keep(JSON.parse(String(data)));
    } catch (error) {
      over = true;
      reject(error as Error);
    }
    if (over && options.random.below(2) === 0) socket.terminate();
    else if (over) socket.close();
  };
  socket.onclose = () => resolve();
  return promise;
}

async function overSse(options: WatcherOptions, after: number | null, keep: Keep): Promise<void> {
  const headers = { Accept: "text/event-stream", ...(after === null ? {} : { "Last-Event-ID": String(after) }) };
  const response = await fetch(options.url + query(options, options.after), { headers });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body!) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      // Leaving the loop cancels the body, which ends the connection.
      if (!keep(JSON.parse(block.slice(block.indexOf("data: ") + 6)))) return;
    }
  }
}
