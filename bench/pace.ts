import type { Socket } from "bun";
import type { ServerProcess } from "./servers.ts";

/** Requests at a steady rate, whether the server keeps up or not. */
export type Pace = {
  readonly everyMs: number;
  readonly request: () => string;
  /** Resolves when no more are to be sent. */
  readonly until: Promise<unknown>;
};

type Connection = { dueAt: number };

const CONNECTIONS = 64;

/**
 * Milliseconds from when each request was due to its answer: one that has to wait for a free connection waits in the
 * figure too. Requests and answers must each fit one write.
 */
export async function pace(server: ServerProcess, { everyMs, request, until }: Pace): Promise<number[]> {
  const latencies: number[] = [];
  const free: Socket<Connection>[] = [];
  const waiting: number[] = [];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const busy = new Set<Socket<Connection>>();

  function send(socket: Socket<Connection>, dueAt: number): void {
    busy.add(socket);
    socket.data.dueAt = dueAt;
    socket.write(request());
  }

  const handlers = {
    data(socket: Socket<Connection>, answer: Buffer) {
      if (!answer.toString("latin1", 0, 10).startsWith("HTTP/1.1 2")) reject(new Error(answer.toString("latin1")));
      latencies.push(performance.now() - socket.data.dueAt);
      busy.delete(socket);
      const next = waiting.shift();
      if (next === undefined) free.push(socket);
      else send(socket, next);
    },
    error: (_: Socket<Connection>, error: Error) => reject(error),
  };
  const { hostname, port } = new URL(server.url);
  const open = () => Bun.connect<Connection>({ hostname, port: Number(port), data: { dueAt: 0 }, socket: handlers });
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, open));
  free.push(...sockets);

  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += everyMs) {
      const socket = free.pop();
      if (socket === undefined) waiting.push(due);
      else send(socket, due);
    }
  }, 1);
  try {
    await Promise.race([until, failed]);
    clearInterval(timer);
    while (busy.size > 0) await Promise.race([Bun.sleep(10), failed]);
  } finally {
    clearInterval(timer);
    for (const socket of sockets) socket.end();
  }
  return latencies;
}
