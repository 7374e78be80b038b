import { describe, expect, test } from "bun:test";
import { OPENCODE_PLUGIN } from "#src/assets.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { until } from "#test/support/until.ts";

type Event = { readonly type: string; readonly properties?: object };
type Hooks = { event(input: { event: unknown }): Promise<void>; dispose(): Promise<void> };
type Plugin = { Orchestrator(): Promise<Hooks> };

const ADDRESS = "http://127.0.0.1:8000/ingest/hooks/opencode";

/** The plugin as it is written for a server. */
async function pluginFor(folder: TestFolder, url: string): Promise<Hooks> {
  const path = folder.file(`plugin-${Bun.randomUUIDv7()}.mjs`);
  expect(OPENCODE_PLUGIN.split(ADDRESS)).toHaveLength(2);
  await Bun.write(path, OPENCODE_PLUGIN.replace(ADDRESS, `${url}/ingest/hooks/opencode`));
  const plugin = (await import(path)) as Plugin;
  // opencode calls each export as a plugin.
  expect(Object.keys(plugin)).toEqual(["Orchestrator"]);
  return plugin.Orchestrator();
}

/** A server that answers as it is told, and keeps what it was sent. */
function server(
  answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 204 }),
) {
  const batches: Event[][] = [];
  let open = 0;
  let mostOpen = 0;
  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      const batch = (await request.clone().json()) as Event[];
      const response = await answer(request);
      open -= 1;
      if (response.ok) batches.push(batch);
      return response;
    },
  });
  return {
    url: listener.url.origin,
    batches,
    events: () => batches.flat(),
    mostOpen: () => mostOpen,
    [Symbol.asyncDispose]: () => listener.stop(true),
  };
}

const idle = (count: number): Event => ({ type: "session.idle", properties: { sessionID: `s${count}` } });
const part = (fields: object): Event => ({ type: "message.part.updated", properties: { part: fields } });

