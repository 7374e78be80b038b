import { readdirSync, readFileSync } from "node:fs";

/** What this process uses. Null where the system does not tell. */
export type ProcessFigures = {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly heapUsedBytes: number;
  readonly openFiles: number | null;
  readonly mostFiles: number | null;
};

const startedAt = (performance.timeOrigin || Date.now()) / 1000;

/**
 * Read when asked, with nothing left running. (prom-client's own collection starts observers that cannot be stopped, and under
 * Bun tells a data segment of gigabytes, no handles, no garbage collections and the version of a Node that is not there.)
 */
export function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return {
    userSeconds: user / 1e6,
    systemSeconds: system / 1e6,
    startedAt,
    residentBytes: rss,
    heapBytes: heapTotal,
    heapUsedBytes: heapUsed,
    // Less the one that reads the folder.
    openFiles: ofLinux(() => readdirSync("/proc/self/fd").length - 1),
    mostFiles: ofLinux(() => {
      const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
      return limit === undefined ? null : Number(limit);
    }),
  };
}

function ofLinux(read: () => number | null): number | null {
  try {
    return read();
  } catch {
    return null;
  }
}
