import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { StoreHealth } from "#src/database/store-health.ts";
import { openReader, openWriter } from "#src/database/sqlite/connection.ts";
import { createFaults } from "#src/database/sqlite/faults.ts";
import { createHealth } from "#src/database/sqlite/health.ts";
import { createReader } from "#src/database/sqlite/reader.ts";
import { createWriter } from "#src/database/sqlite/writer.ts";
import { Health, LOW_DISK_BYTES, WRITER_FAILED_MS } from "#src/domain/health.ts";
import type { FeedProgress } from "#src/queries/health.ts";
import { START } from "#test/support/clock.ts";
import { contents } from "#test/support/contents.ts";
import { testDatabase } from "#test/support/database.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { testApp } from "#test/support/test-app.ts";
import { until } from "#test/support/until.ts";

const WELL: StoreHealth = { headSeq: 7, writer: { state: "ready" }, freeBytes: LOW_DISK_BYTES, damage: null };
const IDLE: FeedProgress = { publishedSeq: 0, hasListeners: false, isFailing: false };

/** `GET /health` of a server with such a store and feed. */
async function healthOf(store: Partial<StoreHealth>, feed: Partial<FeedProgress> = {}) {
  const db = { health: async () => ({ ...WELL, ...store }) } as unknown as DatabaseManager;
  const live = { streams: {} as never, feed: { ...IDLE, ...feed, published: 0 } };
  await using app = await testApp({ db, liveFigures: () => live });
  const { status, body } = await app.call("GET", "/health");
  expect(Health.safeParse(body).error).toBeUndefined();
  return { status, body: body as Health, log: app.log };
}

const CHECKS: Health["checks"] = {
  reader: { status: "ok" },
  writer: { status: "ok", reason: null, waiting_ms: null },
  feed: { status: "ok", lag: 0 },
  disk: { status: "ok", free_bytes: LOW_DISK_BYTES },
  damage: { status: "ok", found_at: null, detail: null },
};

type Case = {
  readonly what: string;
  readonly store?: Partial<StoreHealth>;
  readonly feed?: Partial<FeedProgress>;
  readonly status: number;
  readonly checks: Partial<Health["checks"]>;
};

const refused = (reason: "disk_full" | "at_limit" | "overloaded" | "failed"): StoreHealth["writer"] => ({
  state: "refused",
  reason,
});

const CASES: readonly Case[] = [
  { what: "all well", status: 200, checks: {} },
  {
    what: "a store that cannot be read",
    store: { headSeq: null, fault: new Error("/home/someone/secret.db") },
    status: 503,
    checks: { reader: { status: "failed" } },
  },
  {
    what: "a write that waits a little",
    store: { writer: { state: "waiting", sinceMs: WRITER_FAILED_MS - 1 } },
    status: 200,
    checks: { writer: { status: "degraded", reason: "waiting", waiting_ms: WRITER_FAILED_MS - 1 } },
  },
  {
    what: "a write that waits too long",
    store: { writer: { state: "waiting", sinceMs: WRITER_FAILED_MS } },
    status: 503,
    checks: { writer: { status: "failed", reason: "waiting", waiting_ms: WRITER_FAILED_MS } },
  },
  ...(["disk_full", "at_limit", "overloaded"] as const).map((reason) => ({
    what: `a write that was refused: ${reason}`,
    store: { writer: refused(reason) },
    status: 200,
    checks: { writer: { status: "degraded" as const, reason, waiting_ms: null } },
  })),
  {
    what: "a writer that cannot begin",
    store: { writer: refused("failed") },
    status: 503,
    checks: { writer: { status: "failed", reason: "failed", waiting_ms: null } },
  },
  {
    what: "a disk with little room",
    store: { freeBytes: LOW_DISK_BYTES - 1 },
    status: 200,
    checks: { disk: { status: "degraded", free_bytes: LOW_DISK_BYTES - 1 } },
  },
  {
    what: "a disk that says nothing",
    store: { freeBytes: null },
    status: 200,
    checks: { disk: { status: "ok", free_bytes: null } },
  },
  {
    what: "a feed that is behind its listeners",
    feed: { hasListeners: true, publishedSeq: 3 },
    status: 200,
    checks: { feed: { status: "ok", lag: 4 } },
  },
  {
    what: "a feed that cannot be read",
    feed: { isFailing: true },
    status: 200,
    checks: { feed: { status: "degraded", lag: 0 } },
  },
  {
    what: "damage",
    store: { damage: { at: START, what: "database disk image is malformed" } },
    status: 503,
    checks: {
      damage: {
        status: "failed",
        found_at: new Date(START).toISOString(),
        detail:
          "database disk image is malformed; run `orchestrator doctor` where the server runs, and restore a backup",
      },
    },
  },
];

