import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { playHostile } from "./support/hostile.ts";
import { floodLogs, startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { SCENARIO_NOW, SESSION } from "./support/scenario.ts";
import { fixtureServer, killableServer, stagedServer } from "./support/servers.ts";

// What the other suites rely on: that a page which does what it must not does not pass, and that servers are what they say.

const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:";

/** A server of one page, whose script is this. */
function pageOf(script: string, body = "<main><h1>A page</h1></main>") {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/script.js") return new Response(script, { headers: { "Content-Type": "text/javascript" } });
      if (pathname !== "/dashboard") return new Response("no", { status: 404 });
      const head =
        '<title>A page</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><script src="/script.js" defer></script>';
      const headers = {
        "Content-Type": "text/html",
        "Content-Security-Policy": `${POLICY}; require-trusted-types-for 'script'; trusted-types 'none'`,
      };
      return new Response(`<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>`, {
        headers,
      });
    },
  });
  return { url: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

const opened = () => Promise.resolve();

/** What work that must fail says. */
async function fault(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing failed",
    (error: Error) => error.message,
  );
}

test("a page that does nothing wrong passes, and its policy does not hold the harness up", async () => {
  await using server = pageOf("");
  await onPage(server, {}, async (page, watched) => {
    expect(await page.title()).toBe("A page");
    expect(watched.requests).toEqual([`${server.url}/dashboard`, `${server.url}/script.js`]);
    await expectAccessible(page);
  });
});

test.each([
  ["an error of the console", "console.error('lost')", /console: lost/],
  ["an error that is thrown", "throw new Error('torn')", /thrown: .*torn/],
  ["a promise that nobody minds", "Promise.reject(new Error('torn'))", /thrown: .*torn/],
  ["a failed request", "void fetch('/nowhere')", /status of 404.*nowhere/],
  ["markup from text", "document.body.innerHTML = '<p>'", /TrustedHTML/],
  [
    "a picture of another host",
    "new Image().src = 'http://192.0.2.1/x.png'",
    /asked another host: http:\/\/192\.0\.2\.1/,
  ],
])("%s fails the test", async (_, script, message) => {
  await using server = pageOf(`${script}`);
  const untilSeen = onPage(server, {}, async (_page, watched) => {
    await until("the fault", () => watched.faults().length > 0);
  });
  expect(await fault(untilSeen)).toMatch(message);
});

test("errors that a test provokes are allowed, and no others", async () => {
  await using server = pageOf("console.error('asked for'); console.error('not asked for')");
  const both = { allow: [/: asked for/, /not asked/] };
  await onPage(server, both, opened);
  expect(await fault(onPage(server, { allow: [/: asked for/] }, opened))).toMatch(/\nconsole: not asked for/);
});

test("what axe-core finds serious fails the test", async () => {
  await using server = pageOf("", "<main><h1>A page</h1><button></button></main>");
  await onPage(server, {}, async (page) => {
    expect(await fault(expectAccessible(page))).toMatch(/button-name/);
    await expectAccessible(page, "h1");
  });
});

test("a page sees the setting, size, language, zone and time that it is given", async () => {
  await using server = pageOf("");
  await onPage(server, { theme: "dark", size: "phone", now: SCENARIO_NOW }, async (page) => {
    const seen = await page.evaluate<readonly unknown[]>(`[
      matchMedia("(prefers-color-scheme: dark)").matches,
      [innerWidth, innerHeight],
      new Date(Date.now()).toLocaleString(),
    ]`);
    expect(seen).toEqual([true, [390, 844], "05/02/2026, 11:30:00"]);
  });
});

