import { until } from "./until.ts";
import type { Received } from "./socket-client.ts";

/** A frame as it came: the JSON of its `data:` line, and its `id:` line. */
export type SseReceived = Received & { readonly lastEventId: string | null };

export type SseClient = AsyncDisposable & {
  readonly status: number;
  readonly headers: Headers;
  readonly frames: SseReceived[];
  /** The server has ended the stream, or the connection broke. */
  readonly ended: boolean;
  next(what: string, passes: (frame: SseReceived) => boolean): Promise<SseReceived>;
  /** Breaks the connection. */
  close(): void;
};

/** Reads a live stream of `/api/events` and keeps every frame. */
export async function openSse(url: string, path: string, headers: Record<string, string> = {}): Promise<SseClient> {
  const breaker = new AbortController();
  const response = await fetch(url + path, {
    headers: { Accept: "text/event-stream", ...headers },
    signal: breaker.signal,
  });
  const frames: SseReceived[] = [];
  let ended = false;
  void readFrames(response, frames)
    .catch(() => {})
    .finally(() => {
      ended = true;
    });
  return {
    status: response.status,
    headers: response.headers,
    frames,
    get ended() {
      return ended;
    },
    next: (what, passes) => until(what, () => frames.find(passes)),
    close: () => breaker.abort(),
    async [Symbol.asyncDispose]() {
      breaker.abort();
      await until("the stream to end", () => ended);
    },
  };
}

async function readFrames(response: Response, frames: SseReceived[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body!) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) frames.push(parseFrame(block));
  }
}

/** Fails on anything but an optional `id:` line and one `data:` line. */
function parseFrame(block: string): SseReceived {
  const match = /^(?:id: (\d+)\n)?data: (.*)$/.exec(block);
  if (match === null) throw new Error(`not a frame of this API: ${block}`);
  return { ...JSON.parse(match[2]!), lastEventId: match[1] ?? null, receivedAt: performance.now() };
}
