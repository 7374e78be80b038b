import { accessSync, constants, existsSync, statSync } from "node:fs";
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

/** Why nothing can listen on a port; null when something can. */
export function portFault(host: string, port: number): string | null {
  try {
    Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true);
    return null;
  } catch (error) {
    const isUsed = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const why = isUsed ? "is in use by another program" : `cannot be listened on: ${(error as Error).message}`;
    return `${port} on ${host} ${why}; set WEBSOCKET_PORT to another port`;
  }
}