test("the scenario has someone in every state, and costs of several days and models", async () => {
  await using server = await stagedServer();
  const { client, cast } = server;
  const { rows } = await client.listRuntimeAgents({ limit: 1000 });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const states = (["working", "waiting", "idle", "failed", "finished"] as const).map(
    (who) => byId.get(cast[who])?.status,
  );
  expect(states).toEqual(["executing", "waiting", "idle", "failed", "completed"]);
  expect(byId.get(cast.lost)?.lost).toBe(true);
  expect(byId.get(cast.quiet)).toMatchObject({ lost: false, quiet_since: "2026-02-05T09:40:00.000Z" });
  expect(byId.get(cast.working)).toMatchObject({ quiet_since: null, started_at: "2026-02-05T09:20:00.000Z" });
  const days = await client.getStats({ by: ["day"], since: "2026-01-30", until: "2026-02-06" });
  expect(days).toHaveLength(7);
  expect((await client.getSession(SESSION)).tree.find(({ id }) => id === cast.working)?.children).toHaveLength(2);
});

test("a live agent goes through its life, and a hostile one is stored as it is", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const agent = await startLiveAgent(client);
  await agent.works("Edit src/cart.ts");
  await agent.waits("May I?");
  await agent.isAnswered("You may.");
  await agent.answers("Go on", "Done");
  await (await agent.starts("a helper")).fails("No room");
  await agent.finishes();
  await floodLogs(client, agent.id, 1500);
  const { rows } = await client.listRuntimeAgents({ session_id: agent.session });
  expect(rows.map(({ status, cost_usd }) => [status, cost_usd])).toEqual([
    ["failed", 0],
    ["completed", 0.25],
  ]);
  const { huge } = await playHostile(client);
  expect((await client.getPrompt(huge)).prompt_text).toHaveLength(1_000_000);
});

test("a proxy passes everything on, and refuses, holds, cuts and says stale when told to", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  const origin = { headers: { Origin: proxy.url } };
  const created = await fetch(`${proxy.url}/api/agents`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: proxy.url },
    body: JSON.stringify({ name: "planner", agent_type: "planner" }),
  });
  expect(created.status).toBe(201);
  proxy.refuse(/^\/api\/costs/, "too_many_requests", { "Retry-After": "7" });
  const refused = await fetch(`${proxy.url}/api/costs`, origin);
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "7"]);
  proxy.hold(/^\/api\/stats/);
  let isAnswered = false;
  const held = fetch(`${proxy.url}/api/stats`, origin).finally(() => (isAnswered = true));
  await until("the held request", () => proxy.asked.includes("GET /api/stats"));
  expect(isAnswered).toBe(false);
  proxy.heal();
  expect([(await held).status, (await fetch(`${proxy.url}/api/costs`)).status]).toEqual([200, 200]);

  const seen: string[] = [];
  const controller = new AbortController();
  const follow = async () => {
    const retryDelayMs = () => 10;
    const client = createClient({ url: proxy.url });
    for await (const { type } of client.watch({ signal: controller.signal, retryDelayMs })) seen.push(type);
  };
  const following = follow();
  const isLive = (times: number) => () => seen.filter((type) => type === "connected").length === times;
  await until("the first stream", isLive(1));
  proxy.cutStreams();
  await until("the second", isLive(2));
  await proxy.sendStale("pruned");
  await until("the third", isLive(3));
  expect(seen.filter((type) => type !== "connected")).toEqual(["disconnected", "stale"]);
  controller.abort();
  await following;
  await until("the end of the streams", () => proxy.streams === 0);
});

test("a server that is killed comes back on the same file and port", async () => {
  await using server = await killableServer();
  const client = createClient({ url: server.url });
  await startLiveAgent(client, { name: "before" });
  await server.kill();
  expect(await fault(client.getHealth())).toMatch(/nothing listens there/);
  await server.start();
  expect((await client.listRuntimeAgents()).rows.map(({ name }) => name)).toEqual(["before"]);
});

test.each(FIXTURES)("%s can be opened", async (fixture) => {
  await using server = await fixtureServer(fixture);
  expect((await createClient({ url: server.url }).listRuntimeAgents()).rows).not.toEqual([]);
});
