import { describe, expect, test } from "bun:test";
import type { LiveLimits } from "#src/live/limits.ts";
import { openRawSocket, openRawSse, type RawReader } from "#test/support/raw-reader.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { insertLogs, writeSql } from "./live-app.ts";

const TRANSPORTS = [
  { name: "a socket", open: openRawSocket, path: "/ws/events" },
  { name: "an SSE stream", open: openRawSse, path: "/api/events" },
];

/** 16 kB in a frame: more than a connection takes without a reader comes together soon. */
const LARGE = "replace(hex(zeroblob(1000)), '0', '漢')";
const LARGE_ROWS = 2000;
const CLOSED = [4408, 1006];

const seqOf = (text: string) => Number(/"seq":(\d+)/.exec(text)![1]);
const isChange = (text: string) => text.includes('"data":');
const seqs = (reader: RawReader) => reader.texts.filter(isChange).map(seqOf);
const last = (reader: RawReader) => seqOf(reader.texts.at(-1) ?? '"seq":0');

function expectRange(found: readonly number[], from: number, to: number): void {
  const wrong = found.findIndex((seq, index) => seq !== from + index);
  expect({ wrong, near: found.slice(wrong, wrong + 3), count: found.length }).toEqual({
    wrong: -1,
    near: found.slice(-1, 2),
    count: to - from + 1,
  });
}

const server = (limits: Partial<LiveLimits>) => testServer(undefined, { limits: { bookmarkMs: 20, ...limits } });

/** Waits while the server lives through so many of its bookmarks, of 20 ms each. */
async function bookmarks(of: TestServer, count: number): Promise<void> {
  await using socket = await openSocket(of.url, "/ws/events?types=workflow");
  await until(`${count} bookmarks`, () => socket.frames.length > count);
}

test("a replay of 100,000 changes to slow readers completes, in order, with no gap", async () => {
  await using live = await server({});
  writeSql(live.path, insertLogs(100_000));
  await using readers = new AsyncDisposableStack();
  const slow: RawReader[] = [];
  for (const { open, path } of TRANSPORTS) {
    const reader = readers.use(await open(live.url, `${path}?after=0`));
    reader.readSlowly(2);
    slow.push(reader);
  }
  for (const reader of slow) await until("the head", () => last(reader) >= 100_000, 60_000);
  writeSql(live.path, insertLogs(1));
  for (const reader of slow) {
    await until("the live change", () => last(reader) >= 100_001);
    expectRange(seqs(reader), 1, 100_001);
  }
}, 90_000);

describe("a replay waits for its reader and is never slow", () => {
  for (const { name, open, path } of TRANSPORTS) {
    test(`${name} that pauses in large pages`, async () => {
      await using live = await server({ sweepMs: 5, slowBytes: 100_000 });
      writeSql(live.path, insertLogs(LARGE_ROWS, LARGE));
      await using reader = await open(live.url, `${path}?after=0`);
      reader.pause();
      await bookmarks(live, 15);
      expect(last(reader)).toBeLessThan(LARGE_ROWS);
      reader.readSlowly(5);
      reader.resume();
      await until("the head", () => last(reader) >= LARGE_ROWS || reader.closed !== null);
      expect(reader.closed).toBeNull();
      expectRange(seqs(reader), 1, LARGE_ROWS);
    }, 30_000);
  }
});

describe("a replay that nobody reads is closed", () => {
  for (const { name, open, path } of TRANSPORTS) {
    test(`on ${name}`, async () => {
      await using live = await server({ sweepMs: 5, unreadMs: 100 });
      writeSql(live.path, insertLogs(LARGE_ROWS, LARGE));
      await using reader = await open(live.url, `${path}?after=0`);
      reader.pause();
      await bookmarks(live, 25);
      reader.resume();
      const { code } = await until("the connection to close", () => reader.closed);
      expect(CLOSED).toContain(code);
      expect(last(reader)).toBeLessThan(LARGE_ROWS);
      expectRange(seqs(reader), 1, last(reader));
    }, 30_000);
  }
});

describe("a live reader that stops while writes go on is closed, and resumes without loss", () => {
  for (const { name, open, path } of TRANSPORTS) {
    test(`on ${name}`, async () => {
      await using live = await server({ sweepMs: 5 });
      await using reader = await open(live.url, path);
      await until("the stream to be live", () => reader.texts.some((text) => text.includes("bookmark")));
      reader.pause();
      await using idle = await openSocket(live.url, "/ws/events?types=workflow");
      writeSql(live.path, insertLogs(LARGE_ROWS, LARGE));
      await idle.next("all to be published", ({ type, seq }) => type === "bookmark" && seq === LARGE_ROWS);
      await bookmarks(live, 5);
      reader.resume();
      const { code } = await until("the connection to close", () => reader.closed);
      expect(CLOSED).toContain(code);
      const got = seqs(reader);
      expect(got.length).toBeLessThan(LARGE_ROWS);
      await using again = await open(live.url, `${path}?after=${got.at(-1) ?? 0}`);
      await until("the head", () => last(again) >= LARGE_ROWS);
      expectRange([...got, ...seqs(again)], 1, LARGE_ROWS);
    }, 30_000);
  }
});

test("what a client sends is ignored; more than 64 kB at once closes with 1009", async () => {
  await using live = await server({});
  await using socket = await openSocket(live.url, "/ws/events");
  for (const text of ["", "hello", '{"type":"stale"}', "x".repeat(64 * 1024)]) socket.send(text);
  await until("a bookmark", () => socket.frames.some(({ type }) => type === "bookmark"));
  writeSql(live.path, insertLogs(1));
  await socket.next("the change", ({ seq, type }) => seq === 1 && type === "system_log.created");
  expect(new Set(socket.frames.map(({ type }) => type))).toEqual(new Set(["hello", "bookmark", "system_log.created"]));
  socket.send("x".repeat(64 * 1024 + 1));
  expect(await socket.ended()).toBe(1009);
});
