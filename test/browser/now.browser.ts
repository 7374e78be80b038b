import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { SCENARIO_NOW } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const cards = (page: Page, group: string) => region(page, group).locator(".now-card");
const titled = (page: Page, title: string) => until(`the title ${title}`, async () => (await page.title()) === title);
const live = (page: Page) => page.locator('[data-link="live"]').waitFor();

/** Links and buttons of the view that a finger misses. */
const smallerThan = (least: number) => `[...document.querySelectorAll("main :is(a[href], button, input)")]
  .map((element) => [element.innerText, element.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < ${least})
  .map(String)`;

const MANY = `insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
  select 'many-' || i, orchestrator_agent_id, 'many', 'executing', started_at from n, agents where agents.id = ?`;

describe("now", () => {
  test("everybody stands in the group of what they do, sub-agents beneath their parent", async () => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW }, async (page) => {
      await cards(page, "Needs you").waitFor();
      const names = async (group: string) => cards(page, group).locator("h3").allInnerTexts();
      expect(await names("Needs you")).toEqual(["docs: checkout"]);
      expect(await names("Working")).toEqual(["build: checkout"]);
      expect(await names("Idle")).toEqual(["plan: next sweep"]);
      expect(await names("Quiet or lost")).toEqual(["spike: index", "spike: search"]);
      expect(await names("Failed")).toEqual(["review: login"]);
      expect(await names("Just finished")).toEqual(["review: docs"]);
      const working = cards(page, "Working");
      const beneath = working.getByRole("list", { name: "Sub-agents" }).getByRole("link");
      expect(await beneath.allInnerTexts()).toEqual(["docs: checkout", "test: cart"]);
      await working.getByText("Edit src/checkout/address.ts").waitFor();
      await working.getByText("started 1 h ago").waitFor();
      await cards(page, "Needs you").getByText("May I delete the old endpoint").waitFor();
      await cards(page, "Failed").getByText("429, quota exceeded").waitFor();
      await page.getByText("1 needs you, 1 failed; 2 work, 1 is idle, 2 are quiet or lost, 1 ended").waitFor();
      expect(await page.title()).toBe("(1) Now – Orchestrator");
    });
  });

  test("it moves by itself, and the title counts in every view", async () => {
    await using server = await testServer();
    const agent = await startLiveAgent(createClient({ url: server.url }), { name: "build: cart" });
    await onPage(server, {}, async (page) => {
      await live(page);
      await cards(page, "Working").waitFor();
      await titled(page, "Now – Orchestrator");
      await agent.works("Edit src/cart.ts");
      await cards(page, "Working").getByText("Edit src/cart.ts").waitFor();
      await agent.waits("May I delete it?");
      await cards(page, "Needs you").getByText("May I delete it?").waitFor();
      expect(await region(page, "Working").count()).toBe(0);
      await page.getByRole("navigation").getByRole("link", { name: "Costs" }).click();
      await titled(page, "(1) Costs – Orchestrator");
      await agent.isAnswered("You may");
      await titled(page, "Costs – Orchestrator");
      await page.goBack();
      await agent.answers("Go on", "Done", 0.25);
      await cards(page, "Working").getByText("1.1K tokens · $0.25").waitFor();
      const helper = await agent.starts("helper");
      await cards(page, "Working").getByRole("link", { name: "helper" }).waitFor();
      await helper.fails("No room left");
      await agent.finishes();
      await cards(page, "Failed").getByRole("link", { name: "helper" }).waitFor();
      expect(await region(page, "Working").count()).toBe(0);
    });
  });

  test("who ended leaves after an hour, though nobody tells", async () => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW }, async (page) => {
      await cards(page, "Failed").filter({ hasText: "review: login" }).waitFor();
      await page.clock.setFixedTime(SCENARIO_NOW + 30 * 60_000);
      await cards(page, "Failed").filter({ hasText: "review: login" }).waitFor({ state: "detached" });
      await cards(page, "Just finished").filter({ hasText: "review: docs" }).waitFor();
    });
  });

  test("it works by keyboard: filter, cards, open", async () => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW }, async (page) => {
      await cards(page, "Needs you").waitFor();
      const focused = () =>
        page.evaluate<string>(
          "document.activeElement.closest('.now-card h3')?.innerText ?? document.activeElement.tagName",
        );
      await page.keyboard.press("j");
      expect(await focused()).toBe("docs: checkout");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      expect(await focused()).toBe("review: login");
      await page.keyboard.press("/");
      await page.keyboard.type("spike jk");
      await page.getByText("No agent of the last hour matches this filter").waitFor();
      for (let typed = 0; typed < 3; typed += 1) await page.keyboard.press("Backspace");
      await cards(page, "Quiet or lost").first().waitFor();
      expect(new URL(page.url()).search).toBe("?q=spike");
      expect(await page.locator(".now-card").count()).toBe(2);
      await page.keyboard.press("Escape");
      expect(await page.getByRole("searchbox").inputValue()).toBe("spike");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.locator('main[data-view="session"]').waitFor();
      const { searchParams } = new URL(page.url());
      expect([searchParams.get("id"), searchParams.get("agent")]).toEqual(["spike-search", server.cast.quiet]);
    });
  });

  test("the focus stays with its agent: in another group, of an emptied filter, of sub-agents shown", async () => {
    await using server = await testServer();
    const agent = await startLiveAgent(createClient({ url: server.url }), { name: "build: cart" });
    for (let child = 1; child <= 9; child += 1) await agent.starts(`child ${child}`);
    await onPage(server, {}, async (page) => {
      await live(page);
      const focused = () => page.evaluate<string>("document.activeElement.innerText || document.activeElement.tagName");
      await cards(page, "Working").getByRole("button", { name: "Show 4 more" }).focus();
      await page.keyboard.press("Enter");
      await until("the first of those that were hidden", async () => (await focused()) === "child 6");
      await page.keyboard.press("j");
      for (const [step, group] of [
        [() => agent.waits("May I?"), "Needs you"],
        [() => agent.fails("No"), "Working"],
      ] as const) {
        await step();
        await cards(page, group).getByRole("link", { name: "build: cart" }).waitFor();
        expect(await focused()).toBe("build: cart");
      }
      await page.keyboard.press("/");
      await page.keyboard.type("nobody");
      await page.getByRole("link", { name: "Show all" }).focus();
      await page.keyboard.press("Enter");
      await cards(page, "Working").waitFor();
      expect(await focused()).toBe("INPUT");
    });
  });

  test("what failed is a click away, and so is a card as a whole; text of it can be selected", async () => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW }, async (page) => {
      await page.getByRole("link", { name: "1 failed" }).click();
      await cards(page, "Needs you").waitFor({ state: "detached" });
      expect(await page.locator(".now-card h3").allInnerTexts()).toEqual(["review: login"]);
      await cards(page, "Failed").locator(".now-error").selectText();
      await cards(page, "Failed").locator(".now-foot").dispatchEvent("click");
      expect(new URL(page.url()).pathname).toBe("/dashboard");
      await page.evaluate("getSelection().removeAllRanges()");
      await cards(page, "Failed").locator(".now-error").click();
      await page.locator('main[data-view="session"]').waitFor();
      expect(new URL(page.url()).searchParams.get("agent")).toBe(server.cast.failed);
      await page.locator(".session-agent-head").getByText("429, quota exceeded").waitFor();
    });
  });

  test.each([
    ["wide", 24],
    ["phone", 44],
  ] as const)("%s: all that is clicked or touched is at least %d pixels high", async (size, least) => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW, size }, async (page) => {
      await cards(page, "Needs you").waitFor();
      const small = await page.evaluate<string[]>(smallerThan(least));
      expect(small).toEqual([]);
    });
  });

  test("a board that is not whole says so", async () => {
    await using server = await testServer();
    const agent = await startLiveAgent(createClient({ url: server.url }), { name: "first" });
    await using db = new Database(server.path);
    db.run(MANY, [agent.id]);
    await onPage(server, {}, async (page) => {
      await page.getByText("The newest 1,000 agents are shown and counted here").waitFor();
    });
  });

  test.each(FIXTURES)("over %s it has agents or says where they are", async (fixture) => {
    await using server = await fixtureServer(fixture);
    await onPage(server, {}, async (page) => {
      await page.locator(".now-card, .empty").first().waitFor();
      await expectAccessible(page);
    });
  });

  test("a board that cannot be read says why, and is read again", async () => {
    await using server = await testServer();
    await startLiveAgent(createClient({ url: server.url }), { name: "build: cart" });
    await using proxy = faultProxy(server.url);
    proxy.refuse(/^\/api\/runtime\/board/, "internal");
    await onPage(proxy, { allow: [/status of 500/] }, async (page) => {
      await page.getByRole("alert").getByText("Could not read the agents").waitFor();
      proxy.heal();
      await cards(page, "Working").waitFor();
      await page.getByRole("alert").waitFor({ state: "detached" });
    });
  });
});

