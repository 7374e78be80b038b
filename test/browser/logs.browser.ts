import type { Page } from "playwright-core";
import { describe, expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { playHostile } from "./support/hostile.ts";
import { floodLogs, startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { fixtureServer } from "./support/servers.ts";

const PATH = "/dashboard/logs";

/** A server on which one agent has written so many lines, the last first to be seen. */
async function withLines(count: number) {
  const server = await testServer();
  const client = createClient({ url: server.url });
  const agent = await startLiveAgent(client, { name: "build: lines", session: "lines" });
  await floodLogs(client, agent.id, count);
  return { server, client, agent, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const grid = (page: Page) => page.getByRole("grid");
const line = (page: Page, message: string) =>
  grid(page)
    .getByRole("row")
    .filter({ hasText: new RegExp(`${message}$`) });
const scrollTo = (page: Page, top: string) =>
  page.evaluate(`{ const list = document.querySelector(".logs-scroller"); list.scrollTop = ${top}; }`);
const drawn = (page: Page) => page.evaluate<number>(`document.querySelectorAll(".logs-rows .logs-row").length`);

describe("the list", () => {
  test("goes back to the oldest with few rows in the document, and stands still while new ones come", async () => {
    await using the = await withLines(1_300);
    await onPage(the.server, { path: PATH }, async (page) => {
      await line(page, "line 1300").waitFor();
      await expectAccessible(page);
      await until("the end", async () => {
        await scrollTo(page, "list.scrollHeight");
        expect(await drawn(page)).toBeLessThan(80);
        return page.getByText("This is the oldest log.").isVisible();
      });
      await scrollTo(page, "list.scrollHeight");
      await line(page, "line 1").waitFor();
      expect(await grid(page).getAttribute("aria-rowcount")).toBe("1301");

      await scrollTo(page, "28 * 700");
      await line(page, "line 590").waitFor();
      const before = await page.evaluate<number>(`document.querySelector(".logs-scroller").scrollTop`);
      await floodLogs(the.client, the.agent.id, 25);
      await page.getByRole("button", { name: "25 new" }).waitFor();
      expect(await page.evaluate<number>(`document.querySelector(".logs-scroller").scrollTop`)).toBe(before);
      await line(page, "line 590").waitFor();
      await page.getByRole("button", { name: "25 new" }).click();
      await line(page, "line 25").waitFor();
      await page.getByText("New logs appear at the top").waitFor();
    });
  });

  test("shows what comes, and pauses", async () => {
    await using the = await withLines(3);
    await onPage(the.server, { path: PATH }, async (page) => {
      await line(page, "line 3").waitFor();
      await the.agent.works("Read the plan");
      await line(page, "Read the plan").waitFor();
      await page.keyboard.press("p");
      await page.getByText("Paused", { exact: true }).first().waitFor();
      await the.agent.works("Write the code");
      await page.getByRole("button", { name: "1 new" }).waitFor();
      expect(await line(page, "Write the code").count()).toBe(0);
      await page.keyboard.press("p");
      await line(page, "Write the code").waitFor();
    });
  });

  test("more than it keeps is told, and the way to the top reads them", async () => {
    await using the = await withLines(100);
    await onPage(the.server, { path: PATH }, async (page) => {
      await line(page, "line 100").waitFor();
      await page.keyboard.press("p");
      await floodLogs(the.client, the.agent.id, 6_000);
      await page.getByRole("button", { name: "Many new logs" }).click();
      await line(page, "line 6000").waitFor();
      // Nothing is missing between what came and what was there.
      await until("older ones", async () => {
        await scrollTo(page, "28 * 400");
        return line(page, "line 5590").isVisible();
      });
    });
  });

  test("by keyboard: a row, all of it, and back", async () => {
    await using the = await withLines(50);
    const details = { nested: { text: "<b>details</b>" } };
    await the.client.createAgentLog({
      agent_id: the.agent.id,
      log_type: "error",
      log_level: "ERROR",
      message: "broke",
      details,
    });
    await onPage(the.server, { path: PATH }, async (page) => {
      await line(page, "broke").waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      await page.keyboard.press("Enter");
      const whole = page.getByRole("region", { name: /^Log \d+$/ });
      await whole.getByText('"text": "<b>details</b>"').waitFor();
      expect(await page.evaluate<string>("document.activeElement.textContent")).toContain("error");
      await expectAccessible(page);
      await page.keyboard.press("j");
      await whole.getByText("line 50").waitFor();
      await page.keyboard.press("Escape");
      await whole.waitFor({ state: "detached" });
      expect(await page.evaluate<string>("document.activeElement.getAttribute('role')")).toBe("grid");
      await page.keyboard.press("ArrowDown");
      const chosen = grid(page).locator('[aria-selected="true"]');
      await chosen.waitFor();
      expect(await grid(page).getAttribute("aria-activedescendant")).toBe((await chosen.getAttribute("id"))!);
    });
  });
});

describe("filters", () => {
  test("search is typed, marked, and stands in the address with all others", async () => {
    await using the = await withLines(20);
    await the.agent.works("Edit the address of the customer");
    await onPage(the.server, { path: PATH, permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      await line(page, "line 20").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("addr");
      await grid(page).locator("mark", { hasText: "address" }).waitFor();
      await line(page, "line 20").waitFor({ state: "detached" });
      await the.agent.works("Check the address again");
      await grid(page).getByRole("row").filter({ hasText: "Check the address again" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "tool_call" }).click();
      await page.getByRole("button", { name: "INFO" }).click();
      await page.waitForURL(/type=tool_call/);
      const { search } = new URL(page.url());
      expect(Object.fromEntries(new URLSearchParams(search))).toEqual({ level: "INFO", type: "tool_call", q: "addr" });
      await page.getByRole("button", { name: "Copy link" }).click();
      expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(page.url());
      await page.reload();
      await grid(page).locator("mark", { hasText: "address" }).first().waitFor();
      expect(await page.getByRole("searchbox", { name: "Search" }).inputValue()).toBe("addr");
      await page.getByRole("button", { name: "Clear" }).press("Enter");
      await line(page, "line 20").waitFor();
      expect(new URL(page.url()).search).toBe("");
      await page.getByRole("button", { name: "Clear", disabled: true }).and(page.locator(":focus")).waitFor();
    });
  });

  test("what is chosen or entered is a step to come back from, and typing none", async () => {
    await using the = await withLines(3);
    await onPage(the.server, { path: PATH }, async (page) => {
      await line(page, "line 3").waitFor();
      const search = page.getByRole("searchbox", { name: "Search" });
      const steps = () => page.evaluate<number>("history.length");
      const before = await steps();
      for (const text of ["l", "li", "line"]) {
        await search.fill(text);
        await page.waitForURL((url) => url.searchParams.get("q") === text);
      }
      expect(await steps()).toBe(before);
      await search.press("Enter");
      await page.getByRole("button", { name: "INFO" }).click();
      await page.waitForURL(/level=INFO/);
      expect(await steps()).toBe(before + 2);
      await page.goBack();
      await page.waitForURL((url) => url.search === "?q=line");
      await page.goBack();
      await page.waitForURL((url) => url.search === "");
      await until("the field", async () => (await search.inputValue()) === "");
    });
  });

  test("what the server refuses is told at its field", async () => {
    await using server = await testServer();
    const path = `${PATH}?level=LOUD&since=yesterday`;
    await onPage(server, { path, allow: [/status of 422/] }, async (page) => {
      await page.getByText(/Invalid option/).waitFor();
      expect(await page.getByLabel("From").getAttribute("aria-invalid")).toBe("true");
      await expectAccessible(page);
      await page.getByRole("button", { name: "LOUD" }).click();
      await page.getByRole("button", { name: "Clear" }).click();
      await page.getByText("No agent has logged anything yet.", { exact: false }).waitFor();
    });
  });

  test("a jump to a time, and back to the newest", async () => {
    await using server = await fixtureServer("tac-0.9.0-orchestrator.db");
    await onPage(server, { path: `${PATH}?kind=system` }, async (page) => {
      await grid(page).getByRole("row").nth(1).waitFor();
      await page.getByLabel("Before (jump to a time)").fill("2000-01-01T00:00:00");
      await page.getByText("No log passes these filters.").waitFor();
      expect(new URL(page.url()).searchParams.get("until")).toBe("1999-12-31T23:00:00.000Z");
      await page.getByRole("button", { name: "Newer" }).click();
      await grid(page).getByRole("row").nth(1).waitFor();
      if (await page.getByRole("link", { name: "Newest" }).isVisible()) {
        await page.getByRole("link", { name: "Newest" }).click();
      }
      await page.getByText("New logs appear at the top").waitFor();
    });
  });
});

test.each(FIXTURES)("shows both kinds of logs of %s", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, { path: PATH, size: "phone", theme: "dark" }, async (page) => {
    await page.getByLabel("Agent logs").waitFor();
    await expectAccessible(page);
    await page.getByRole("search").getByRole("link", { name: "System" }).click();
    await page.getByRole("grid", { name: "System logs" }).getByRole("row").nth(2).waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});

test("details of another program that are nested too deep to be indented are shown, whole", async () => {
  await using the = await withLines(1);
  const deep = `${"[".repeat(20_000)}7${"]".repeat(20_000)}`;
  runSql(
    the.server.path,
    `insert into agent_logs (agent_id, log_level, log_type, message, details, created_at)
     values ('${the.agent.id}', 'INFO', 'tool_call', 'deep', '${deep}', '2026-01-01 00:00:00')`,
  );
  await onPage(the.server, { path: PATH, permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    await line(page, "deep").click();
    await page.getByRole("button", { name: /show more/ }).waitFor();
    await page.getByRole("button", { name: "Copy: details" }).click();
    await page.getByRole("button", { name: "Copied: details" }).waitFor();
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(deep);
  });
});

test("on the narrowest phone a time is not cut", async () => {
  await using the = await withLines(1);
  await onPage(the.server, { path: PATH, size: "phone", now: Date.now() + 400 * 86_400_000 }, async (page) => {
    await page.setViewportSize({ width: 360, height: 780 });
    await line(page, "line 1").waitFor();
    const cut = `[...document.querySelectorAll(".logs-time")].filter((cell) => cell.scrollWidth > cell.clientWidth).length`;
    expect(await page.evaluate<number>(cut)).toBe(0);
  });
});

test("hostile logs are text, also a megabyte of it", async () => {
  await using server = await testServer();
  await playHostile(createClient({ url: server.url }));
  await onPage(server, { path: PATH }, async (page) => {
    await grid(page).getByRole("row").filter({ hasText: "one line of a megabyte" }).click();
    await page
      .getByRole("button", { name: /show more/ })
      .first()
      .waitFor();
    await page.getByText("<script>window.ran = 1</script>", { exact: false }).first().waitFor();
    await expectAccessible(page);
    await page.goto(`${PATH}?kind=system&q=window`);
    await grid(page).locator("mark").first().waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });
});

test("older pages that cannot be read are told, and read as soon as they can be", async () => {
  await using the = await withLines(600);
  await using proxy = faultProxy(the.server.url);
  await onPage(proxy, { path: PATH, allow: [/status of 500/] }, async (page) => {
    await line(page, "line 600").waitFor();
    proxy.refuse(/^\/api\/runtime\/logs/, "internal");
    await until("the failure", async () => {
      await scrollTo(page, "list.scrollHeight");
      return page.getByText("Older logs could not be read.").isVisible();
    });
    proxy.heal();
    await until("the end", async () => {
      await scrollTo(page, "list.scrollHeight");
      return page.getByText("This is the oldest log.").isVisible();
    });
  });
});

test("a history that was cut is read anew from its top, and the list goes on", async () => {
  await using the = await withLines(600);
  await using proxy = faultProxy(the.server.url);
  await onPage(proxy, { path: PATH }, async (page) => {
    await line(page, "line 600").waitFor();
    await scrollTo(page, "28 * 100");
    await line(page, "line 490").waitFor();
    await until("a stream to be cut", () => proxy.streams > 0);
    await proxy.sendStale("pruned");
    await page.getByText("Everything was read anew", { exact: false }).waitFor();
    await line(page, "line 600").waitFor();
    await the.agent.works("Go on");
    await line(page, "Go on").waitFor();
  });
});
