/** How many sockets are opened at the same time. */
const AT_ONCE = 50;

/** Opens this many sockets on one path; each has had its `hello` when this resolves. */
export async function subscribe(
  url: string,
  path: string,
  count: number,
  onFrame: (text: string) => void,
): Promise<{ close(): void }> {
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () =>
      open(url.replace(/^http/, "ws") + path, onFrame),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  return {
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

async function open(address: string, onFrame: (text: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(address);
  const { promise: greeted, resolve, reject } = Promise.withResolvers<void>();
  socket.onmessage = () => {
    socket.onmessage = ({ data }) => onFrame(data as string);
    resolve();
  };
  socket.onerror = () => reject(new Error(`${address} could not be opened`));
  await greeted;
  return socket;
}
