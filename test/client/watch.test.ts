import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ApiError, createClient, UnreachableError, type WatchOptions } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { type Asked, eventStream, html, json, page, problem, scriptedFetch, type Stream } from "./scripted-fetch.ts";

const ENTRY = join(import.meta.dir, "../../src/client/client.ts");

type Listed = { readonly rows: readonly unknown[]; readonly seq: number };
type Options = Omit<WatchOptions<Listed>, "list"> & { readonly list?: boolean };

const hello = (seq: number, feed = "f") => ({ type: "hello", seq, oldest_seq: 1, feed, version: "1.0.0" });
const change = (seq: number, type = "agent.updated") => ({ type, seq, id: "a", data: { status: "idle" } });
const bookmark = (seq: number) => ({ type: "bookmark", seq });
const stale = (reason: string, head_seq: number) => ({ type: "stale", reason, oldest_seq: 3, head_seq });
const connected = (seq: number, feed = "f") => ({ type: "connected", seq, feed, version: "1.0.0" });
const listed = (seq: number, ...rows: unknown[]) => ({ type: "listed", page: { rows, seq, cursor: null } });

type Frame = { readonly type: string };
type Event = { readonly type: string; readonly seq?: number; readonly retry_ms?: number; readonly error?: Error };

/** A watch whose server is the test. */
type Scripted = {
  /** What it has told so far. */
  readonly events: readonly Event[];
  /** Settles as the watch does. */
  readonly done: Promise<void>;
  /** What is told from here on, so many events. */
  next(count: number): Promise<readonly Event[]>;
  /** Answers the next requests, which must be these. */
  answerFeed(feed?: string): Promise<Asked>;
  answerList(seq: number, ...rows: unknown[]): Promise<Asked>;
  openStream(...frames: readonly Frame[]): Promise<Stream & { readonly asked: Asked }>;
  /** The next request, whatever it is. */
  request(): Promise<Asked>;
  readonly requests: readonly Asked[];
};

/** Ends the watches of a test, which must end then. */
let open: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];

afterEach(async () => {
  for (const { stop } of open) stop.abort();
  await Promise.allSettled(open.map(({ done }) => done));
  open = [];
});

function scripted({ list = false, ...options }: Options = {}): Scripted {
  const stop = new AbortController();
  const { fetch, next, asked } = scriptedFetch();
  const client = createClient({ fetch });
  const read: WatchOptions<Listed>["list"] = (given) => client.listRuntimeAgents({ session_id: "s1" }, given);
  const watch = client.watch<Listed>({
    retryDelayMs: () => 1,
    signal: stop.signal,
    ...options,
    list: list ? read : undefined,
  });
  const events: Event[] = [];
  let told = 0;
  const done = (async () => {
    for await (const event of watch) events.push(event as Event);
  })();
  // Whoever awaits it is told all the same.
  done.catch(() => {});
  if (options.signal === undefined) open.push({ stop, done });

  const request = () => next(`request ${asked.length}, after ${JSON.stringify(events)}`);
  return {
    events,
    done,
    request,
    requests: asked,
    async next(count) {
      await until(`${count} events behind ${JSON.stringify(events)}`, () => events.length >= told + count);
      expect(events).toHaveLength(told + count);
      told += count;
      return events.slice(told - count);
    },
    async answerFeed(feed = "f") {
      const one = await request();
      expect({ target: one.target, accept: one.headers.get("Accept") }).toEqual({
        target: "/api/events",
        accept: "application/json",
      });
      one.answer(json({ events: [], next_after: 1, head_seq: 1, oldest_seq: 1, feed }));
      return one;
    },
    async answerList(seq, ...rows) {
      const one = await request();
      expect(one.target).toBe("/api/runtime/agents?session_id=s1");
      one.answer(page(rows, seq));
      return one;
    },
    async openStream(...frames) {
      const one = await request();
      expect({ path: one.path, accept: one.headers.get("Accept") }).toEqual({
        path: "/api/events",
        accept: "text/event-stream",
      });
      const stream = eventStream();
      one.answer(stream.response);
      if (frames.length > 0) stream.send(...frames);
      return Object.assign(stream, { asked: one });
    },
  };
}

