import { statfsSync } from "node:fs";

/** Bytes that the disk of a folder has left for this process; null where the system does not say. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
