import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { createClient } from "#src/client/client.ts";
import { BOARD } from "#src/ui/store/board.ts";
import { createStore, type Store } from "#src/ui/store/store.ts";
import { restartingServer } from "#test/support/restarting-server.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PACE = { rereadMs: 1, retryMs: [1] };

function memoryToken(token: string | null = null) {
  let held = token;
  return { read: () => held, write: (next: string | null) => void (held = next) };
}

function openStore(url: string, token = memoryToken()): Store & Disposable {
  const store = createStore({ url, token, pace: PACE });
  return Object.assign(Object.defineProperties({}, Object.getOwnPropertyDescriptors(store)) as Store, {
    [Symbol.dispose]: () => store.rest(),
  });
}

const isLive = (store: Store) => until("the stream", () => store.link.state === "live");

async function startAgent(url: string, name: string): Promise<string> {
  const client = createClient({ url });
  const definitions = await client.listOrchestratorAgents();
  const definition =
    definitions.rows[0] ?? (await client.createOrchestratorAgent({ name: "planner", agent_type: "planner" }));
  return (await client.createRuntimeAgent({ orchestrator_agent_id: definition.id, session_id: "demo", name })).id;
}

describe("the board", () => {
  test("is what the server knows, moved on by every change", async () => {
    await using server = await testServer();
    await startAgent(server.url, "one");
    using store = openStore(server.url);
    store.follow();
    const board = store.hold(BOARD);
    const rows = () => [...(board.slice().value?.values() ?? [])];
    await until("the first", () => rows().length === 1);
    await isLive(store);
    const id = await startAgent(server.url, "two");
    const client = createClient({ url: server.url });
    await client.updateRuntimeAgent(id, { status: "waiting" });
    await client.createAgentLog({ agent_id: id, log_type: "tool_call", message: "Bash: ls" });
    await client.createPrompt({
      agent_id: id,
      prompt_type: "command",
      prompt_text: "?",
      tokens_input: 12,
      cost_usd: 0.5,
    });
    const two = await until("the second, with all of it", () => {
      const row = board.slice().value?.get(id);
      return row?.tokens_input === 12 && row.last_log?.message === "Bash: ls" && row.status === "waiting" ? row : null;
    });
    expect(two).toMatchObject({ name: "two", definition: "planner", agent_type: "planner", cost_usd: 0.5, prompts: 1 });
    const read = (await client.listBoard()).rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await until("the same as a read", () => {
      return Bun.deepEquals(
        rows().toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        read,
      );
    });
    await client.updateRuntimeAgent(id, { status: "completed" });
    await client.deleteRuntimeAgent(id);
    await until("the first alone", () => rows().length === 1);
    board.release();
  });

  test("two views of the same source share one read", async () => {
    await using server = await testServer();
    let reads = 0;
    const counting = Object.assign(
      (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
        if (String(input).includes("/board")) reads += 1;
        return fetch(input, init);
      },
      { preconnect: fetch.preconnect },
    );
    const store = createStore({ url: server.url, token: memoryToken(), pace: PACE, fetch: counting });
    const [one, other] = [store.hold(BOARD), store.hold(BOARD)];
    await until("the board", () => one.slice().value !== undefined);
    expect(other.slice()).toBe(one.slice());
    one.release();
    one.release();
    expect(other.slice().value).toBeDefined();
    expect(reads).toBe(1);
    other.release();
  });
});

test("a server that restarts: the page says so, goes on where it was, and misses nothing", async () => {
  await using server = await restartingServer();
  await startAgent(server.url, "before");
  using store = openStore(server.url);
  store.follow();
  const board = store.hold(BOARD);
  await isLive(store);
  await server.stop();
  const down = await until("that it is down", () => (store.link.state === "down" ? store.link : null));
  expect(down.retryAt).toBeGreaterThanOrEqual(down.since);
  expect(down.why).not.toBe("");
  await server.start();
  await startAgent(server.url, "after");
  await isLive(store);
  await until(
    "both",
    () =>
      [...board.slice().value!.values()]
        .map(({ name }) => name)
        .toSorted()
        .join() === "after,before",
  );
  expect(store.cut).toBeNull();
  board.release();
});

