import { expect, test } from "bun:test";
import { setImmediate as nextTick } from "node:timers/promises";
import { topicOf } from "#src/live/topics.ts";
import { seededRandom } from "#test/support/random.ts";
import { until } from "#test/support/until.ts";
import { insertLogs, liveApp, writeSql } from "./live-app.ts";

const ALL = topicOf("events", {});
const log = (message: string) => ({ component: "test", message });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("without `after` a stream begins with `hello` at the head and goes on live", async () => {
  await using app = await liveApp();
  await app.call("POST", "/api/system/logs", log("before"));
  const client = app.outlet();
  await app.join(client, ALL);
  await app.call("POST", "/api/system/logs", log("after"));
  await app.feed.reached(2);
  const { feed } = await app.db.changes.state();
  expect(client.frames[0]).toEqual({ type: "hello", seq: 1, oldest_seq: 1, feed, version: "0.0.0-test" });
  expect(client.frames.slice(1)).toMatchObject([{ type: "system_log.created", seq: 2, data: { message: "after" } }]);
});

test("with `after` everything behind it is replayed before the stream goes live", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(1300));
  const client = app.outlet();
  await app.join(client, ALL, { after: 100 });
  await app.call("POST", "/api/system/logs", log("live"));
  await app.feed.reached(1301);
  expect(client.frames[0]).toMatchObject({ type: "hello", seq: 100, oldest_seq: 1 });
  expect(client.seqs()).toEqual(range(101, 1301));
});

test("what was stored but not yet read by the feed when a stream opened is replayed, not published to it", async () => {
  await using app = await liveApp();
  const client = app.outlet();
  client.onDrained = () => {
    if (client.seqs().length < 1500) expect(client.topic).toBeNull();
  };
  writeSql(app.path, insertLogs(1500));
  expect(app.feed.published).toBe(0);
  await app.join(client, ALL, { after: 0 });
  expect(client.seqs()).toEqual(range(1, 1500));
});

test("a cursor at a head that the feed has not read yet gets only what comes behind it", async () => {
  await using app = await liveApp();
  const client = app.outlet();
  writeSql(app.path, insertLogs(3));
  expect(app.feed.published).toBe(0);
  await app.join(client, ALL, { after: 3 });
  await app.sql(insertLogs(2));
  expect(client.seqs()).toEqual([4, 5]);
});

test("invariant 12: writes at every step of a replay leave no gap and no duplicate", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(3600));
  const client = app.outlet();
  let extra = 0;
  client.onDrained = async () => {
    if (extra === 40) return;
    extra += 1;
    if (extra % 2 === 0) writeSql(app.path, insertLogs(1));
    else await app.call("POST", "/api/system/logs", log("own"));
  };
  await app.join(client, ALL, { after: 0 });
  expect(extra).toBe(40);
  await app.call("POST", "/api/system/logs", log("live"));
  await app.feed.reached(3641);
  expect(client.seqs()).toEqual(range(1, 3641));
});

test("streams that join at any moment of a stream of writes each get all behind their cursor, once", async () => {
  await using app = await liveApp();
  const random = seededRandom(7);
  const joined: { client: ReturnType<typeof app.outlet>; after: number; done: Promise<void> }[] = [];
  const writes: Promise<unknown>[] = [];
  for (let written = 0; written < 300; written += 1) {
    writes.push(app.call("POST", "/api/system/logs", log(`${written}`)));
    if (random.below(100) < 30) await nextTick();
    if (random.below(100) < 20) {
      const client = app.outlet();
      client.onDrained = async () => {
        if (random.below(100) < 5) await nextTick();
      };
      const after = random.below((await app.db.changes.state()).headSeq);
      joined.push({ client, after, done: app.join(client, ALL, { after }) });
    }
  }
  await Promise.all(writes);
  await Promise.all(joined.map(({ done }) => done));
  await app.feed.reached(300);
  expect(joined.length).toBeGreaterThan(30);
  for (const { client, after } of joined) expect(client.seqs()).toEqual(range(after + 1, 300));
});

test("a client that leaves during its replay is sent no more and never subscribed", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(2000));
  const client = app.outlet();
  client.onDrained = () => {
    client.closed = client.seqs().length >= 700;
  };
  await app.join(client, ALL, { after: 0 });
  const seqs = client.seqs();
  expect(seqs.length).toBeWithin(700, 1000);
  expect(seqs).toEqual(range(1, seqs.length));
  expect(client.topic).toBeNull();
});

test("a client that leaves before its first read is never subscribed", async () => {
  await using app = await liveApp();
  const client = app.outlet();
  const joining = app.join(client, ALL);
  client.closed = true;
  await joining;
  expect(client.topic).toBeNull();
});

test("a replay whose rest is pruned meanwhile ends `stale`, not with a gap", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(2000));
  const client = app.outlet();
  client.onDrained = () => {
    if (client.seqs().length >= 600) writeSql(app.path, "delete from changes where seq <= 1500");
  };
  await app.join(client, ALL, { after: 0 });
  const seqs = client.seqs();
  expect(seqs).toEqual(range(1, seqs.length));
  expect(client.frames.at(-1)).toEqual({ type: "stale", reason: "pruned", oldest_seq: 1501, head_seq: 2000 });
  expect({ stale: client.stale, topic: client.topic }).toEqual({ stale: true, topic: null });
});

test("a replay that shows nothing for long sends bookmarks to resume from", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(25_000));
  const client = app.outlet();
  client.onDrained = () => app.clock.advance(6_000);
  await app.join(client, topicOf("events", { types: ["workflow"] }), { after: 0 });
  expect(client.frames.slice(1)).toEqual([{ type: "bookmark", seq: 20_000 }]);
  await until("the subscription", () => client.topic);
});

test("a replay waits for room before every few frames", async () => {
  await using app = await liveApp();
  await app.sql(insertLogs(20, "printf('%.*c', 2000, 'x')"));
  const client = app.outlet();
  let hasRoom = false;
  const full = Promise.withResolvers<void>();
  client.onDrained = () => {
    if (!hasRoom && client.seqs().length > 0) return full.promise;
  };
  const joining = app.join(client, ALL, { after: 0 });
  await until("the first frames", () => client.seqs().length > 0);
  for (let turn = 0; turn < 20; turn += 1) await nextTick();
  expect(client.seqs().length).toBeWithin(1, 12);
  hasRoom = true;
  full.resolve();
  await joining;
  expect(client.seqs()).toEqual(range(1, 20));
});
