import type { Socket } from "bun";
import { percentile } from "./statistics.ts";
import type { ServerProcess } from "./servers.ts";

/** What a load came to. */
export type Measured = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of the server's CPU for each request. */
  readonly cpuMicros: number;
  readonly requests: number;
  /** Answers 429, 503 and 507, each tried again after its `Retry-After` or a second; they are no requests. */
  readonly refused: number;
};

export type Load = {
  readonly connections: number;
  readonly seconds: number;
  /** Ends before `seconds` when so many were answered. */
  readonly most?: number;
  /** The text of the next request; `answer` is the beginning of the same connection's last answer. */
  readonly request: (answer: Buffer | null) => string;
};

type Connection = {
  sentAt: number;
  request: Buffer;
  /** How much of the request is with the system. */
  written: number;
  answer: Buffer | null;
  /** What has come of an answer whose head is not whole. */
  headless: Buffer | null;
  /** Bytes of the present answer that are still to come; 0 before its head. */
  missing: number;
  ended: boolean;
};

const HEAD_END = Buffer.from("\r\n\r\n");

export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

export function postRequest(path: string, body: string): string {
  return bodyRequest("POST", path, body);
}

export function bodyRequest(method: "POST" | "PATCH", path: string, body: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/**
 * Closed loop over raw keep-alive connections: each sends its next request when its answer is whole. Written on bare
 * sockets because `fetch` costs more than the servers that are measured.
 */
export async function measure(server: ServerProcess, load: Load): Promise<Measured> {
  const { connections, seconds, most = Number.POSITIVE_INFINITY, request } = load;
  const latencies: number[] = [];
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  let open = connections;
  let endAt = Number.POSITIVE_INFINITY;
  let refused = 0;

  function send(socket: Socket<Connection>): void {
    const { data: state } = socket;
    state.request = Buffer.from(request(state.answer));
    resend(socket);
  }

  function resend(socket: Socket<Connection>): void {
    socket.data.sentAt = performance.now();
    socket.data.written = 0;
    write(socket);
  }

  function data(socket: Socket<Connection>, chunk: Buffer): void {
    const { data: state } = socket;
    if (state.missing > 0) {
      state.missing -= chunk.length;
    } else {
      state.answer = state.headless === null ? chunk : Buffer.concat([state.headless, chunk]);
      // A large answer's head may come in pieces.
      state.headless = state.answer.includes(HEAD_END) ? null : state.answer;
      if (state.headless !== null) return;
      state.missing = lengthOf(state.answer) - state.answer.length;
    }
    if (state.missing > 0) return;
    const now = performance.now();
    const wait = retryAfterMs(state.answer!);
    if (wait === null) latencies.push(now - state.sentAt);
    if (now >= endAt || latencies.length >= most) {
      state.ended = true;
      socket.end();
    } else if (wait === null) {
      send(socket);
    } else {
      refused += 1;
      setTimeout(resend, wait, socket);
    }
  }

  const handlers = {
    data(socket: Socket<Connection>, chunk: Buffer) {
      try {
        data(socket, chunk);
      } catch (error) {
        reject(error);
      }
    },
    drain: write,
    close(socket: Socket<Connection>) {
      open -= 1;
      if (open === 0) resolve();
      if (!socket.data.ended) reject(new Error("the server closed a connection"));
    },
    error: (_: Socket<Connection>, error: Error) => reject(error),
  };
  const { hostname, port } = new URL(server.url);
  const nothing = Buffer.alloc(0);
  const sockets = await Promise.all(
    Array.from({ length: connections }, () => {
      const written = { sentAt: 0, request: nothing, written: 0 };
      const state: Connection = { ...written, answer: null, headless: null, missing: 0, ended: false };
      return Bun.connect<Connection>({ hostname, port: Number(port), data: state, socket: handlers });
    }),
  );
  const cpuBefore = server.cpuSeconds();
  const startedAt = performance.now();
  endAt = startedAt + seconds * 1000;
  for (const socket of sockets) send(socket);
  await finished;
  const took = (performance.now() - startedAt) / 1000;
  return {
    perSecond: latencies.length / took,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMicros: ((server.cpuSeconds() - cpuBefore) * 1e6) / latencies.length,
    requests: latencies.length,
    refused,
  };
}

/** What the system does not take at once waits for `drain`. */
function write(socket: Socket<Connection>): void {
  const { data: state } = socket;
  if (state.written < state.request.length) state.written += socket.write(state.request.subarray(state.written));
}

/** How long to wait after a refusal; null for an answer that is none. */
function retryAfterMs(answer: Buffer): number | null {
  if (!/ (429|503|507)$/.test(answer.toString("latin1", 0, 12))) return null;
  return Number(/retry-after: (\d+)/i.exec(headOf(answer))?.[1] ?? 1) * 1000;
}

/** The length of a whole answer, from its beginning. Anything but a 2xx or a refusal is an error of the benchmark. */
function lengthOf(answer: Buffer): number {
  const head = headOf(answer);
  if (head.startsWith("HTTP/1.1 204")) return head.length + HEAD_END.length;
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined || !/^HTTP\/1.1 (2|429|503|507)/.test(head)) {
    throw new Error(`unexpected answer: ${answer.toString("utf8", 0, 2000)}`);
  }
  return head.length + HEAD_END.length + Number(length);
}

function headOf(answer: Buffer): string {
  return answer.toString("latin1", 0, answer.indexOf(HEAD_END));
}
