import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { freeBytes } from "#src/platform/free-space.ts";
import { isEveryAddress, isLoopback } from "#src/platform/loopback.ts";

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
export function freeFor(file: string): number | null {
  let folder = dirname(resolve(file));
  while (!existsSync(folder)) folder = dirname(folder);
  return freeBytes(folder);
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

/** Whether an address is that of a server which listens at `host` and `port` of this machine. */
export function isHere(url: URL, host: string, port: number): boolean {
  const usual = url.protocol === "https:" ? 443 : 80;
  if (Number(url.port || usual) !== port) return false;
  const isUsualLoopback = [url.hostname, host].every((name) => name === "localhost" || name === "127.0.0.1");
  return (
    url.hostname === host ||
    isUsualLoopback ||
    (isEveryAddress(host) && isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1")))
  );
}
