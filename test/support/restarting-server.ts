import type { LiveLimits } from "#src/live/limits.ts";
import { ListenError } from "#src/server.ts";
import { testFolder } from "./folder.ts";
import { KEEP_ALL } from "./keep-all.ts";
import { memoryLog } from "./log.ts";
import { type TestServer, testServer } from "./test-server.ts";
import { until } from "./until.ts";

/** A server on one file and one port, that can go away and come back. */
export type RestartingServer = AsyncDisposable & {
  readonly url: string;
  readonly path: string;
  /** The one that runs now. */
  readonly server: TestServer;
  /** What all of them have logged as errors. */
  errors(): readonly unknown[];
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function restartingServer(limits: Partial<LiveLimits> = {}): Promise<RestartingServer> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  const logs: ReturnType<typeof memoryLog>[] = [];
  let server = await serve(0);
  const { url } = server;
  const port = Number(new URL(url).port);

  function serve(onPort: number): Promise<TestServer> {
    const log = memoryLog();
    logs.push(log);
    const config = {
      databasePath: path,
      host: "127.0.0.1",
      port: onPort,
      corsOrigins: [],
      logLevel: "info" as const,
      ...KEEP_ALL,
    };
    return testServer(path, { log, config, limits });
  }

  /** Null while some other program has just this port, as may be for a moment. */
  async function serveAgain(): Promise<TestServer | null> {
    try {
      return await serve(port);
    } catch (error) {
      if (error instanceof ListenError) return null;
      throw error;
    }
  }

  return {
    url,
    path,
    get server() {
      return server;
    },
    errors: () => logs.flatMap(({ lines }) => lines).filter(({ level }) => level === "error"),
    async stop() {
      await server[Symbol.asyncDispose]();
    },
    async start() {
      server = await until("the port", serveAgain);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
