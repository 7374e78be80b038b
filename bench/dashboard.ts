import { type Browser, chromium } from "playwright-core";
import { type Client, createClient } from "#src/client/client.ts";
import { readPage } from "#src/page-files.ts";
import { effort } from "./effort.ts";
import { countFrames } from "./page-frames.ts";
import { KEEP_ALL, readyFixture } from "./ready.ts";
import type { Report } from "./report.ts";
import { executable, folder, OURS, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import { atLeast, atMost } from "./wanted.ts";

const AGENTS = 100;
const LOADS = effort(15, 3);
const WATCH_MS = effort(10_000, 2_000);
const LOGS = effort(1_000_000, 100_000);
/** Of changes: how many are sent at once, how often. 1,000 a second. */
const BATCH = 50;
const EVERY_MS = 50;
const SCROLL_PX = 600;

/** The dashboard in a real browser: how soon it shows something, how large it is, how smoothly it moves. */
export async function dashboard(): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(folder());
  const built = executable();
  const server = stack.use(await startServer(built ?? OURS, files.file("agents.db"), KEEP_ALL));
  const client = createClient({ url: server.url });
  const agents = await startAgents(client);
  const browser = stack.adopt(await openBrowser(), (opened) => opened.close());
  const paint = await firstPaints(browser, server.url);
  const [firsts, alls] = [paint.map(({ first }) => first), paint.map(({ all }) => all)];
  const sizes = await packedSizes();
  const moving: { name: string; path: string }[] = [
    { name: "Now", path: "/dashboard" },
    { name: "Logs", path: "/dashboard/logs" },
    { name: "Session", path: "/dashboard/session?id=session-0" },
  ];
  const smooth = [];
  for (const { name, path } of moving) smooth.push({ name, ...(await underLoad(browser, server.url, path, agents)) });
  const scrolled = await scroll(browser);
  return {
    about: `The dashboard in Chromium, ${built === null ? "from source" : "out of the executable"}, on the machine of the server. First paint: from the request of a browser that knows nothing to the picture with the first screen of cards, of ${AGENTS} agents; then all of them; medians of ${LOADS}. Under load: ${(BATCH * 1000) / EVERY_MS} changes a second (logs, statuses, prompts with tokens) for ${WATCH_MS / 1000} s. Scrolling: through ${shown(LOGS)} logs, ${SCROLL_PX} pixels a frame.`,
    rows: [
      ["", "median", "most or worst", ""],
      ["first paint with data, ms", shown(median(firsts)), shown(Math.max(...firsts)), ""],
      [`all ${AGENTS} cards painted, ms`, shown(median(alls)), shown(Math.max(...alls)), ""],
      ["script, all of it, packed kB", shown(sizes.all / 1000), "", ""],
      ["script of the first view, packed kB", shown(sizes.first / 1000), "", ""],
      ...smooth.map(({ name, fps, worstFps, p99FrameMs, changes }) => [
        `${name} under load, frames/s`,
        shown(fps),
        shown(worstFps),
        `p99 of a frame ${shown(p99FrameMs)} ms, ${shown(changes)} changes/s`,
      ]),
      [
        "Logs, scrolling, frames/s",
        shown(scrolled.fps),
        shown(scrolled.worstFps),
        `${scrolled.rows} rows passed, ${scrolled.nodes} elements, heap ${shown(scrolled.heapMb)} MB`,
      ],
    ],
    wanted: [
      atMost("first paint with data", 300, median(firsts), " ms"),
      atMost("packed script", 120, sizes.all / 1000, " kB"),
      ...smooth.map(({ name, worstFps }) => atLeast(`${name}: worst second under load`, 50, worstFps, " frames/s")),
      atLeast("Logs: worst second of scrolling", 50, scrolled.worstFps, " frames/s"),
    ],
  };
}

async function openBrowser(): Promise<Browser> {
  const executablePath = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");
  if (executablePath === null) throw new Error("needs Chromium: apt-get install chromium");
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-dev-shm-usage"],
  });
}

async function startAgents(client: Client): Promise<string[]> {
  const definition = await client.createOrchestratorAgent({ name: "feature-planner", agent_type: "planner" });
  const agents: string[] = [];
  for (let index = 0; index < AGENTS; index += 1) {
    const { id } = await client.createRuntimeAgent({
      orchestrator_agent_id: definition.id,
      session_id: `session-${index % 10}`,
      name: `issue ${index}`,
      status: index % 10 === 0 ? "waiting" : "executing",
    });
    await client.createAgentLog({ agent_id: id, log_type: "tool_call", message: `Bash: bun test ./test/${index}` });
    agents.push(id);
  }
  return agents;
}

