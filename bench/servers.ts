import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const EXECUTABLE = join(ROOT, "dist/orchestrator");
const TICKS_PER_S = 100;
const PAGE_BYTES = 4096;

/** A server in a process of its own, over a database in a folder of its own. */
export type ServerProcess = AsyncDisposable & {
  readonly url: string;
  readonly pid: number;
  readonly databasePath: string;
  /** Milliseconds from the spawn to the first 200 of `/health`. */
  readonly startMs: number;
  /** Seconds of CPU used so far. */
  cpuSeconds(): number;
  rssMb(): number;
};

export const OURS = [process.execPath, join(ROOT, "src/main.ts")];
export const BASELINE = [process.execPath, join(import.meta.dir, "baseline-server.ts")];
/** Writes into a file of ours that `makeUntriggered` made. */
export const BARE_ON_OURS = [process.execPath, join(import.meta.dir, "baseline-on-ours.ts")];
/** Publishes frames, without a database. */
export const BARE_PUBLISHER = [process.execPath, join(import.meta.dir, "baseline-publisher.ts")];

/** The command of the executable; null when it was not built. */
export function executable(): string[] | null {
  return existsSync(EXECUTABLE) ? [EXECUTABLE] : null;
}

/** A folder for databases, removed in the end. */
export function folder(): Disposable & { file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), "orchestrator-bench-"));
  return {
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export async function startServer(
  command: readonly string[],
  databasePath: string,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const started = performance.now();
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_PATH: databasePath,
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "warn",
      ...environment,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const url = await readAddress(child.stdout);
  const { status } = await fetch(`${url}/health`);
  if (status !== 200) throw new Error(`/health answered ${status}`);
  return {
    url,
    pid: child.pid,
    databasePath,
    startMs: performance.now() - started,
    cpuSeconds: () => cpuSeconds(child.pid),
    rssMb: () => (Number(readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES) / 2 ** 20,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function readAddress(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const address = /listening on (\S+)/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`the server ended before it listened: ${text}`);
}

/** User and system time of a process: fields 14 and 15 of its stat line, counted behind its name. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
