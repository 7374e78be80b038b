import { join } from "node:path";

/** What a receiver process is asked: to count from now on, up to so many frames of changes over all its sockets. */
export type ToReceiver = { readonly expect: number };

/** What it says: all sockets are open; it counts; it has them all; a socket was closed. Times in ms since 1970. */
export type FromReceiver =
  | { readonly kind: "open" | "expecting" | "lost" }
  | {
      readonly kind: "done";
      readonly frames: number;
      readonly bytes: number;
      readonly firstAt: number;
      readonly lastAt: number;
    };

/** What a round of frames came to at the receivers. */
export type Received = { readonly frames: number; readonly bytes: number; readonly seconds: number };

/** Many sockets on one path, in a process of their own. */
export type Receivers = AsyncDisposable & {
  /** Counts the frames that `cause` makes the server send, until there are so many. */
  receive(frames: number, cause: () => Promise<void> | void): Promise<Received>;
};

/** Opens this many sockets; each has had its first frame when this resolves. */
export async function openReceivers(url: string, path: string, count: number): Promise<Receivers> {
  let waiting: { kind: FromReceiver["kind"]; resolve: (message: FromReceiver) => void; reject: (e: Error) => void };
  const next = (kind: FromReceiver["kind"]) =>
    new Promise<FromReceiver>((resolve, reject) => {
      waiting = { kind, resolve, reject };
    });
  const opened = next("open");
  let closing = false;
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "receiver.ts"), url + path, String(count)], {
    stdin: "ignore",
    stderr: "inherit",
    ipc(message: FromReceiver) {
      if (closing) return;
      if (message.kind === waiting.kind) waiting.resolve(message);
      else if (message.kind === "lost") waiting.reject(new Error("the server closed a socket"));
    },
    onExit: () => void (closing || waiting.reject(new Error("the receivers ended"))),
  });
  await opened;
  return {
    async receive(frames, cause) {
      const expecting = next("expecting");
      child.send({ expect: frames } satisfies ToReceiver);
      await expecting;
      const done = next("done");
      await cause();
      const message = await done;
      if (message.kind !== "done") throw new Error("unreachable");
      return {
        frames: message.frames,
        bytes: message.bytes,
        seconds: (message.lastAt - message.firstAt) / 1000,
      };
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
