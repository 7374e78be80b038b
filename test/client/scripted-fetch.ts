import type { Json } from "#test/support/json.ts";
import { until } from "#test/support/until.ts";

/** What every answer of the server carries. */
const ID = { "X-Request-Id": "request-1" };

/** A request that waits for its answer. */
export type Asked = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  /** The query as an object. */
  readonly query: Record<string, string>;
  readonly headers: Headers;
  readonly body: Json;
  /** The client has hung up. */
  readonly aborted: boolean;
  answer(response: Response): void;
  /** What `fetch` does when there is no connection. */
  fail(error: Error): void;
};

export type ScriptedFetch = {
  readonly fetch: typeof globalThis.fetch;
  /** Everything that was asked, in order. */
  readonly asked: readonly Asked[];
  /** The next request that nobody has taken from here yet. */
  next(what?: string): Promise<Asked>;
};

/** A `fetch` without a network: the test answers each request. It obeys its signal as a real one does. */
export function scriptedFetch(): ScriptedFetch {
  const asked: Asked[] = [];
  let taken = 0;

  const fetch = (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response> => {
    const request = new Request(String(input), init);
    const { signal } = init ?? {};
    const url = new URL(request.url);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const abort = () => reject(signal!.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort);
    asked.push({
      method: request.method,
      target: url.pathname + url.search,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined,
      get aborted() {
        return signal?.aborted === true;
      },
      answer: (response) => resolve(breaksWith(signal, response)),
      fail: reject,
    });
    return promise;
  };

  return {
    fetch: fetch as typeof globalThis.fetch,
    asked,
    async next(what = "a request") {
      await until(what, () => asked.length > taken);
      taken += 1;
      return asked[taken - 1]!;
    },
  };
}

/** The answer, whose body breaks when the signal aborts. */
function breaksWith(signal: AbortSignal | null | undefined, response: Response): Response {
  if (response.body === null) return response;
  const { readable, writable } = new TransformStream();
  response.body.pipeTo(writable, signal ? { signal } : {}).catch(() => {
    // Whoever reads `readable` is told.
  });
  return new Response(readable, response);
}

/** An answer in JSON. */
export function json(body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { headers: { ...ID, ...headers } });
}

/** A page of a list. */
export function page(rows: readonly unknown[], seq: number, headers: Record<string, string> = {}): Response {
  return json(rows, { "X-Change-Seq": String(seq), ...headers });
}

/** A problem document. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const document = { type: `/problems/${code}`, title: "A title", status, detail: `It is ${code}.`, code };
  return new Response(JSON.stringify(document), {
    status,
    headers: { ...ID, "Content-Type": "application/problem+json", ...headers },
  });
}

/** An answer of another program. */
export function html(status: number, headers: Record<string, string> = {}): Response {
  return new Response("<!doctype html><p>It works!", { status, headers: { "Content-Type": "text/html", ...headers } });
}

/** An event stream that the test writes. */
export type Stream = {
  readonly response: Response;
  /** Sends frames as the server does. */
  send(...frames: readonly { readonly type: string }[]): void;
  /** Sends text as it is. */
  write(text: string): void;
  /** Ends it as a server that stops does. */
  end(): void;
  /** The connection is reset. */
  break(): void;
  /** The client has let go of it. */
  readonly closed: boolean;
};

export function eventStream(): Stream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let closed = false;
  const body = new ReadableStream<Uint8Array>({
    start(its) {
      controller = its;
    },
    cancel() {
      closed = true;
    },
  });
  const write = (text: string) => controller.enqueue(encoder.encode(text));
  return {
    response: new Response(body, { headers: { ...ID, "Content-Type": "text/event-stream; charset=utf-8" } }),
    send: (...frames) => write(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("")),
    write,
    end: () => controller.close(),
    break: () => controller.error(new Error("reset by peer")),
    get closed() {
      return closed;
    },
  };
}