describe("a server with tokens", () => {
  const API_TOKEN = "a-token-that-is-long-enough-for-a-test";

  test("is asked again with the token that the reader gives, and says when it is the wrong one", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const token = memoryToken();
    using store = openStore(server.url, token);
    const board = store.hold(BOARD);
    store.follow();
    await until("the lock", () => store.link.state === "locked");
    expect(store.link).toMatchObject({ hadToken: false });
    store.setToken("wrong");
    await until("the lock again", () => store.link.state === "locked" && store.link.hadToken);
    store.setToken(API_TOKEN);
    await isLive(store);
    await until("the board", () => board.slice().value !== undefined && board.slice().error === null);
    expect(token.read()).toBe(API_TOKEN);
    board.release();
  });
});

test("a page that rests sees nothing, and all of it when it goes on", async () => {
  await using server = await testServer();
  await startAgent(server.url, "one");
  using store = openStore(server.url);
  store.follow();
  const board = store.hold(BOARD);
  await isLive(store);
  await until("the first", () => board.slice().value?.size === 1);
  store.rest();
  expect(store.link.state).toBe("resting");
  await startAgent(server.url, "two");
  expect(board.slice().value?.size).toBe(1);
  store.follow();
  await until("both", () => board.slice().value?.size === 2);
  board.release();
});

test("a history that was replaced under a page is read anew, once", async () => {
  await using before = await restartingServer();
  await startAgent(before.url, "old");
  let reads = 0;
  const counting = Object.assign(
    (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
      if (String(input).includes("/board")) reads += 1;
      return fetch(input, init);
    },
    { preconnect: fetch.preconnect },
  );
  const store = createStore({ url: before.url, token: memoryToken(), pace: PACE, fetch: counting });
  store.follow();
  const board = store.hold(BOARD);
  await isLive(store);
  await until("the old one", () => board.slice().value?.size === 1);
  await before.stop();
  for (const end of ["", "-wal", "-shm"]) rmSync(before.path + end, { force: true });
  reads = 0;
  await before.start();
  const cut = await until("the cut", () => store.cut);
  await until("the new history", () => board.slice().value?.size === 0);
  await isLive(store);
  expect({ reads, isSame: store.cut === cut }).toEqual({ reads: 1, isSame: true });
  store.rest();
  board.release();
});

describe("a history that was replaced while the page rested", () => {
  test("is noticed, and everything is read anew", async () => {
    await using before = await restartingServer();
    await startAgent(before.url, "old");
    using store = openStore(before.url);
    store.follow();
    const board = store.hold(BOARD);
    await isLive(store);
    await until("the old one", () => board.slice().value?.size === 1);
    store.rest();
    await before.stop();
    for (const end of ["", "-wal", "-shm"]) rmSync(before.path + end, { force: true });
    await before.start();
    store.follow();
    await until("the cut", () => store.cut?.reason === "replaced");
    await until("the new history", () => board.slice().value?.size === 0);
    board.release();
  });
});

test("what could not be read is read once the stream is live again, without being asked for", async () => {
  await using server = await testServer();
  let isBroken = true;
  const flaky = Object.assign(
    async (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
      if (isBroken && String(input).includes("/board")) {
        const body = JSON.stringify({ title: "No", status: 403, code: "forbidden", detail: "not for you" });
        const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "1" };
        return new Response(body, { status: 403, headers });
      }
      return fetch(input, init);
    },
    { preconnect: fetch.preconnect },
  );
  const store = createStore({ url: server.url, token: memoryToken(), pace: PACE, fetch: flaky });
  const board = store.hold(BOARD);
  await until("the refusal", () => board.slice().error !== null);
  isBroken = false;
  store.follow();
  await until("the board", () => board.slice().value !== undefined && board.slice().error === null);
  store.rest();
  board.release();
});

test("a page that waits for a token does not ask again by being seen", async () => {
  await using server = await testServer(undefined, { apiToken: "a-token-that-is-long-enough-for-a-test" });
  using store = openStore(server.url);
  store.follow();
  const locked = await until("the lock", () => (store.link.state === "locked" ? store.link : null));
  store.follow();
  expect(store.link).toBe(locked);
});