const seqs = (events: readonly Event[]) => events.filter(({ type }) => type.includes(".")).map(({ seq }) => seq);

describe("it lists, then follows", () => {
  test("the changes behind the list, and no others", async () => {
    const watch = scripted({ list: true });
    await watch.answerFeed();
    await watch.answerList(5, { id: "a" });
    expect(await watch.next(1)).toEqual([listed(5, { id: "a" })]);
    const stream = await watch.openStream(hello(5));
    expect(stream.asked.query).toEqual({ after: "5", feed: "f" });
    expect(await watch.next(1)).toEqual([connected(5)]);
    stream.send(change(4), change(5), change(6), change(6), change(9), change(7), bookmark(8), change(9), change(10));
    expect(await watch.next(3)).toEqual([change(6), change(9), change(10)]);
  });

  test("without a list it is live from now", async () => {
    const watch = scripted();
    const first = await watch.openStream(hello(41));
    expect(first.asked.query).toEqual({});
    expect(await watch.next(1)).toEqual([connected(41)]);
    first.end();
    const second = await watch.openStream();
    expect(second.asked.query, "now is when it began").toEqual({ after: "41", feed: "f" });
  });

  test("without a list it may begin behind any change", async () => {
    const watch = scripted({ after: 0, feed: "g" });
    const stream = await watch.openStream(hello(0, "g"), change(1));
    expect(stream.asked.query).toEqual({ after: "0", feed: "g" });
    expect(await watch.next(2)).toEqual([connected(0, "g"), change(1)]);
  });

  test("without the feed of `after` it takes that of the server", async () => {
    const watch = scripted({ after: 3 });
    const first = await watch.openStream(hello(3), change(4));
    expect(first.asked.query).toEqual({ after: "3" });
    expect(await watch.next(2)).toEqual([connected(3), change(4)]);
    first.end();
    expect((await watch.openStream()).asked.query).toEqual({ after: "4", feed: "f" });
  });

  test("with both it begins behind `after`, and lists when that is stale", async () => {
    const watch = scripted({ list: true, after: 2 });
    (await watch.openStream(hello(9), stale("pruned", 9))).end();
    expect(await watch.next(1)).toEqual([stale("pruned", 9)]);
    await watch.answerFeed();
    await watch.answerList(9);
    expect(await watch.next(1)).toEqual([listed(9)]);
  });

  test("its filter goes with every connection", async () => {
    const filter = { types: ["agent", "agent_log"], session_id: ["s1", "s2"], agent_id: "a" } as const;
    const sent = { types: "agent,agent_log", session_id: "s1,s2", agent_id: "a" };
    const watch = scripted(filter);
    const first = await watch.openStream(hello(1));
    expect(first.asked.query).toEqual(sent);
    await watch.next(1);
    first.end();
    expect((await watch.openStream()).asked.query).toEqual({ ...sent, after: "1", feed: "f" });
  });
});

