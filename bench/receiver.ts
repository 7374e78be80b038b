/**
 * Many WebSocket clients in a process of their own: `receiver.ts <ws path's address> <how many>`. Raw sockets that only
 * count, so that receiving costs less than what is measured. Talks to its parent by IPC, see `receivers.ts`.
 */
import type { Socket } from "bun";
import { createCounter, type Counter } from "./ws-frames.ts";
import type { FromReceiver, ToReceiver } from "./receivers.ts";

const AT_ONCE = 100;

const [address = "", many = "0"] = process.argv.slice(2);
const { hostname, port, pathname, search } = new URL(address);
const upgrade = `GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`;

let frames = 0;
let bytes = 0;
let firstAt = 0;
let expected = Number.POSITIVE_INFINITY;

const tell = (message: FromReceiver): void => void process.send!(message);
const now = () => performance.timeOrigin + performance.now();

/** Frames shorter than a change are `hello` and bookmarks. */
function onChange(length: number): void {
  if (frames === 0) firstAt = now();
  frames += 1;
  bytes += length;
  if (frames === expected) tell({ kind: "done", frames, bytes, firstAt, lastAt: now() });
}

type State = { readonly counter: Counter; readonly greeted: PromiseWithResolvers<void> };

const handlers = {
  data: ({ data: { counter, greeted } }: Socket<State>, chunk: Buffer) => {
    counter.take(chunk);
    if (counter.frames > 0) greeted.resolve();
  },
  close: () => tell({ kind: "lost" }),
};

async function open(): Promise<void> {
  const greeted = Promise.withResolvers<void>();
  const data = { counter: createCounter(onChange), greeted };
  const socket = await Bun.connect<State>({ hostname, port: Number(port), data, socket: handlers });
  socket.write(upgrade);
  await greeted.promise;
}

process.on("message", ({ expect }: ToReceiver) => {
  frames = 0;
  bytes = 0;
  expected = expect;
  tell({ kind: "expecting" });
});

for (let left = Number(many); left > 0; left -= AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, open));
}
tell({ kind: "open" });
