import { openAccess } from "#src/http/access.ts";
import { createApp } from "#src/http/app.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { createOpenBodies } from "#src/http/open-bodies.ts";
import { openDatabase } from "#src/database/open.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { Change } from "#src/domain/change.ts";
import { createIngest } from "#src/ingest/ingest.ts";
import { type LiveFigures, newStreamFigures } from "#src/live/figures.ts";
import { newDistribution } from "#src/platform/distribution.ts";
import type { Json } from "./json.ts";
import { memoryLog } from "./log.ts";
import { testClock, testIds, type TestClock } from "./clock.ts";
import { testFolder } from "./folder.ts";
import { writeNewDatabase } from "./new-database.ts";

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Json };

export type TestApp = AsyncDisposable & {
  readonly db: DatabaseManager;
  readonly path: string;
  readonly clock: TestClock;
  readonly log: ReturnType<typeof memoryLog>;
  readonly app: ReturnType<typeof createApp>;
  /** Sends a request in-process; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a request as it is. */
  raw(path: string, init?: RequestInit): Promise<Answer>;
  /** The feed behind `after`, in order. */
  changes(after?: number): Promise<Change[]>;
};

function nothingLive(): LiveFigures {
  const none = { ...newStreamFigures(), open: 0 };
  return {
    feed: { publishedSeq: 0, hasListeners: false, isFailing: false, published: 0 },
    streams: { websocket: none, sse: none },
  };
}

/** The app over a database of its own, without a listener: time stands still and ids are `id-1`, `id-2`, … */
export async function testApp(
  overrides: Partial<HttpDeps> & { readonly path?: string; readonly apiToken?: string } = {},
): Promise<TestApp> {
  const folder = testFolder();
  const clock = testClock();
  const log = memoryLog();
  const path = overrides.path ?? folder.file("orchestrator.db");
  if (overrides.path === undefined) await writeNewDatabase(path);
  const db = await openDatabase({ path, clock, log });
  const apiToken = overrides.apiToken ?? null;
  const access = await openAccess({ tokens: db.tokens, clock, log, apiToken, isLoopback: true });
  const newId = testIds();
  const stored = (text: string): string => text;
  const ingest = createIngest({ db, clock, newId, stored });
  const app = createApp({
    db,
    clock,
    newId,
    ingest,
    stored,
    log,
    version: "0.0.0-test",
    startedAt: clock(),
    host: "127.0.0.1",
    allowedHosts: [],
    corsOrigins: ["http://localhost:5173"],
    rateLimit: 0,
    access,
    // A test that wants the logs of it passes another one: they come after the answer.
    audit: { refused() {}, privileged() {} },
    hasRoom: () => true,
    bodies: createOpenBodies(),
    sse: { open: () => new ReadableStream() },
    liveFigures: nothingLive,
    eventLoopSeconds: newDistribution([]),
    page: async () => new Map([["index.html", new TextEncoder().encode("<!doctype html>")]]),
    scalarBundle: import.meta.path,
    policy: { days: 30, runDays: 365, changesKeep: 1_000_000, maxDatabaseMb: 4096 },
    purgeSoon: () => {},
    ...overrides,
  });

  async function raw(target: string, init: RequestInit = {}): Promise<Answer> {
    const response = await app.request(target, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  }

  return {
    db,
    path,
    clock,
    log,
    app,
    raw,
    call: (method, target, body, headers = {}) =>
      raw(target, {
        method,
        headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async changes(after = 0) {
      const { headSeq } = await db.changes.state();
      return (await db.changes.page(after, headSeq, 10_000, {})).changes;
    },
    async [Symbol.asyncDispose]() {
      access.close();
      await ingest.close();
      await db[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
