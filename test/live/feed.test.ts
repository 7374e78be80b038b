import { expect, test } from "bun:test";
import { setImmediate as nextTick } from "node:timers/promises";
import { type Feed, openFeed, type Transport } from "#src/live/feed.ts";
import type { Frame } from "#src/live/frames.ts";
import { topicOf } from "#src/live/topics.ts";
import { memoryLog } from "#test/support/log.ts";
import { until } from "#test/support/until.ts";
import { fakeStore } from "./fake-store.ts";

const ALL = topicOf("events", {});
const AGENTS = topicOf("agent-status", { types: ["agent"] });

type Published = { readonly topic: string; readonly frame: Frame };

/** A transport that keeps what it is handed. */
function keeper(): Transport & { readonly published: Published[]; readonly toAll: Frame[]; seqs(): (number | null)[] } {
  const published: Published[] = [];
  const toAll: Frame[] = [];
  return {
    published,
    toAll,
    publish: (topic, frame) => void published.push({ topic, frame }),
    publishToAll: (frame) => void toAll.push(frame),
    endStale: (frame) => void toAll.push(frame),
    endDamaged() {},
    seqs: () => published.map(({ frame }) => frame.seq),
  };
}

async function opened(store = fakeStore(), bookmarkMs = 60_000) {
  const log = memoryLog();
  const feed: Feed = await openFeed(store, log, { bookmarkMs });
  const transport = keeper();
  feed.addTransport(transport);
  return { store, log, feed, transport, [Symbol.dispose]: () => feed.close() };
}

test("invariant 9: a change is handed over once per topic, serialised once per kind, whatever the subscribers", async () => {
  using live = await opened();
  const prompts = topicOf("events", { types: ["agent"] });
  const others = topicOf("events", { types: ["workflow"] });
  for (const topic of [ALL, ALL, ALL, prompts, prompts, AGENTS, others]) live.feed.subscribe(topic);
  live.store.commit({ entity: "agent", id: "a1", agentId: "a1", sessionId: "s1" });
  await live.feed.reached(1);
  expect(live.transport.published.map(({ topic }) => topic).toSorted()).toEqual(
    [ALL.name, prompts.name, AGENTS.name].toSorted(),
  );
  const framesOf = (kind: string) => live.transport.published.filter(({ topic }) => topic.startsWith(kind));
  const [first, second] = framesOf("events");
  expect(second!.frame).toBe(first!.frame);
  expect(framesOf("agent-status")).toHaveLength(1);
});

test("every transport gets the same frame", async () => {
  using live = await opened();
  const other = keeper();
  live.feed.addTransport(other);
  live.feed.subscribe(ALL);
  live.store.commit({});
  await live.feed.reached(1);
  expect(other.published[0]!.frame).toBe(live.transport.published[0]!.frame);
});

test("a kind of stream that does not show a change is not handed it", async () => {
  using live = await opened();
  live.feed.subscribe(topicOf("agent-status", {}));
  live.store.commit({ entity: "prompt", id: "p1" });
  await live.feed.reached(1);
  expect(live.transport.published).toEqual([]);
});

test("what was there before the feed was opened is not published", async () => {
  const store = fakeStore();
  store.commit({}, {}, {});
  using live = await opened(store);
  expect(live.feed.published).toBe(3);
  live.feed.subscribe(ALL);
  store.commit({});
  await live.feed.reached(4);
  expect(live.transport.seqs()).toEqual([4]);
});

test("while nobody listens nothing is read, and a later subscriber gets only what comes after", async () => {
  using live = await opened();
  live.store.commit({}, {});
  await live.feed.reached(2);
  expect(live.store.pages).toEqual([]);
  live.feed.subscribe(ALL);
  live.store.commit({});
  await live.feed.reached(3);
  expect(live.transport.seqs()).toEqual([3]);
});

test("many changes are read in pages and published in order, once each", async () => {
  using live = await opened();
  live.feed.subscribe(ALL);
  live.store.commit(...Array.from({ length: 1200 }, () => ({})));
  await live.feed.reached(1200);
  expect(live.transport.seqs()).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
  expect(live.store.pages.length).toBeGreaterThan(1);
});

test("a commit during the read of a page is published too", async () => {
  using live = await opened();
  live.feed.subscribe(ALL);
  live.store.beforePage = () => live.store.commit({});
  live.store.commit({});
  await live.feed.reached(2);
  expect(live.transport.seqs()).toEqual([1, 2]);
});

test("who subscribes during the read of a page gets all of that page", async () => {
  using live = await opened();
  live.feed.subscribe(AGENTS);
  live.store.beforePage = async () => {
    await nextTick();
    expect(live.feed.published).toBe(0);
    live.feed.subscribe(ALL);
  };
  live.store.commit({}, {});
  await live.feed.reached(2);
  expect(live.transport.seqs()).toEqual([1, 2]);
});

test("a read that fails is logged and made again: nothing is missed and nothing comes twice", async () => {
  using live = await opened();
  live.feed.subscribe(ALL);
  live.store.beforePage = () => {
    throw new Error("disk I/O error");
  };
  live.store.commit({}, {});
  await live.feed.reached(2);
  expect(live.transport.seqs()).toEqual([1, 2]);
  expect(live.log.lines.map(({ level }) => level)).toEqual(["error"]);
});

test("bookmarks tell how far everything has been published, whoever listens", async () => {
  using live = await opened(fakeStore(), 5);
  live.feed.subscribe(ALL);
  live.store.commit({}, {});
  await live.feed.reached(2);
  const frame = await until("a bookmark", () => live.transport.toAll.find(({ seq }) => seq === 2));
  expect(JSON.parse(frame.text)).toEqual({ type: "bookmark", seq: 2 });
});

test("`reached` resolves at once behind the feed, and later in front of it", async () => {
  using live = await opened();
  await live.feed.reached(0);
  let reached = 0;
  void live.feed.reached(2).then(() => (reached = live.feed.published));
  live.store.commit({});
  await live.feed.reached(1);
  expect(reached).toBe(0);
  live.store.commit({});
  expect(await until("the seq", () => reached)).toBe(2);
});

test("closing wakes whoever waits, and nothing is published or listened to afterwards", async () => {
  using live = await opened(fakeStore(), 1);
  live.feed.subscribe(ALL);
  const waiting = live.feed.reached(9);
  live.feed.close();
  await waiting;
  const bookmarks = live.transport.toAll.length;
  expect(live.store.listeners).toBe(0);
  live.store.commit({});
  for (let turn = 0; turn < 50; turn += 1) await nextTick();
  expect(live.transport.published).toEqual([]);
  expect(live.transport.toAll).toHaveLength(bookmarks);
});

test("other processes are watched closely while there are streams", async () => {
  using live = await opened();
  live.feed.setStreams(2);
  live.feed.setStreams(0);
  expect(live.store.attended).toEqual([true, false]);
});
