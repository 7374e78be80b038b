import { type ProblemCode, PROBLEMS } from "#src/domain/problem.ts";

/** Stands on loopback between a page and its server, and does to the page what the test says. */
export type FaultProxy = AsyncDisposable & {
  /** Open the page here. */
  readonly url: string;
  /** From now on such requests are answered with this problem; the document of the server is otherwise its own. */
  refuse(path: RegExp, code: ProblemCode, headers?: Readonly<Record<string, string>>): void;
  /** From now on such requests are answered 200 with this text. */
  answer(path: RegExp, text: string, type?: string): void;
  /** From now on such requests get no answer, until healed: they are then passed on. */
  hold(path: RegExp): void;
  /** All requests pass again. */
  heal(): void;
  /** Breaks all open event streams off. */
  cutStreams(): void;
  /** Tells all open event streams that their history is gone, and ends them. */
  sendStale(reason: "pruned" | "ahead" | "replaced"): Promise<void>;
  /** How many event streams are open. */
  readonly streams: number;
  /** Method and path of each request so far, those that were refused too. */
  readonly asked: readonly string[];
};

type Stream = { readonly send: (text: string) => void; readonly end: () => void; readonly cut: () => void };

type Fault = { readonly path: RegExp; readonly answer: () => Response };

/** Starts one before the server at `target`. */
export function faultProxy(target: string): FaultProxy {
  const streams = new Set<Stream>();
  const asked: string[] = [];
  let faults: Fault[] = [];
  let held: { readonly path: RegExp; readonly until: PromiseWithResolvers<void> }[] = [];

  async function answer(request: Request): Promise<Response> {
    // A browser that uses it as a proxy asks it for more than the page's server: that goes no further.
    if (request.method === "CONNECT") return new Response(null, { status: 502 });
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    await held.find(({ path }) => path.test(pathname))?.until.promise;
    const fault = faults.findLast(({ path }) => path.test(pathname));
    if (fault !== undefined) return fault.answer();
    // With the page's own Host and Origin, which the server compares.
    const response = await fetch(target + pathname + search, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      redirect: "manual",
      decompress: false,
      timeout: false,
      signal: request.signal,
    } as RequestInit);
    const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream") === true;
    return isStream ? new Response(follow(response.body!), response) : response;
  }

  /** The same bytes, until a test has something else in mind. */
  function follow(upstream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = upstream.getReader();
    let stream: Stream;
    const forget = () => {
      streams.delete(stream);
      reader.cancel().catch(() => {});
    };
    return new ReadableStream({
      start(controller) {
        stream = {
          send: (text) => controller.enqueue(new TextEncoder().encode(text)),
          end: () => (forget(), controller.close()),
          cut: () => (forget(), controller.error(new Error("cut"))),
        };
        streams.add(stream);
      },
      async pull(controller) {
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
        if (!streams.has(stream)) return;
        if (done) stream.end();
        else controller.enqueue(value!);
      },
      cancel: forget,
    });
  }

  function heal(): void {
    faults = [];
    for (const { until } of held) until.resolve();
    held = [];
  }

  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, development: false, fetch: answer });
  return {
    url: server.url.origin,
    refuse(path, code, headers = {}) {
      faults.push({ path, answer: () => problem(code, headers) });
    },
    answer(path, text, type = "application/json") {
      const headers = { "Content-Type": type, "X-Request-Id": "given" };
      faults.push({ path, answer: () => new Response(text, { headers }) });
    },
    hold: (path) => void held.push({ path, until: Promise.withResolvers() }),
    heal,
    cutStreams() {
      for (const stream of streams) stream.cut();
    },
    async sendStale(reason) {
      const page = (await (await fetch(`${target}/api/events`)).json()) as { head_seq: number; oldest_seq: number };
      const { head_seq, oldest_seq } = page;
      const frame = JSON.stringify({ type: "stale", reason, oldest_seq, head_seq });
      for (const stream of streams) {
        stream.send(`id: ${head_seq}\ndata: ${frame}\n\n`);
        stream.end();
      }
    },
    get streams() {
      return streams.size;
    },
    asked,
    async [Symbol.asyncDispose]() {
      heal();
      await server.stop(true);
    },
  };
}

function problem(code: ProblemCode, headers: Readonly<Record<string, string>>): Response {
  const { status, title } = PROBLEMS[code];
  const document = {
    type: `/problems/${code}`,
    title,
    status,
    detail: DETAILS[code] ?? title,
    instance: "/",
    code,
    request_id: "provoked",
  };
  const wanted = code === "unauthorized" ? { "WWW-Authenticate": "Bearer" } : {};
  return new Response(JSON.stringify(document), {
    status,
    headers: { "Content-Type": "application/problem+json", "X-Request-Id": "provoked", ...wanted, ...headers },
  });
}

/** As the server words them. */
const DETAILS: Partial<Record<ProblemCode, string>> = {
  internal: "The server failed on this request. Its log has the cause under this `request_id`.",
  too_many_requests: "Only 100 commands a second are taken here (RATE_LIMIT). Nothing was stored; try again.",
  unauthorized: "The token is not one of this server's: it may have been revoked.",
};
