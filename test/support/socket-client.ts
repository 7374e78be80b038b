import type { Json } from "./json.ts";
import { until } from "./until.ts";

/** A frame as a client sees it. */
export type Received = {
  readonly type: string;
  readonly seq: number;
  readonly at: number;
  readonly [field: string]: Json;
};

export type SocketClient = AsyncDisposable & {
  readonly frames: Received[];
  /** The close code, null while open. */
  readonly closed: number | null;
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  /** Waits for a frame that passes. */
  next(what: string, passes: (frame: Received) => boolean): Promise<Received>;
  /** Waits until the server has closed it; returns the code. */
  ended(): Promise<number>;
  send(text: string): void;
  close(): void;
};

/** Opens a socket and keeps every frame, with the time it came (`receivedAt`, of `performance.now()`). */
export async function openSocket(
  url: string,
  path: string,
  protocols: readonly string[] = [],
  headers: Record<string, string> = {},
): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws") + path, { protocols: [...protocols], headers });
  const frames: Received[] = [];
  let closed: number | null = null;
  socket.onmessage = ({ data }) => void frames.push({ ...JSON.parse(String(data)), receivedAt: performance.now() });
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onclose = ({ code }) => {
    closed = code;
    opened.resolve();
  };
  await opened.promise;
  return {
    frames,
    get closed() {
      return closed;
    },
    get protocol() {
      return socket.protocol;
    },
    next: (what, passes) => until(what, () => frames.find(passes)),
    ended: async () => (await until("the socket to close", () => (closed === null ? null : { code: closed }))).code,
    send: (text) => socket.send(text),
    close: () => socket.close(),
    async [Symbol.asyncDispose]() {
      socket.close();
      await until("the socket to close", () => closed !== null);
    },
  };
}
