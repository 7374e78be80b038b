import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { insertLogs, writeSql } from "./live-app.ts";

type Ends = { readonly reason: string; readonly oldest_seq: number; readonly head_seq: number };

/** Fails unless this cursor is refused everywhere, in the form of each transport. */
async function expectStale(server: TestServer, query: string, ends: Ends): Promise<void> {
  for (const path of ["/ws/events", "/ws/events?types=agent", "/ws/agent-status"]) {
    await using socket = await openSocket(server.url, `${path}${path.includes("?") ? "&" : "?"}${query}`);
    expect(await socket.ended(), path).toBe(4410);
    expect(socket.frames, path).toMatchObject([
      { type: "hello", seq: ends.head_seq, oldest_seq: ends.oldest_seq },
      { type: "stale", ...ends },
    ]);
  }
  await using stream = await openSse(server.url, `/api/events?${query}`);
  await until("the stream to end", () => stream.ended);
  expect(stream.status).toBe(200);
  expect(stream.frames).toMatchObject([
    { type: "hello", lastEventId: null },
    { type: "stale", ...ends, lastEventId: String(ends.head_seq) },
  ]);
  const page = await server.call("GET", `/api/events?${query}`);
  expect(page).toMatchObject({ status: 410, body: { code: "cursor_gone", ...ends } });
}

/** Fails unless this cursor is served everywhere. */
async function expectServed(server: TestServer, query: string, behind: number): Promise<void> {
  await using socket = await openSocket(server.url, `/ws/events?${query}`);
  await using agents = await openSocket(server.url, `/ws/agent-status?${query}`);
  await using stream = await openSse(server.url, `/api/events?${query}`);
  for (const client of [socket, stream]) {
    await until("the replay", () => client.frames.length === behind + 1);
    expect(client.frames.map(({ type }) => type)).not.toContain("stale");
  }
  expect(await agents.next("hello", () => true)).toMatchObject({ type: "hello" });
  expect(agents.closed).toBeNull();
  const page = await server.call("GET", `/api/events?${query}`);
  expect(page).toMatchObject({ status: 200, body: { events: { length: behind } } });
}

const feedOf = async (server: TestServer): Promise<string> => (await server.call("GET", "/api/events")).body.feed;

test("a cursor in front of the head is stale: ahead", async () => {
  await using server = await testServer();
  writeSql(server.path, insertLogs(3));
  await expectStale(server, "after=4", { reason: "ahead", oldest_seq: 1, head_seq: 3 });
  await expectStale(server, `after=4&feed=${await feedOf(server)}`, { reason: "ahead", oldest_seq: 1, head_seq: 3 });
  await expectServed(server, "after=3", 0);
});

test("a cursor before what is kept is stale: pruned; the last one that can be served is", async () => {
  await using server = await testServer();
  writeSql(server.path, insertLogs(9), "delete from changes where seq <= 5");
  await expectStale(server, "after=4", { reason: "pruned", oldest_seq: 6, head_seq: 9 });
  await expectStale(server, "after=0", { reason: "pruned", oldest_seq: 6, head_seq: 9 });
  await expectServed(server, "after=5", 4);
});

test("when nothing is kept any more the head is still the highest number ever given", async () => {
  await using server = await testServer();
  writeSql(server.path, insertLogs(3), "delete from changes");
  await expectStale(server, "after=2", { reason: "pruned", oldest_seq: 4, head_seq: 3 });
  await expectServed(server, "after=3", 0);
});

describe("an adopted file is no whole history", () => {
  for (const fixture of FIXTURES) {
    test(fixture, async () => {
      using folder = testFolder();
      await using server = await testServer(copyFixture(folder, fixture));
      await expectStale(server, "after=0", { reason: "pruned", oldest_seq: 2, head_seq: 1 });
      await expectServed(server, "after=1", 0);
      writeSql(server.path, insertLogs(2));
      await expectServed(server, "after=1", 2);
    });
  }
});

test("after=0 of a file that this server made is the whole history", async () => {
  await using server = await testServer();
  await expectServed(server, "after=0", 0);
  writeSql(server.path, insertLogs(2));
  await expectServed(server, "after=0", 2);
});

test("after the file has been deleted and made anew, the old feed is stale: replaced", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  const before = await testServer(path);
  writeSql(path, insertLogs(5));
  const old = await feedOf(before);
  await before[Symbol.asyncDispose]();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });

  await using server = await testServer(path);
  writeSql(path, insertLogs(8));
  const now = await feedOf(server);
  expect(now).not.toBe(old);
  await expectStale(server, `after=5&feed=${old}`, { reason: "replaced", oldest_seq: 1, head_seq: 8 });
  await expectStale(server, `after=0&feed=${old}`, { reason: "replaced", oldest_seq: 1, head_seq: 8 });
  await expectServed(server, `after=5&feed=${now}`, 3);
});

test("the feed keeps its id over a restart of the server", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  const before = await testServer(path);
  const feed = await feedOf(before);
  await before[Symbol.asyncDispose]();
  await using server = await testServer(path);
  expect(await feedOf(server)).toBe(feed);
});

test("a `Last-Event-ID` wins over `after`, and a stale stream's own reconnect goes on live", async () => {
  await using server = await testServer();
  writeSql(server.path, insertLogs(9), "delete from changes where seq <= 5");
  const path = "/api/events?after=2";
  await using stale = await openSse(server.url, path);
  const { lastEventId } = await stale.next("stale", ({ type }) => type === "stale");
  await using again = await openSse(server.url, path, { "Last-Event-ID": lastEventId! });
  expect(await again.next("hello", () => true)).toMatchObject({ type: "hello", seq: 9 });
  writeSql(server.path, insertLogs(1));
  expect(await again.next("the next change", ({ seq }) => seq === 10)).toMatchObject({ lastEventId: "10" });
  await using refused = await openSse(server.url, "/api/events?after=9", { "Last-Event-ID": "99" });
  expect(await refused.next("stale", ({ type }) => type === "stale")).toMatchObject({ reason: "ahead" });
});

test("live streams are closed when changes were pruned before they could be published", async () => {
  await using server = await testServer();
  await using socket = await openSocket(server.url, "/ws/events");
  await using agents = await openSocket(server.url, "/ws/agent-status");
  await using stream = await openSse(server.url, "/api/events");
  await until("all are live", () => [socket, agents, stream].every(({ frames }) => frames.length > 0));
  // In one commit: nothing can be published in between.
  writeSql(server.path, `begin; ${insertLogs(6)}; delete from changes where seq <= 4; commit`);
  expect([await socket.ended(), await agents.ended()]).toEqual([4410, 4410]);
  await until("the stream to end", () => stream.ended);
  for (const { frames } of [socket, agents, stream]) {
    expect(frames.at(-1)).toMatchObject({ type: "stale", reason: "pruned", oldest_seq: 5, head_seq: 6 });
  }
});
