import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Why the folder of a file cannot be written, or made; null when it can. */
export function folderFault(file: string): string | null {
  let folder = dirname(resolve(file));
  try {
    while (!existsSync(folder)) folder = dirname(folder);
    if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${folder} cannot be written: ${(error as Error).message}`;
  }
}

/** What the disk of a file has left; null when the system does not say. */
export function freeBytes(file: string): number | null {
  let folder = dirname(resolve(file));
  try {
    while (!existsSync(folder)) folder = dirname(folder);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Why nothing can listen on a port; null when something can. */
export function portFault(host: string, port: number): string | null {
  try {
    Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true);
    return null;
  } catch (error) {
    const isUsed = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const why = isUsed ? "is in use by another program" : `cannot be listened on: ${(error as Error).message}`;
    return `${port} on ${host} ${why}; set ${isUsed ? "WEBSOCKET_PORT (or PORT, which wins) to another port" : "HOST to an address of this machine"}`;
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/;

/** Whether an address is that of a server which listens at `host` and `port` of this machine. */
export function isHere(url: URL, host: string, port: number): boolean {
  const usual = url.protocol === "https:" ? 443 : 80;
  if (Number(url.port || usual) !== port) return false;
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const isUsualLoopback = [url.hostname, host].every((name) => name === "localhost" || name === "127.0.0.1");
  return url.hostname === host || isUsualLoopback || (isEverywhere && LOOPBACK.test(url.hostname));
}
