import { connect } from "node:net";

/** A connection that sends what it is told, byte for byte. */
export type RawConnection = Disposable & {
  readonly received: Buffer;
  readonly closed: boolean;
  write(bytes: Uint8Array | string): void;
};

/** Connects to a server. Texts are written in UTF-8. */
export async function openConnection(url: string): Promise<RawConnection> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  // What the server resets it has closed.
  socket.on("error", () => {});
  const opened = Promise.withResolvers<void>();
  socket.on("connect", opened.resolve);
  socket.on("close", () => {
    closed = true;
    opened.resolve();
  });
  await opened.promise;
  return {
    get received() {
      return Buffer.concat(chunks);
    },
    get closed() {
      return closed;
    },
    write: (bytes) => void socket.write(bytes),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** What Bun says itself, bare, before the app runs: of what is no HTTP, and of addresses and headers that are too long. */
export const BARE: readonly number[] = [400, 431];

/** The status of every answer in what came over a connection. */
export function statusesIn(received: Buffer): number[] {
  return [...received.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3})[ \r]/g)].map(([, status]) => Number(status));
}