/** Notes each notification that the page makes, as it makes it. */
const NOTE_THEM = `
  const Real = Notification;
  window.noted = [];
  window.Notification = class extends Real {
    constructor(title, options) { super(title, options); noted.push({ it: this, title, body: options.body, tag: options.tag }); }
  };`;

describe("notifications", () => {
  test("one for each who starts to wait or fails, that opens the session; none for what was so before", async () => {
    await using server = await testServer();
    const client = createClient({ url: server.url });
    const before = await startLiveAgent(client, { name: "before" });
    await before.waits("Since long?");
    const agent = await startLiveAgent(client, { name: "build: cart", session: "cart" });
    await onPage(server, { permissions: ["notifications"], path: "/dashboard/costs" }, async (page) => {
      await page.evaluate(NOTE_THEM);
      const noted = () => page.evaluate<unknown[]>("noted.map(({ title, body, tag }) => [title, body, tag])");
      await live(page);
      await titled(page, "(1) Costs – Orchestrator");
      await agent.waits("May I?");
      await until("the first", async () => (await noted()).length === 1);
      expect(await noted()).toEqual([["build: cart waits for you", "May I?", agent.id]]);
      await page.getByRole("status").getByText("build: cart waits for you").waitFor();
      await agent.fails("No room");
      await until("the second", async () => (await noted()).length === 2);
      expect((await noted())[1]).toEqual(["build: cart failed", "No room", agent.id]);
      await page.evaluate("noted[1].it.onclick()");
      await page.locator('main[data-view="session"]').waitFor();
      expect(new URL(page.url()).searchParams.get("id")).toBe("cart");
      await page.locator(".session-agent-head .session-bad").getByText("No room").waitFor();
    });
  });

  test("several at once are one", async () => {
    await using server = await testServer();
    const client = createClient({ url: server.url });
    const names = ["one", "two", "three"];
    const agents = await Promise.all(names.map((name) => startLiveAgent(client, { name })));
    await using proxy = faultProxy(server.url);
    await onPage(proxy, { permissions: ["notifications"], allow: [/ERR_/, /status of 503/] }, async (page) => {
      await page.evaluate(NOTE_THEM);
      await live(page);
      await cards(page, "Working").nth(2).waitFor();
      // What happens while the stream is cut comes at once when it is back.
      proxy.refuse(/^\/api\/events/, "unavailable");
      proxy.cutStreams();
      await page.locator('[data-link="down"]').waitFor();
      for (const agent of agents) await client.updateRuntimeAgent(agent.id, { status: "waiting" });
      proxy.heal();
      await cards(page, "Needs you").nth(2).waitFor();
      await until("the notification", async () => (await page.evaluate<number>("noted.length")) > 0);
      expect(await page.evaluate("noted.map(({ title, tag }) => [title, tag])")).toEqual([
        ["3 agents wait for you", "orchestrator"],
      ]);
    });
  });

  test("they are turned off and on by the button, which says why it cannot", async () => {
    await using server = await testServer();
    const agent = await startLiveAgent(createClient({ url: server.url }), { name: "build: cart" });
    await onPage(server, { permissions: ["notifications"] }, async (page) => {
      await page.evaluate(NOTE_THEM);
      await live(page);
      await page.getByRole("button", { name: "Notifying", pressed: true }).click();
      await page.getByRole("button", { name: "Notify me", pressed: false }).waitFor();
      await agent.waits("May I?");
      await cards(page, "Needs you").waitFor();
      await page.getByRole("status").getByText("build: cart waits for you").waitFor();
      expect(await page.evaluate<number>("noted.length")).toBe(0);
      await page.getByRole("button", { name: "Notify me" }).click();
      await agent.fails("No room");
      await until("the notification", async () => (await page.evaluate<number>("noted.length")) === 1);
    });
    // Without a permission a browser that is not seen refuses.
    await onPage(server, {}, async (page) => {
      await page.getByRole("button", { name: "Cannot notify" }).click();
      await page.locator("main").getByText("Notifications of this page are blocked").waitFor();
      await expectAccessible(page);
    });
  });
});
