import { readdirSync, readFileSync } from "node:fs";

/** What this process uses. Null where the system does not tell, as when no descriptor is left to read it by. */
export type ProcessFigures = {
  readonly userSeconds: number | null;
  readonly systemSeconds: number | null;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  readonly residentBytes: number | null;
  readonly heapBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly openFiles: number | null;
  readonly mostFiles: number | null;
};

const startedAt = (performance.timeOrigin || Date.now()) / 1000;

/**
 * Read when asked, with nothing left running. (prom-client's own collection starts observers that cannot be stopped, and under
 * Bun tells a data segment of gigabytes, no handles, no garbage collections and the version of a Node that is not there.)
 */
export function processFigures(): ProcessFigures {
  const cpu = known(() => process.cpuUsage());
  const memory = known(() => process.memoryUsage());
  return {
    userSeconds: cpu && cpu.user / 1e6,
    systemSeconds: cpu && cpu.system / 1e6,
    startedAt,
    residentBytes: memory && memory.rss,
    heapBytes: memory && memory.heapTotal,
    heapUsedBytes: memory && memory.heapUsed,
    // Less the one that reads the folder.
    openFiles: known(() => readdirSync("/proc/self/fd").length - 1),
    mostFiles: known(() => {
      const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
      return limit === undefined ? null : Number(limit);
    }),
  };
}

function known<Figure>(read: () => Figure): Figure | null {
  try {
    return read();
  } catch {
    return null;
  }
}