describe("the plugin of opencode", () => {
  test("tells what matters, in order, one request at a time", async () => {
    using folder = testFolder();
    const all = Promise.withResolvers<void>();
    await using listener = server(async () => {
      await all.promise;
      return new Response(null, { status: 204 });
    });
    const hooks = await pluginFor(folder, listener.url);
    const sent = Array.from({ length: 250 }, (_, count) => idle(count));
    for (const event of sent) await hooks.event({ event });
    all.resolve();
    await hooks.dispose();
    expect(listener.events()).toEqual(sent);
    expect(listener.mostOpen()).toBe(1);
    expect(Math.max(...listener.batches.map(({ length }) => length))).toBe(100);
  });

  test("keeps the chatty and the large to itself", async () => {
    using folder = testFolder();
    await using listener = server();
    const hooks = await pluginFor(folder, listener.url);
    const told = [
      part({ type: "text", text: "Fix it" }),
      part({ type: "text", text: "Done.", time: { start: 1, end: 2 } }),
      part({ type: "tool", state: { status: "completed", output: "ok" } }),
      part({ type: "tool", state: { status: "error", error: "no" } }),
      { type: "permission.asked", properties: { id: "p" } },
      { type: "message.updated", properties: { info: { id: "m", role: "user" } } },
    ];
    const kept = [
      part({ type: "text", text: "Do", time: { start: 1 } }),
      part({ type: "text", text: "a file", synthetic: true }),
      part({ type: "tool", state: { status: "running" } }),
      part({ type: "reasoning", text: "hm", time: { start: 1, end: 2 } }),
      { type: "message.part.delta" },
      { type: "plugin.added" },
      { type: "message.part.updated" },
    ];
    for (const event of [...kept, ...told, ...kept]) await hooks.event({ event });
    const large = { type: "message.updated", properties: { info: { id: "m", summary: { diffs: ["x".repeat(1e6)] } } } };
    await hooks.event({ event: large });
    await hooks.dispose();
    expect(listener.events()).toEqual([
      ...told,
      { type: "message.updated", properties: { info: { id: "m", summary: {} } } },
    ]);
  });

  test("survives any event", async () => {
    using folder = testFolder();
    await using listener = server();
    const hooks = await pluginFor(folder, listener.url);
    const circle: Record<string, unknown> = { type: "session.idle" };
    circle["self"] = circle;
    for (const event of [null, undefined, 7, "x", {}, { type: 7 }, circle, part({ type: "text", time: null })]) {
      await hooks.event({ event });
    }
    await hooks.event({ event: idle(1) });
    await hooks.dispose();
    expect(listener.events()).toContainEqual(idle(1));
  });

  test("tells later what could not be told, and how much went", async () => {
    using folder = testFolder();
    let isDown = true;
    let asked = 0;
    await using listener = server(() => {
      asked += 1;
      return new Response(null, { status: isDown ? 503 : 204 });
    });
    const hooks = await pluginFor(folder, listener.url);
    await hooks.event({ event: idle(0) });
    await until("the first try", () => asked > 0);
    for (let count = 1; count < 1205; count += 1) await hooks.event({ event: idle(count) });
    isDown = false;
    await hooks.dispose();
    const [first, ...events] = listener.events();
    expect(first).toEqual({ type: "orchestrator.dropped", properties: { count: 205 } });
    expect(events).toEqual(Array.from({ length: 1000 }, (_, count) => idle(count + 205)));
  });

  test("tries again by itself", async () => {
    using folder = testFolder();
    let asked = 0;
    await using listener = server(() => new Response(null, { status: (asked += 1) === 1 ? 503 : 204 }));
    const hooks = await pluginFor(folder, listener.url);
    await hooks.event({ event: idle(0) });
    await until("the second try", () => listener.batches.length > 0);
    expect(listener.events()).toEqual([idle(0)]);
  });

  test("does not let what is refused for good stand in the way", async () => {
    using folder = testFolder();
    let asked = 0;
    await using listener = server(() => new Response(null, { status: (asked += 1) === 1 ? 400 : 204 }));
    const hooks = await pluginFor(folder, listener.url);
    await hooks.event({ event: idle(0) });
    await until("the first answer", () => asked > 0);
    await hooks.event({ event: idle(1) });
    await hooks.dispose();
    expect(listener.events()).toEqual([idle(1)]);
  });

  test("ends although nobody answers", async () => {
    using folder = testFolder();
    const silent = Promise.withResolvers<Response>();
    await using listener = server(() => silent.promise);
    const hooks = await pluginFor(folder, listener.url);
    await hooks.event({ event: idle(0) });
    await hooks.dispose();
    expect(listener.events()).toEqual([]);
    silent.resolve(new Response());
    const nowhere = await pluginFor(folder, "http://127.0.0.1:1");
    await nowhere.event({ event: idle(0) });
    await nowhere.dispose();
  });

  test.each(["node", "bun"].filter((runtime) => Bun.which(runtime) !== null))(
    "runs in %s, sends the token of the variable, and keeps nobody from ending",
    async (runtime) => {
      using folder = testFolder();
      const tokens: (string | null)[] = [];
      await using listener = server((request) => {
        tokens.push(request.headers.get("Authorization"));
        return new Response(null, { status: 204 });
      });
      await Bun.write(folder.file("plugin.mjs"), OPENCODE_PLUGIN.replace(ADDRESS, `${listener.url}/x`));
      await Bun.write(folder.file("down.mjs"), OPENCODE_PLUGIN.replace(ADDRESS, "http://127.0.0.1:1/x"));
      const script = `
        const [here, down] = await Promise.all(["plugin", "down"].map((name) => import(\`./\${name}.mjs\`)));
        const [one, other] = [await here.Orchestrator(), await down.Orchestrator()];
        for (const hooks of [one, other]) await hooks.event({ event: ${JSON.stringify(idle(1))} });
        await one.dispose();
      `;
      await Bun.write(folder.file("run.mjs"), script);
      const child = Bun.spawn([runtime, "run.mjs"], {
        cwd: folder.path,
        env: { PATH: process.env["PATH"]!, ORCHESTRATOR_TOKEN: "orc_x" },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      expect({ code: await child.exited, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
      expect({ events: listener.events(), tokens }).toEqual({ events: [idle(1)], tokens: ["Bearer orc_x"] });
    },
  );
});
