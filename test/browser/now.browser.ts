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
      expect(await names("Just finished")).toEqual(["review: docs", "review: login"]);
      const working = cards(page, "Working");
      const beneath = working.getByRole("list", { name: "Sub-agents" }).getByRole("link");
      expect(await beneath.allInnerTexts()).toEqual(["docs: checkout", "test: cart"]);
      await working.getByText("Edit src/checkout/address.ts").waitFor();
      await working.getByText("started 1 h ago").waitFor();
      await cards(page, "Needs you").getByText("May I delete the old endpoint").waitFor();
      await cards(page, "Just finished").getByText("429, quota exceeded").waitFor();
      await page.getByText("1 needs you; 2 work, 1 is idle, 2 are quiet or lost, 2 ended").waitFor();
      expect(await page.title()).toBe("(1) Orchestrator – Now");
    });
  });

  test("it moves by itself, and the title counts in every view", async () => {
    await using server = await testServer();
    const agent = await startLiveAgent(createClient({ url: server.url }), { name: "build: cart" });
    await onPage(server, {}, async (page) => {
      await live(page);
      await cards(page, "Working").waitFor();
      await titled(page, "Orchestrator – Now");
      await agent.works("Edit src/cart.ts");
      await cards(page, "Working").getByText("Edit src/cart.ts").waitFor();
      await agent.waits("May I delete it?");
      await cards(page, "Needs you").getByText("May I delete it?").waitFor();
      expect(await region(page, "Working").count()).toBe(0);
      await page.getByRole("navigation").getByRole("link", { name: "Costs" }).click();
      await titled(page, "(1) Orchestrator – Costs");
      await agent.isAnswered("You may");
      await titled(page, "Orchestrator – Costs");
      await page.goBack();
      await agent.answers("Go on", "Done", 0.25);
      await cards(page, "Working").getByText("1.1K tokens · $0.25").waitFor();
      const helper = await agent.starts("helper");
      await cards(page, "Working").getByRole("link", { name: "helper" }).waitFor();
      await helper.fails("No room left");
      await agent.finishes();
      await cards(page, "Just finished").getByText("failed").waitFor();
      expect(await region(page, "Working").count()).toBe(0);
    });
  });

  test("who ended leaves after an hour, though nobody tells", async () => {
    await using server = await stagedServer();
    await onPage(server, { now: SCENARIO_NOW }, async (page) => {
      await cards(page, "Just finished").filter({ hasText: "review: login" }).waitFor();
      await page.clock.setFixedTime(SCENARIO_NOW + 30 * 60_000);
      await cards(page, "Just finished").filter({ hasText: "review: login" }).waitFor({ state: "detached" });
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
      expect(await focused()).toBe("build: checkout");
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
      await titled(page, "(1) Orchestrator – Costs");
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
    });
  });

  test("several at once are one", async () => {
    await using server = await testServer();
    const client = createClient({ url: server.url });
    const names = ["one", "two", "three"];
    const agents = await Promise.all(names.map((name) => startLiveAgent(client, { name })));
    await using proxy = faultProxy(server.url);
    await onPage(proxy, { permissions: ["notifications"], allow: [/ERR_/] }, async (page) => {
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