describe("it comes back after a break", () => {
  test("at the change where it stopped", async () => {
    const watch = scripted({ list: true });
    await watch.answerFeed();
    await watch.answerList(5);
    const first = await watch.openStream(hello(5), change(6), change(8));
    expect(seqs(await watch.next(4))).toEqual([6, 8]);
    first.end();
    const [notice] = await watch.next(1);
    expect(notice).toMatchObject({
      type: "disconnected",
      retry_ms: 1,
      error: { message: "the server ended the stream" },
    });
    expect(notice!.error).toBeInstanceOf(UnreachableError);
    const second = await watch.openStream(hello(8), change(9));
    expect(second.asked.query).toEqual({ after: "8", feed: "f" });
    expect(await watch.next(2)).toEqual([connected(8), change(9)]);
    second.break();
    expect((await watch.next(1))[0]).toMatchObject({
      type: "disconnected",
      error: {
        name: "UnreachableError",
        message: "the stream from http://127.0.0.1:8000 broke: reset by peer",
        cause: { message: "reset by peer" },
      },
    });
    expect((await watch.openStream()).asked.query).toEqual({ after: "9", feed: "f" });
  });

  test("a bookmark moves the cursor, and is not told", async () => {
    const watch = scripted({ after: 1 });
    const first = await watch.openStream(hello(1), bookmark(70));
    await watch.next(1);
    first.end();
    expect(await watch.next(1)).toMatchObject([{ type: "disconnected" }]);
    expect((await watch.openStream()).asked.query).toEqual({ after: "70", feed: "f" });
  });

  const encoded = (frames: readonly object[]) => frames.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");

  /** A server that cuts its first stream at this character, and serves all others as they ask. */
  async function changesWhenCut(at: number, how: "end" | "break", history: readonly Frame[]) {
    const stop = new AbortController();
    const watch = scripted({ after: 0, feed: "f", signal: stop.signal });
    const first = await watch.openStream();
    const text = encoded([hello(0), ...history, bookmark(history.length)]).slice(0, at);
    first.write(text);
    const whole = text.split("\n\n").length - 1;
    await watch.next(Math.min(whole, history.length + 1));
    first[how]();
    const second = await watch.openStream();
    const after = Number(second.asked.query["after"]);
    second.send(hello(after), ...history.slice(after));
    await until("the rest", () => seqs(watch.events).length >= history.length);
    stop.abort();
    await watch.done;
    return watch.events;
  }

  for (const how of ["end", "break"] as const) {
    test(`wherever the stream is cut (${how}), nothing is missed and nothing comes twice`, async () => {
      const history = [1, 2, 3].map((seq) => change(seq));
      const { length } = encoded([hello(0), ...history, bookmark(3)]);
      for (let at = 0; at <= length; at += how === "end" ? 1 : 7) {
        const events = await changesWhenCut(at, how, history);
        expect(seqs(events), `cut at ${at}`).toEqual([1, 2, 3]);
        expect(events.filter(({ type }) => type === "disconnected")).toHaveLength(1);
      }
    });
  }

  test("a network that is not there, at every step", async () => {
    const watch = scripted({ list: true });
    const failed = async () => {
      (await watch.request()).fail(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
      expect(await watch.next(1)).toMatchObject([{ type: "disconnected", error: { name: "UnreachableError" } }]);
    };
    await failed();
    await watch.answerFeed();
    await failed();
    await watch.answerFeed();
    await watch.answerList(5);
    expect(await watch.next(1)).toEqual([listed(5)]);
    await failed();
    const { asked } = await watch.openStream(hello(5));
    expect(asked.query, "it has listed already").toEqual({ after: "5", feed: "f" });
    expect(await watch.next(1)).toEqual([connected(5)]);
  });

  test("tries are counted until it is connected again", async () => {
    const tries: number[] = [];
    const retryDelayMs = (attempt: number) => {
      tries.push(attempt);
      return 1;
    };
    const watch = scripted({ retryDelayMs });
    for (let index = 0; index < 3; index += 1) (await watch.request()).fail(new Error("no network"));
    const first = await watch.openStream(hello(1));
    await watch.next(4);
    first.end();
    for (let index = 0; index < 2; index += 1) (await watch.request()).fail(new Error("no network"));
    // Open, but nothing said: that is no success.
    (await watch.openStream()).end();
    await watch.next(4);
    expect(tries).toEqual([1, 2, 3, 1, 2, 3, 4]);
  });

  test("by itself it waits a little, then longer", async () => {
    const stop = new AbortController();
    const watch = scripted({ retryDelayMs: undefined, signal: stop.signal });
    for (const [least, most] of [
      [80, 120],
      [200, 300],
    ]) {
      (await watch.request()).fail(new Error("no network"));
      const [notice] = await watch.next(1);
      expect(notice!.retry_ms).toBeGreaterThanOrEqual(least!);
      expect(notice!.retry_ms).toBeLessThanOrEqual(most!);
    }
    stop.abort();
    await watch.done;
  });

  test("it waits as long as the server asks, or longer", async () => {
    const stop = new AbortController();
    const delays = [1, 60_000, 7];
    const watch = scripted({ retryDelayMs: (attempt) => delays[attempt - 1]!, signal: stop.signal });
    (await watch.request()).answer(problem(503, "unavailable", { "Retry-After": "0.01" }));
    expect(await watch.next(1)).toMatchObject([{ type: "disconnected", retry_ms: 10, error: { status: 503 } }]);
    (await watch.request()).answer(problem(429, "too_many_requests", { "Retry-After": "1" }));
    expect(await watch.next(1)).toMatchObject([{ type: "disconnected", retry_ms: 60_000, error: { status: 429 } }]);
    stop.abort();
    await watch.done;
    expect(watch.requests).toHaveLength(2);
  });

  test("a stream that falls silent counts as broken, and is closed", async () => {
    const watch = scripted({ silenceMs: 50 });
    const first = await watch.openStream(hello(3));
    const [, notice] = await watch.next(2);
    expect(notice!.error!.message).toBe("the stream from http://127.0.0.1:8000 broke: nothing came for 0.05 s");
    expect(first.closed).toBe(true);
    expect((await watch.request()).query).toEqual({ after: "3", feed: "f" });
  });
});

describe("it answers `stale`", () => {
  for (const reason of ["pruned", "ahead", "replaced"]) {
    test(`${reason}: by listing again`, async () => {
      const watch = scripted({ list: true });
      await watch.answerFeed();
      await watch.answerList(5);
      (await watch.openStream(hello(5), change(6))).end();
      await watch.next(4);
      (await watch.openStream(hello(20, "g"), stale(reason, 20))).end();
      expect(await watch.next(1), "it was not connected").toEqual([stale(reason, 20)]);
      await watch.answerFeed("g");
      await watch.answerList(22, { id: "b" });
      expect(await watch.next(1)).toEqual([listed(22, { id: "b" })]);
      const stream = await watch.openStream(hello(22, "g"), change(23));
      expect(stream.asked.query).toEqual({ after: "22", feed: "g" });
      expect(await watch.next(2)).toEqual([connected(22, "g"), change(23)]);
    });

    test(`${reason}: without a list, by going on behind the head`, async () => {
      const watch = scripted({ after: 5, feed: "f" });
      (await watch.openStream(hello(2, "g"), stale(reason, 2))).end();
      expect(await watch.next(1)).toEqual([stale(reason, 2)]);
      const stream = await watch.openStream(hello(2, "g"), change(3));
      expect(stream.asked.query).toEqual({ after: "2", feed: "g" });
      expect(await watch.next(2)).toEqual([connected(2, "g"), change(3)]);
    });
  }

  test("replaced by a history that is as long: it was not connected", async () => {
    const watch = scripted({ after: 5, feed: "f" });
    await watch.openStream(hello(5, "g"), stale("replaced", 5));
    expect(await watch.next(1)).toEqual([stale("replaced", 5)]);
    expect((await watch.request()).query).toEqual({ after: "5", feed: "g" });
  });

  test("in the middle of a replay too", async () => {
    const watch = scripted({ after: 5, feed: "f" });
    (await watch.openStream(hello(5), change(6), stale("pruned", 90))).end();
    expect(await watch.next(3)).toEqual([connected(5), change(6), stale("pruned", 90)]);
    expect((await watch.openStream()).asked.query).toEqual({ after: "90", feed: "f" });
  });

  test("a history that is replaced while it lists is noticed", async () => {
    const watch = scripted({ list: true });
    await watch.answerFeed("old");
    await watch.answerList(5);
    expect((await watch.openStream()).asked.query).toEqual({ after: "5", feed: "old" });
  });

  test("the connection is closed, whether or not the server ends it", async () => {
    const watch = scripted({ after: 5 });
    const stream = await watch.openStream(hello(2), stale("ahead", 2));
    await watch.next(1);
    await watch.openStream();
    expect(stream.closed).toBe(true);
    expect(stream.asked.aborted).toBe(true);
  });

  test("wherever that answer is cut, the changes that are gone are not taken for seen", async () => {
    const text = [hello(20, "g"), stale("replaced", 20)].map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
    for (let at = 0; at <= text.length; at += 1) {
      const stop = new AbortController();
      const watch = scripted({ list: true, signal: stop.signal });
      await watch.answerFeed();
      await watch.answerList(5);
      await watch.next(1);
      const cut = await watch.openStream();
      cut.write(text.slice(0, at));
      cut.end();
      await watch.next(1);
      const asked = await watch.request();
      const isWhole = at === text.length;
      expect(watch.events.at(-1)!.type, `cut at ${at}`).toBe(isWhole ? "stale" : "disconnected");
      // Lists again, or asks again from where it stood.
      expect(asked.query, `cut at ${at}`).toEqual(isWhole ? {} : { after: "5", feed: "f" });
      stop.abort();
      await watch.done;
    }
  });
});

describe("it gives up when the server refuses the request", () => {
  const refusals: [number, string][] = [
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not_found"],
    [422, "validation"],
  ];
  for (const [status, code] of refusals) {
    test(`${status} when it connects`, async () => {
      const watch = scripted({ after: 1 });
      (await watch.request()).answer(problem(status, code));
      await expect(watch.done).rejects.toThrow(`It is ${code}.`);
      await expect(watch.done).rejects.toBeInstanceOf(ApiError);
      expect(watch.events).toEqual([]);
    });

    test(`${status} when it lists, also for the second time`, async () => {
      const watch = scripted({ list: true });
      await watch.answerFeed();
      await watch.answerList(5);
      (await watch.openStream(hello(9), stale("pruned", 9))).end();
      await watch.answerFeed();
      (await watch.request()).answer(problem(status, code));
      await expect(watch.done).rejects.toThrow(`It is ${code}.`);
      expect(watch.events).toEqual([listed(5), stale("pruned", 9)]);
    });
  }

  test("an error of the list itself", async () => {
    const own = new Error("my own mistake");
    const { fetch, next } = scriptedFetch();
    const failing = createClient({ fetch }).watch({ list: () => Promise.reject<{ seq: number }>(own) });
    const first = failing.next();
    (await next()).answer(json({ feed: "f" }));
    await expect(first).rejects.toBe(own);
    expect(await failing.next()).toEqual({ done: true, value: undefined });
  });
});

describe("it goes on when something else answers, as may be while a server restarts", () => {
  const ID = { "X-Request-Id": "1" };
  const events = `data: ${JSON.stringify(change(7))}\n\n`;
  const answer = (body: string | null, status: number, headers: Record<string, string>) => () =>
    new Response(body, { status, headers });
  const others: Record<string, [answer: () => Response, error: string]> = {
    "a page": [() => html(200), "UnreachableError"],
    "a page that says 404": [() => html(404), "UnreachableError"],
    "a page that says 401": [() => html(401), "UnreachableError"],
    "a page that says 502": [() => html(502, ID), "UnreachableError"],
    "JSON that says 404": [answer("{}", 404, { "Content-Type": "application/json" }), "UnreachableError"],
    "JSON that says 404, with an id": [answer("{}", 404, { "Content-Type": "application/json", ...ID }), "ApiError"],
    "JSON of no meaning": [() => Response.json({ hello: "world" }), "UnreachableError"],
    "an answer without a body": [answer(null, 204, {}), "UnreachableError"],
    "events of something else": [answer(events, 200, { "Content-Type": "text/event-stream" }), "UnreachableError"],
    "events in an error": [answer(events, 503, { "Content-Type": "text/event-stream", ...ID }), "UnreachableError"],
    "what only looks like events": [answer(events, 200, { "Content-Type": "text/plain", ...ID }), "UnreachableError"],
    "500 of the server itself": [() => problem(500, "internal"), "ApiError"],
    "503 of the server itself": [() => problem(503, "unavailable"), "ApiError"],
  };
  for (const [name, [respond, error]] of Object.entries(others)) {
    test(name, async () => {
      const notice = { type: "disconnected", error: { name: error } };
      const watch = scripted({ list: true });
      (await watch.request()).answer(respond());
      expect(await watch.next(1)).toMatchObject([notice]);
      await watch.answerFeed();
      (await watch.request()).answer(respond());
      expect(await watch.next(1)).toMatchObject([notice]);
      await watch.answerFeed();
      await watch.answerList(5);
      (await watch.request()).answer(respond());
      expect(await watch.next(2)).toMatchObject([listed(5), notice]);
      const stream = await watch.openStream(hello(5), change(6));
      expect(stream.asked.query).toEqual({ after: "5", feed: "f" });
      expect(await watch.next(2)).toEqual([connected(5), change(6)]);
    });
  }

  test("a frame that is no JSON breaks the stream", async () => {
    const watch = scripted();
    const stream = await watch.openStream(hello(5));
    stream.write("data: <!doctype html>\n\n");
    expect(await watch.next(2)).toMatchObject([
      connected(5),
      { type: "disconnected", error: { name: "UnreachableError" } },
    ]);
    expect((await watch.request()).query).toEqual({ after: "5", feed: "f" });
    expect(stream.closed).toBe(true);
  });

  test("a server that does not answer in time", async () => {
    const { fetch, next } = scriptedFetch();
    const watch = createClient({ fetch, timeoutMs: 5 }).watch({ retryDelayMs: () => 1 });
    const first = watch.next();
    const asked = await next();
    expect((await first).value).toMatchObject({ type: "disconnected", error: { name: "UnreachableError" } });
    expect(asked.aborted).toBe(true);
    await watch.return();
  });

  test("but the time to answer does not end a stream", async () => {
    const { fetch, next } = scriptedFetch();
    const client = createClient({ fetch, timeoutMs: 200 });
    const watch = client.watch();
    const first = watch.next();
    const stream = eventStream();
    (await next()).answer(stream.response);
    stream.send(hello(1));
    expect((await first).value).toMatchObject({ type: "connected" });
    const second = watch.next();
    // Another request runs into its limit meanwhile.
    await expect(client.getHealth()).rejects.toThrow("no answer within 0.2 s");
    stream.send(change(2));
    expect((await second).value).toMatchObject({ seq: 2 });
    await watch.return();
  });
});

describe("it ends quietly when told to, and closes what is open", () => {
  const told = () => {
    const stop = new AbortController();
    return { stop, watch: scripted({ list: true, signal: stop.signal, retryDelayMs: () => 60_000 }) };
  };

  test("before it begins", async () => {
    const watch = scripted({ signal: AbortSignal.abort() });
    await watch.done;
    expect(watch.requests).toEqual([]);
  });

  test("while it asks for the feed, lists or connects", async () => {
    for (const step of [0, 1, 2]) {
      const { stop, watch } = told();
      if (step > 0) await watch.answerFeed();
      if (step > 1) await watch.answerList(5);
      const asked = await watch.request();
      stop.abort();
      await watch.done;
      expect(asked.aborted, asked.target).toBe(true);
      expect(watch.events).toEqual(step > 1 ? ([listed(5)] as unknown as Event[]) : []);
    }
  });

  test("while it reads", async () => {
    const { stop, watch } = told();
    await watch.answerFeed();
    await watch.answerList(5);
    const stream = await watch.openStream(hello(5), change(6));
    await watch.next(3);
    stop.abort();
    await watch.done;
    expect(stream.asked.aborted).toBe(true);
    expect(stream.closed).toBe(true);
    expect(watch.events).toHaveLength(3);
  });

  test("while it waits for its next try", async () => {
    const { stop, watch } = told();
    (await watch.request()).fail(new Error("no network"));
    expect(await watch.next(1)).toMatchObject([{ retry_ms: 60_000 }]);
    stop.abort();
    await watch.done;
  });

  test("while it waits to list again", async () => {
    const { stop, watch } = told();
    await watch.answerFeed();
    await watch.answerList(5);
    (await watch.openStream(hello(9), stale("pruned", 9))).end();
    await watch.next(2);
    stop.abort();
    await watch.done;
    expect(watch.requests).toHaveLength(3);
  });

  test("at an event: the next ones are not told, although they have come", async () => {
    const stop = new AbortController();
    const { fetch, next } = scriptedFetch();
    const watch = createClient({ fetch }).watch({ signal: stop.signal });
    const first = watch.next();
    const stream = eventStream();
    (await next()).answer(stream.response);
    stream.send(hello(1), change(2), change(3));
    await first;
    expect((await watch.next()).value).toMatchObject({ seq: 2 });
    stop.abort();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    await until("the stream to be closed", () => stream.closed);
  });

  test("nothing of it keeps a program running", async () => {
    await using server = await testServer();
    const program = `
      const { createClient } = await import(${JSON.stringify(ENTRY)});
      for await (const event of createClient({ url: "${server.url}" }).watch()) break;
      const stop = new AbortController();
      const watch = createClient({ fetch: () => Promise.reject(new Error("no network")) }).watch({
        signal: stop.signal,
        retryDelayMs: () => 60_000,
      });
      await watch.next();
      setImmediate(() => stop.abort());
      for await (const event of watch) throw new Error(event.type);
      console.log("over");`;
    const child = Bun.spawn([process.execPath, "-e", program], { stderr: "inherit" });
    try {
      expect(await new Response(child.stdout).text()).toBe("over\n");
      await until("the program to end", () => child.exitCode === 0);
    } finally {
      child.kill();
    }
  });

  test("at a notice: nothing is asked any more, and nothing waited for", async () => {
    for (const type of ["listed", "disconnected", "stale"]) {
      const stop = new AbortController();
      const { fetch, next, asked } = scriptedFetch();
      const list = async () => ({ seq: 1 });
      const watch = createClient({ fetch }).watch({ signal: stop.signal, retryDelayMs: () => 60_000, list });
      let event = watch.next();
      (await next()).answer(json({ feed: "f" }));
      if (type !== "listed") {
        await event;
        event = watch.next();
        const stream = eventStream();
        (await next()).answer(stream.response);
        if (type === "stale") stream.send(hello(9), stale("pruned", 9));
        else stream.end();
      }
      expect((await event).value).toMatchObject({ type });
      const before = asked.length;
      stop.abort();
      expect(await watch.next()).toEqual({ done: true, value: undefined });
      expect(asked.length, type).toBe(before);
    }
  });

  test("while a list that does not listen answers all the same: it is not told", async () => {
    const stop = new AbortController();
    const { fetch, next, asked } = scriptedFetch();
    const { promise, resolve } = Promise.withResolvers<{ seq: number }>();
    const { promise: asksList, resolve: askList } = Promise.withResolvers<void>();
    const list = () => {
      askList();
      return promise;
    };
    const watch = createClient({ fetch }).watch({ signal: stop.signal, list });
    const first = watch.next();
    (await next()).answer(json({ feed: "f" }));
    await asksList;
    stop.abort();
    resolve({ seq: 5 });
    expect(await first).toEqual({ done: true, value: undefined });
    expect(asked).toHaveLength(1);
  });
});

describe("the loop that reads it", () => {
  /** A watch that is connected, has told `hello`, and has changes to tell. */
  async function connectedWatch() {
    const { fetch, next, asked } = scriptedFetch();
    const stream = eventStream();
    const watch = createClient({ fetch }).watch();
    void next().then((one) => one.answer(stream.response));
    stream.send(hello(1), change(2), change(3));
    return { watch, stream, asked };
  }

  test("closes the connection by `break`", async () => {
    const { watch, stream, asked } = await connectedWatch();
    for await (const event of watch) if (event.type === "agent.updated") break;
    expect(stream.closed).toBe(true);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.aborted).toBe(true);
  });

  for (const own of [new Error("mine"), new UnreachableError("mine too")]) {
    test(`its own ${own.name} passes through, and closes the connection`, async () => {
      const { watch, stream, asked } = await connectedWatch();
      const loop = async () => {
        for await (const event of watch) if (event.type === "agent.updated") throw own;
      };
      await expect(loop()).rejects.toBe(own);
      expect(stream.closed).toBe(true);
      expect(asked).toHaveLength(1);
    });
  }

  test("an error of `retryDelayMs` passes through", async () => {
    const own = new Error("mine");
    const watch = scripted({
      retryDelayMs() {
        throw own;
      },
    });
    (await watch.request()).fail(new Error("no network"));
    await expect(watch.done).rejects.toBe(own);
  });

  test("many watches of one client do not disturb each other", async () => {
    const { fetch, next } = scriptedFetch();
    const client = createClient({ fetch });
    const streams = [];
    for (const after of [10, 20, 30]) {
      const watch = client.watch({ after });
      const first = watch.next();
      const stream = eventStream();
      (await next()).answer(stream.response);
      stream.send(hello(after), change(after + 1));
      expect((await first).value).toMatchObject({ seq: after });
      streams.push({ watch, stream });
    }
    await streams[0]!.watch.return();
    expect(streams.map(({ stream }) => stream.closed)).toEqual([true, false, false]);
    expect((await streams[2]!.watch.next()).value).toMatchObject({ seq: 31 });
    for (const { watch } of streams) await watch.return();
  });
});