describe("GET /health tells of", () => {
  test.each(CASES)("$what", async ({ store = {}, feed = {}, status, checks }) => {
    const found = await healthOf(store, feed);
    expect(found.status).toBe(status);
    expect(found.body).toEqual({
      status: status === 200 ? "healthy" : "unhealthy",
      database: store.headSeq === null ? "disconnected" : "connected",
      version: "0.0.0-test",
      uptime_s: 0,
      checks: { ...CHECKS, ...checks },
    });
    expect(JSON.stringify(found.body)).not.toContain("secret");
    const errors = found.log.lines.filter(({ level }) => level === "error");
    expect(errors.map(({ message }) => message)).toEqual(
      store.headSeq === null ? ["the database does not answer"] : [],
    );
  });
});

describe("the health of a store", () => {
  test("is asked for without a trace in the file, however often and by however many", async () => {
    await using on = await testDatabase();
    const withoutLocks = () => Object.entries(contents(on.folder)).filter(([name]) => !name.endsWith("-shm"));
    const before = withoutLocks();
    let commits = 0;
    on.db.changes.onChange(() => (commits += 1));
    const found = await Promise.all(Array.from({ length: 50 }, () => on.db.health()));
    for (const one of found) expect(one).toEqual({ ...WELL, headSeq: 0, freeBytes: expect.any(Number) });
    expect(withoutLocks()).toEqual(before);
    expect(commits).toBe(0);
  });

  test("is answered while another process holds the lock, says since when, and is well once it is gone", async () => {
    await using on = await testDatabase();
    await using other = await openForeignWriter(on.path);
    await other.run("begin immediate");
    const [first, second] = [await on.db.health(), await on.db.health()];
    expect([first.writer.state, second.writer.state]).toEqual(["waiting", "waiting"]);
    const since = ({ writer }: StoreHealth) => (writer.state === "waiting" ? writer.sinceMs : Number.NaN);
    expect(since(second)).toBeGreaterThan(since(first));
    // Nobody was refused: what looks is no write.
    expect(on.db.figures().refused.busy).toBe(0);
    await other.run("commit");
    let state = second.writer.state as string;
    for (let times = 0; times < 100 && state !== "ready"; times += 1) ({ state } = (await on.db.health()).writer);
    expect(state).toBe("ready");
  });

  test("asks a disk that does not answer once, however often it is asked for; and again once it has answered", async () => {
    await using on = await testDatabase();
    const answers: ((bytes: number) => void)[] = [];
    const freeBytes = () => new Promise<number>((resolve) => answers.push(resolve));
    using writerDb = openWriter(on.path);
    using readerDb = openReader(on.path);
    const writer = createWriter(writerDb, () => {});
    const faults = createFaults(on.path, on.clock, on.log);
    const health = createHealth({ path: on.path, reader: createReader(readerDb), writer, faults, freeBytes });
    const looks = await Promise.all(Array.from({ length: 20 }, () => health.look()));
    expect(looks.map((look) => look.freeBytes)).toEqual(looks.map(() => null));
    expect((await health.look()).freeBytes).toBe(null);
    expect(answers).toHaveLength(1);
    answers[0]!(5);
    await until("it to be asked again", async () => (await health.look()).freeBytes === null && answers.length === 2);
    const again = health.look();
    answers[1]!(7);
    expect((await again).freeBytes).toBe(7);
    await writer.close();
  });

  test("does not keep a store from closing that another process has locked", async () => {
    const on = await testDatabase();
    await using other = await openForeignWriter(on.path);
    await other.run("begin immediate");
    expect((await on.db.health()).writer.state).toBe("waiting");
    await on[Symbol.asyncDispose]();
  });
});
