import { describe, expect, test } from "bun:test";
import { type Client, createClient } from "#src/client/client.ts";
import { filterOf, listLogs } from "#src/ui/logs/log-filter.ts";
import { addPage, arrive, firstPage, follow, type LogPages, MOST_FIRST } from "#src/ui/logs/log-pages.ts";
import { KEPT } from "#src/ui/logs/log-row.ts";
import { logSource } from "#src/ui/logs/log-source.ts";
import { readLog } from "#src/ui/logs/read-log.ts";
import { createStore } from "#src/ui/store/store.ts";
import type { Source } from "#src/ui/store/source.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { rows } from "./rows.ts";

const NO_TOKEN = { read: () => null, write() {} };

async function world() {
  const server = await testServer();
  const client = createClient({ url: server.url });
  const { id: definition } = await client.createOrchestratorAgent({ name: "d", agent_type: "builder" });
  const { id: agent } = await client.createRuntimeAgent({ orchestrator_agent_id: definition, session_id: "s" });
  const log = (...messages: string[]) =>
    client.createAgentLogs(messages.map((message) => ({ agent_id: agent, log_type: "milestone", message })));
  return { server, client, agent, log, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function held(url: string, source: Source<LogPages>) {
  const store = createStore({ url, token: NO_TOKEN });
  store.follow();
  const it = store.hold(source);
  const messages = () => it.slice().value?.pages.flatMap((page) => page.rows?.map(({ message }) => message) ?? []);
  const shows = (...wanted: string[]) => until(wanted.join(), () => Bun.deepEquals(messages(), wanted));
  return { store, it, messages, shows, [Symbol.dispose]: () => (it.release(), store.rest()) };
}

const sourceOf = (query: string) => logSource(filterOf(new URLSearchParams(query)));

describe("a list of logs", () => {
  test("shows what comes, in the server's order, and lets it wait when it does not follow", async () => {
    await using the = await world();
    await the.log("one", "two");
    using list = held(the.server.url, sourceOf("type=milestone"));
    await list.shows("two", "one");
    await the.log("three", "four");
    await list.shows("four", "three", "two", "one");
    list.it.put((known) => follow(known, false));
    await the.log("five");
    await until("the waiting", () => list.it.slice().value!.waiting.length === 1);
    expect(list.messages()).toEqual(["four", "three", "two", "one"]);
    list.it.put((known) => follow(known, true));
    await list.shows("five", "four", "three", "two", "one");
  });

  test("of a search is what the server finds, also of what comes", async () => {
    await using the = await world();
    await the.log("a plan", "something else");
    using list = held(the.server.url, sourceOf("q=plan"));
    await list.shows("a plan");
    await the.log("another plan", "nothing");
    await list.shows("another plan", "a plan");
    expect(list.it.slice().value!.pages[0]!.rows![0]!.highlight).toBe("another <mark>plan</mark>");
  });

  test("keeps pages that were read while it was read again", async () => {
    await using the = await world();
    await the.log("one plan", "two plan");
    const source = sourceOf("q=plan");
    const { promise: isHeld, resolve: letRead } = Promise.withResolvers<void>();
    let reads = 0;
    using list = held(the.server.url, {
      ...source,
      async load(...args) {
        reads += 1;
        if (reads > 1) await isHeld;
        return source.load(...args);
      },
    });
    await list.shows("two plan", "one plan");
    list.it.put((known) => follow({ ...known, next: "c" }, false));
    await the.log("three plan");
    await until("the second read", () => reads === 2);
    list.it.put((known) => addPage(known, "c", rows(2, 1), null));
    letRead();
    await until("its end", () => list.it.slice().value!.waiting.length === 1);
    expect(list.messages()).toEqual(["two plan", "one plan", "log 2", "log 1"]);
  });

  test("knows that rows are missing between those that waited before a rest and those read after it", async () => {
    await using the = await world();
    await the.log("one");
    const source = sourceOf("type=milestone");
    const nobody = createClient({ url: "http://127.0.0.1:1" });
    let isFailing = false;
    using list = held(the.server.url, {
      ...source,
      load: (client, ...rest) => source.load(isFailing ? nobody : client, ...rest),
    });
    await list.shows("one");
    list.it.put((known) => follow(known, false));
    await the.log("two");
    await until("the waiting", () => list.it.slice().value!.waiting.length === 1);
    list.store.rest();
    await the.log(...Array.from({ length: 250 }, (_, index) => `later ${index}`));
    isFailing = true;
    list.store.follow();
    await until("a read that failed", () => list.it.slice().error !== null);
    // What the feed tells meanwhile is newer than the gap.
    await the.log("last");
    await until("the last", () => list.it.slice().value!.waiting.length === 2);
    isFailing = false;
    await until("a read", () => list.it.slice().error === null);
    expect(list.it.slice().value!.isCut).toBe(true);
  });

  test("that has grown long at its top is read again", () => {
    const { outdates } = sourceOf("");
    const change = { type: "agent_log.created", data: { log_level: "INFO" } } as never;
    const long = arrive(firstPage(rows(MOST_FIRST, 1), "c"), rows(MOST_FIRST + 1, MOST_FIRST + 1));
    expect(outdates!(change, long)).toBe(true);
    expect(outdates!(change, follow(long, false))).toBe(false);
    expect(outdates!(change, firstPage(rows(9, 1), null))).toBe(false);
  });

  test("lives without the logs of an agent that was deleted", async () => {
    await using the = await world();
    await the.log("one");
    using list = held(the.server.url, sourceOf("type=milestone"));
    await list.shows("one");
    await the.client.updateRuntimeAgent(the.agent, { status: "completed" });
    await the.client.deleteRuntimeAgent(the.agent);
    await list.shows();
  });
});

describe("the whole of a log", () => {
  async function firstRow(client: Client, query: string) {
    const { rows: listed } = await listLogs(client, filterOf(new URLSearchParams(query)), { limit: 1, cursor: null });
    return listed[0]!;
  }

  test("is in the list when it is small", async () => {
    await using the = await world();
    await the.client.createAgentLog({ agent_id: the.agent, log_type: "error", message: "m", details: { a: 1 } });
    expect((await firstRow(the.client, "type=error")).rest).toEqual({ message: "m", details: { a: 1 } });
  });

  test("is read among the logs of its time when it is not", async () => {
    await using the = await world();
    const message = "x".repeat(100_000);
    const details = { y: "y".repeat(KEPT) };
    await the.client.createAgentLog({ agent_id: the.agent, log_type: "error", message, details });
    const row = await firstRow(the.client, "type=error");
    expect([row.message.length, row.rest]).toEqual([KEPT, null]);
    expect(await readLog(the.client, row)).toEqual({ message, details });
  });

  test("of the system too; and what is gone is told", async () => {
    await using the = await world();
    await the.client.createSystemLog({ component: "c", message: "m", details: "z".repeat(KEPT) });
    const row = await firstRow(the.client, "kind=system&component=c");
    expect(await readLog(the.client, row)).toEqual({ message: "m", details: "z".repeat(KEPT) });
    expect(await readLog(the.client, { ...row, id: 999 })).toBeNull();
  });
});
