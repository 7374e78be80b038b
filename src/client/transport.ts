import { ApiError, type ApiProblem, UnreachableError } from "./errors.ts";
import { requireMillis, startTimer } from "./timer.ts";

export type ClientOptions = {
  /** Where the server is; default `http://127.0.0.1:8000`. */
  readonly url?: string | undefined;
  /** Sent as `Authorization: Bearer <token>`. */
  readonly token?: string | undefined;
  /** Milliseconds until a request that is not answered fails; default 30,000; `Infinity` waits for ever. */
  readonly timeoutMs?: number | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
};

export type RequestOptions = { readonly signal?: AbortSignal | undefined };

/** Of a POST: what is sent again with the same key within 24 hours, to the byte, is done once and answered the same. */
export type CommandOptions = RequestOptions & {
  /** 1 to 255 visible ASCII characters. */
  readonly idempotencyKey?: string | undefined;
};

type QueryValue = string | number | boolean | Date | readonly (string | number)[] | undefined;

/** Query parameters: what is undefined is left out, an array means "any of". */
export type QueryValues = Readonly<Record<string, QueryValue>>;

export type Call = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: QueryValues | undefined;
  readonly body?: unknown;
  /** In place of a body: lines of JSON, as they are. */
  readonly lines?: string | Uint8Array<ArrayBuffer> | undefined;
};

/** HTTP to one server; every failure comes as `ApiError` or `UnreachableError`, an abort as the signal's reason. */
export type Transport = {
  readonly url: string;
  /** Answers with JSON, read within the time limit. */
  send(call: Call, options?: CommandOptions): Promise<{ readonly body: unknown; readonly headers: Headers }>;
  /** Answers with text that is no JSON, read within the time limit. */
  text(path: string, options?: RequestOptions): Promise<string>;
  /** Opens an event stream: the time limit ends with its headers. */
  stream(path: string, query: QueryValues, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
};

const DEFAULT_URL = "http://127.0.0.1:8000";
const TIMEOUT_MS = 30_000;
const JSON_TYPE = /^application\/(problem\+)?json\b/i;
const TEXT_TYPE = /^text\/plain\b/i;
const STREAM_TYPE = /^text\/event-stream\b/i;

export function createTransport(options: ClientOptions = {}): Transport {
  const { url = DEFAULT_URL, token, timeoutMs = TIMEOUT_MS, fetch = globalThis.fetch } = options;
  const base = baseUrl(url);
  requireMillis("timeoutMs", timeoutMs);

  /** Throws for what cannot be sent, before the network has a part in it. */
  function prepare(call: Call, accept: string, key?: string): (signal: AbortSignal) => Promise<Response> {
    const { method, path, query, body, lines } = call;
    const target = base + path + queryText(query);
    const headers = new Headers({ Accept: accept });
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    if (key !== undefined) headers.set("Idempotency-Key", key);
    if (lines !== undefined) {
      headers.set("Content-Type", "application/x-ndjson");
      return (signal) => fetch(target, { method, headers, signal, body: lines });
    }
    if (body === undefined) return (signal) => fetch(target, { method, headers, signal });
    headers.set("Content-Type", "application/json");
    const text = JSON.stringify(body);
    return (signal) => fetch(target, { method, headers, signal, body: text });
  }

  /** Runs within the time limit; names what went wrong in the words of this module. */
  async function limited<Value>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    signal?.throwIfAborted();
    const own = new AbortController();
    const stop = startTimer(timeoutMs, () => own.abort());
    const abort = () => own.abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await work(own.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiError || error instanceof UnreachableError) throw error;
      const why = own.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error);
      throw new UnreachableError(`no Orchestrator at ${base}: ${why}`, { cause: error });
    } finally {
      stop();
      signal?.removeEventListener("abort", abort);
    }
  }

  return {
    url: base,
    async send(call, { signal, idempotencyKey } = {}) {
      const request = prepare(call, "application/json", idempotencyKey);
      return limited(signal, async (within) => {
        const response = await request(within);
        const text = await response.text();
        if (!response.ok || !isOurs(response, JSON_TYPE)) throw errorOf(response, text, base);
        return { body: response.status === 204 ? null : (JSON.parse(text) as unknown), headers: response.headers };
      });
    },
    async text(path, { signal } = {}) {
      const request = prepare({ method: "GET", path }, "text/plain");
      return limited(signal, async (within) => {
        const response = await request(within);
        const text = await response.text();
        if (!response.ok || !isOurs(response, TEXT_TYPE)) throw errorOf(response, text, base);
        return text;
      });
    },
    async stream(path, query, signal) {
      const request = prepare({ method: "GET", path, query }, "text/event-stream");
      return limited(signal, async (within) => {
        const connection = new AbortController();
        within.addEventListener("abort", () => connection.abort(), { once: true });
        // Beyond the headers only the caller ends it.
        signal.addEventListener("abort", () => connection.abort(), { once: true });
        const response = await request(connection.signal);
        if (response.ok && response.body !== null && isOurs(response, STREAM_TYPE)) return response.body;
        throw errorOf(response, await response.text(), base);
      });
    },
  };
}

function baseUrl(url: string): string {
  const parsedUrl = URL.canParse(url) ? new URL(url) : null;
  if (parsedUrl === null || !/^https?:$/.test(parsedUrl.protocol)) {
    throw new TypeError(`"${url}" is no address of a server: write it as http://127.0.0.1:8000`);
  }
  if (parsedUrl.username !== "" || parsedUrl.password !== "") {
    throw new TypeError("an address with a name and password is not taken: give a token");
  }
  return parsedUrl.origin + parsedUrl.pathname.replace(/\/+$/, "");
}

function queryText(query: QueryValues = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, textOf(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function textOf(value: Exclude<QueryValue, undefined>): string {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** Every answer of an Orchestrator names its request, and has this type where it has a body. */
function isOurs({ headers, status }: Response, type: RegExp): boolean {
  return headers.has("X-Request-Id") && (status === 204 || type.test(headers.get("Content-Type") ?? ""));
}

/** What the server says of its failure; of an answer that is not the server's, that. */
function errorOf(response: Response, text: string, base: string): ApiError | UnreachableError {
  const { status, ok } = response;
  if (ok || !isOurs(response, JSON_TYPE)) {
    const type = response.headers.get("Content-Type") ?? "nothing";
    return new UnreachableError(`no Orchestrator at ${base}: something else answered ${status} with ${type}`);
  }
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
  const title = response.statusText || `HTTP ${status}`;
  const bare = { status, title, detail: `the server answered ${status} ${response.statusText}`.trimEnd() };
  try {
    return new ApiError({ ...bare, ...(JSON.parse(text) as Partial<ApiProblem>), status }, retryAfterMs);
  } catch {
    // A document that was cut off: its status still says what happened.
    return new ApiError(bare, retryAfterMs);
  }
}

/** What Bun, Node and browsers say of a connection that failed, in few words. */
function reasonOf(error: unknown): string {
  const { code, message, cause } = error as { code?: string; message?: string; cause?: { code?: string } };
  const known = code ?? cause?.code ?? "";
  if (/ConnectionRefused|ECONNREFUSED/.test(known)) return "nothing listens there";
  if (/ENOTFOUND|EAI_AGAIN|DNS/i.test(known)) return "there is no such host";
  return message ?? String(error);
}
