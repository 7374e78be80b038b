/** Opens this many sockets on one path; each has had its `hello` when this resolves. */
export async function subscribe(
  url: string,
  path: string,
  count: number,
  onFrame: (text: string) => void,
): Promise<{ close(): void }> {
  const sockets: WebSocket[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = new WebSocket(url.replace(/^http/, "ws") + path);
    const { promise: greeted, resolve, reject } = Promise.withResolvers<void>();
    socket.onmessage = () => {
      socket.onmessage = ({ data }) => onFrame(data as string);
      resolve();
    };
    socket.onerror = () => reject(new Error(`${path} could not be opened`));
    await greeted;
    sockets.push(socket);
  }
  return {
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}
