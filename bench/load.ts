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
};

export type Load = {
  readonly connections: number;
  readonly seconds: number;
  /** The text of the next request. */
  readonly request: () => string;
};

type Connection = {
  sentAt: number;
  /** Bytes of the present answer that are still to come; 0 before its head. */
  missing: number;
};

const HEAD_END = Buffer.from("\r\n\r\n");

export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

export function postRequest(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/**
 * Closed loop over raw keep-alive connections: each sends its next request when its answer is whole. Written on bare
 * sockets because `fetch` costs more than the servers that are measured.
 */
export async function measure(server: ServerProcess, { connections, seconds, request }: Load): Promise<Measured> {
  const latencies: number[] = [];
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  let open = connections;
  let endAt = Number.POSITIVE_INFINITY;

  function send(socket: Socket<Connection>): void {
    const text = request();
    socket.data.sentAt = performance.now();
    if (socket.write(text) !== Buffer.byteLength(text)) reject(new Error("a request was not written at once"));
  }

  function data(socket: Socket<Connection>, chunk: Buffer): void {
    const { data: state } = socket;
    state.missing = state.missing === 0 ? lengthOf(chunk) - chunk.length : state.missing - chunk.length;
    if (state.missing > 0) return;
    const now = performance.now();
    latencies.push(now - state.sentAt);
    if (now < endAt) send(socket);
    else socket.end();
  }

  const handlers = {
    data(socket: Socket<Connection>, chunk: Buffer) {
      try {
        data(socket, chunk);
      } catch (error) {
        reject(error);
      }
    },
    close() {
      open -= 1;
      if (open === 0) resolve();
      if (performance.now() < endAt) reject(new Error("the server closed a connection"));
    },
    error: (_: Socket<Connection>, error: Error) => reject(error),
  };
  const { hostname, port } = new URL(server.url);
  const sockets = await Promise.all(
    Array.from({ length: connections }, () =>
      Bun.connect<Connection>({ hostname, port: Number(port), data: { sentAt: 0, missing: 0 }, socket: handlers }),
    ),
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
  };
}

/** The length of a whole answer, from the chunk that begins it. Anything but a 2xx is an error of the benchmark. */
function lengthOf(chunk: Buffer): number {
  const headEnd = chunk.indexOf(HEAD_END);
  const head = chunk.toString("latin1", 0, headEnd === -1 ? chunk.length : headEnd);
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (headEnd === -1 || length === undefined || !head.startsWith("HTTP/1.1 2")) {
    throw new Error(`unexpected answer: ${chunk.toString("latin1")}`);
  }
  return headEnd + 4 + Number(length);
}
