import { ListenError } from "#src/server.ts";
import { testFolder } from "./folder.ts";
import { type TestServer, testServer } from "./test-server.ts";
import { until } from "./until.ts";

/** A server on one file and one port, that can go away and come back. */
export type RestartingServer = AsyncDisposable & {
  readonly url: string;
  readonly path: string;
  /** The one that runs now. */
  readonly server: TestServer;
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function restartingServer(): Promise<RestartingServer> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  let server = await serve(0);
  const { url } = server;
  const port = Number(new URL(url).port);

  function serve(onPort: number): Promise<TestServer> {
    const config = { databasePath: path, host: "127.0.0.1", port: onPort, corsOrigins: [], logLevel: "info" as const };
    return testServer(path, { config });
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