/** Until the picture is painted that has the first card, and that which has them all: what is sent in a frame comes behind it. */
const PAINTED = `new Promise((resolve) => {
  const painted = (tell) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => tell(performance.now());
    channel.port2.postMessage(null);
  };
  let first = null;
  const look = () => {
    const cards = document.querySelectorAll("[data-agent]").length;
    if (cards > 0 && first === null) first = new Promise(painted);
    if (cards < ${AGENTS}) requestAnimationFrame(look);
    else painted(async (all) => resolve({ first: await first, all }));
  };
  requestAnimationFrame(look);
})`;

async function firstPaints(browser: Browser, url: string): Promise<{ first: number; all: number }[]> {
  const times: { first: number; all: number }[] = [];
  for (let load = 0; load <= LOADS; load += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${url}/dashboard`, { waitUntil: "commit" });
    const painted = await page.evaluate<{ first: number; all: number }>(PAINTED);
    // The first also packs the files.
    if (load > 0) times.push(painted);
    await context.close();
  }
  return times;
}

/** All scripts, and those that the document itself loads. */
async function packedSizes(): Promise<{ all: number; first: number }> {
  const files = await readPage();
  const html = new TextDecoder().decode(files.get("index.html"));
  const sizes = [...files].flatMap(([name, bytes]) => {
    return name.endsWith(".js") ? [{ name, size: Bun.gzipSync(bytes, { level: 9 }).length }] : [];
  });
  const sum = (of: typeof sizes) => of.reduce((total, { size }) => total + size, 0);
  return { all: sum(sizes), first: sum(sizes.filter(({ name }) => html.includes(name))) };
}

/** Sends changes at a steady rate until told to stop; tells how many were stored. */
function sendChanges(client: Client, agents: readonly string[]): () => Promise<number> {
  let [round, stored, isOver] = [0, 0, false];
  const pending = new Set<Promise<unknown>>();
  const statuses = ["executing", "planning", "reviewing", "waiting"] as const;
  function send(): void {
    round += 1;
    const pick = (index: number) => agents[(round * BATCH + index) % agents.length]!;
    const logs = Array.from({ length: BATCH - 6 }, (_, index) => {
      return { agent_id: pick(index), log_type: "tool_call" as const, message: `Edit: src/file-${round}-${index}.ts` };
    });
    const status = statuses[round % statuses.length]!;
    const commands = [
      client.createAgentLogs(logs).then(() => (stored += logs.length)),
      ...[1, 2, 3].map((index) => {
        return client.updateRuntimeAgent(pick(index), { status }).then(
          () => (stored += 1),
          () => {},
        );
      }),
      client
        .createPrompt({
          agent_id: pick(7),
          prompt_type: "command",
          prompt_text: "Go on.",
          tokens_input: 100,
          cost_usd: 0.01,
        })
        .then(() => (stored += 2)),
    ];
    for (const command of commands) {
      pending.add(command);
      void command.finally(() => pending.delete(command));
    }
  }
  const timer = setInterval(() => {
    if (!isOver) send();
  }, EVERY_MS);
  return async () => {
    isOver = true;
    clearInterval(timer);
    await Promise.all(pending);
    return stored;
  };
}

async function underLoad(browser: Browser, url: string, path: string, agents: readonly string[]) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(url + path);
  await page.locator("[data-link=live]").waitFor();
  const client = createClient({ url });
  const before = (await client.listEvents()).head_seq;
  const stop = sendChanges(client, agents);
  await Bun.sleep(1_000);
  const began = performance.now();
  const smoothness = await countFrames(page, WATCH_MS);
  const seconds = (performance.now() - began) / 1000;
  await stop();
  const changes = ((await client.listEvents()).head_seq - before) / (seconds + 1);
  await context.close();
  return { ...smoothness, changes };
}

async function scroll(browser: Browser) {
  await using server = await startServer(OURS, await readyFixture(LOGS), KEEP_ALL);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${server.url}/dashboard/logs`);
  await page.locator(".logs-rows .logs-row").first().waitFor();
  const smoothness = await countFrames(
    page,
    WATCH_MS,
    `document.querySelector(".logs-scroller").scrollBy(0, ${SCROLL_PX});`,
  );
  const rows = await page.evaluate<number>(
    `Math.round(document.querySelector(".logs-scroller").scrollTop / document.querySelector(".logs-rows .logs-row").offsetHeight)`,
  );
  const nodes = await page.evaluate<number>(`document.querySelectorAll("*").length`);
  const heapMb = await page.evaluate<number>(`performance.memory.usedJSHeapSize / 1e6`);
  await context.close();
  return { ...smoothness, rows, nodes, heapMb };
}
