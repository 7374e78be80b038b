import { startServer, type ServerDeps } from "#src/server.ts";
import { memoryLog } from "./log.ts";
import { testFolder } from "./folder.ts";
import { KEEP_ALL } from "./keep-all.ts";
import { writeNewDatabase } from "./new-database.ts";
import type { Answer } from "./test-app.ts";

export type TestServer = AsyncDisposable & {
  readonly url: string;
  readonly path: string;
  readonly log: ReturnType<typeof memoryLog>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Stops it; a second call does nothing. */
  stop(): Promise<void>;
};

/** The whole server on loopback and port 0, over a database of its own or the one at `path`. */
export async function testServer(
  path?: string,
  { apiToken, ...overrides }: Partial<ServerDeps> & { readonly apiToken?: string } = {},
): Promise<TestServer> {
  const folder = testFolder();
  const log = memoryLog();
  const databasePath = path ?? folder.file("orchestrator.db");
  if (path === undefined) await writeNewDatabase(databasePath);
  const config = {
    databasePath,
    host: "127.0.0.1",
    port: 0,
    corsOrigins: ["http://localhost:5173"],
    logLevel: "info" as const,
    ...KEEP_ALL,
    apiToken: apiToken ?? null,
  };
  const server = await startServer({ config, log, ...overrides });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= server.stop());

  return {
    url: server.url,
    path: databasePath,
    log,
    stop,
    async call(method, target, body, headers = {}) {
      const response = await fetch(server.url + target, {
        method,
        headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== "" ? JSON.parse(text) : text,
      };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}
