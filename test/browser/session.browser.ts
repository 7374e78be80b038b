import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { HOSTILE_SESSION, playHostile } from "./support/hostile.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { SCENARIO_NOW, SESSION } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

const LIST = "/dashboard/sessions";
const pathOf = (id: string, query = "") => `/dashboard/session?id=${encodeURIComponent(id)}${query}`;
/** Links and buttons of the view that a finger misses. */
const smallerThan = (least: number) => `[...document.querySelectorAll("main :is(a[href], button, input, select)")]
  .map((element) => [element.innerText, element.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < ${least})
  .map(String)`;
const OVERFLOW = "document.documentElement.scrollWidth - innerWidth";

test("sessions stand with the last active first, move up as they go on, and open by keyboard", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  await onPage(server, { path: LIST }, async (page) => {
    await page.getByText("No sessions yet.").waitFor();
    const first = await startLiveAgent(client, { session: "first" });
    await page.getByRole("link", { name: "first" }).waitFor();
    await startLiveAgent(client, { session: "second" });
    const links = page.locator(".session-list [data-row]");
    await page.locator("tbody tr:first-child").getByText("second").waitFor();
    await first.waits("Which one?");
    await page.locator("tbody tr:first-child").getByText("first").waitFor();
    await page.locator("tbody tr:first-child").getByText("1 waiting").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect(await links.nth(1).evaluate((link) => link.matches(":focus"))).toBe(true);
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Session first" }).waitFor();
  });
});

test("a session shows its agents, the steps of its workflow, and what they were asked; one of them alone when chosen", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: pathOf(SESSION), now: SCENARIO_NOW }, async (page) => {
    const agents = page.getByRole("region", { name: "Agents and their time" }).first();
    await agents.getByRole("button", { name: "docs: checkout" }).waitFor();
    await agents.getByText("1 of 4 steps").waitFor();
    await agents.getByText("current step · executing").waitFor();
    for (const step of ["test", "review"])
      await agents
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader", { name: step, exact: true }) })
        .getByText("not begun")
        .waitFor();
    const prompts = page.getByRole("list", { name: "Prompts, the newest first" });
    await prompts.getByRole("heading", { name: "/build" }).waitFor();
    await page.locator("code .code-keyword").first().waitFor();
    await expectAccessible(page);

    await prompts.getByRole("button", { name: "Show all" }).click();
    await page.getByText("step-40.ts").waitFor();
    await agents.getByRole("button", { name: "plan: checkout" }).click();
    await prompts.getByRole("heading", { name: "/build" }).waitFor({ state: "detached" });
    expect(await prompts.getByRole("heading", { level: 3 }).allTextContents()).toEqual(["/plan"]);
    expect(new URL(page.url()).searchParams.get("agent")).toBe(server.cast.planned);
    await page.reload();
    await page.getByText("Only of plan: checkout").waitFor();

    await page.getByRole("link", { name: "Cost and tokens" }).click();
    await page.getByRole("region", { name: "Cost and tokens by model" }).getByText("claude-opus-4-5").waitFor();
    await page.getByRole("button", { name: "Show all agents" }).click();
    await page.getByRole("region", { name: "Cost and tokens by model" }).getByText("claude-sonnet-4-5").waitFor();
    await expectAccessible(page);
  });
});

test("whoever is chosen says what they ask, since when, and what it took; what went wrong with another", async () => {
  await using server = await stagedServer();
  await onPage(server, { now: SCENARIO_NOW }, async (page) => {
    await page.getByRole("region", { name: "Needs you" }).getByRole("link", { name: "docs: checkout" }).click();
    const head = page.getByRole("region", { name: "docs: checkout", exact: true });
    await head.getByText("May I delete the old endpoint /v1/cart from the docs?").waitFor();
    await head.getByText("waiting for 1 min").waitFor();
    await head.getByText("code-builder").waitFor();
    await expectAccessible(page);
    const { id, session_id } = await server.client.getRuntimeAgent(server.cast.failed);
    await page.goto(pathOf(session_id, `&agent=${id}`));
    await page.locator(".session-agent-head .session-bad").getByText("429, quota exceeded").waitFor();
  });
});

test("the focus is never lost: choosing an agent by its prompt, showing all of them, showing all of the time", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: pathOf(SESSION), now: SCENARIO_NOW }, async (page) => {
    const focused = () =>
      page.evaluate<string>("document.activeElement.getAttribute('class') + ' ' + document.activeElement.innerText");
    await page.getByRole("button", { name: "Show this agent alone: plan: checkout" }).focus();
    await page.keyboard.press("Enter");
    await until("the agent", async () => (await focused()).startsWith("card session-agent-head plan: checkout"));
    await page.getByRole("button", { name: "Show all agents" }).focus();
    await page.keyboard.press("Enter");
    await until("its row", async () => (await focused()).startsWith("session-agent plan: checkout"));
    await page.getByRole("button", { name: "Closer" }).click();
    await page.getByRole("button", { name: "All", exact: true, disabled: false }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "All", exact: true, disabled: true }).waitFor();
    expect(await focused()).toContain("All");
  });
});

test.each([".", " "])("a session whose id is %j opens, and is to be seen", async (session) => {
  await using server = await testServer();
  const agent = await startLiveAgent(createClient({ url: server.url }), { session });
  await agent.answers("What?", "That.");
  await onPage(server, { path: LIST }, async (page) => {
    await page.getByRole("link", { name: session === "." ? "." : "(blank)", exact: true }).click();
    await page
      .getByRole("region", { name: /^Answer of command, / })
      .getByText("That.")
      .waitFor();
    await page.locator(".session-figures").getByText("$0.25").waitFor();
    await page.getByRole("link", { name: "Cost and tokens" }).click();
    await page.getByRole("region", { name: "Cost and tokens by model" }).getByText("claude-sonnet-4-5").waitFor();
  });
});

test.each([
  ["wide", 24],
  ["phone", 44],
] as const)(
  "%s: figures stand beneath each other, and what is touched is at least %d pixels high",
  async (size, least) => {
    await using server = await stagedServer();
    await onPage(server, { path: LIST, now: SCENARIO_NOW, size }, async (page) => {
      await page.locator("[data-row]").nth(2).waitFor();
      const edges = await page.evaluate<number[]>(
        "[...document.querySelectorAll('td[data-label=Cost]')].map((cell) => cell.getBoundingClientRect().right)",
      );
      expect(new Set(edges).size).toBe(1);
      expect(await page.evaluate<string[]>(smallerThan(least))).toEqual([]);
      await page.goto(pathOf(SESSION, `&agent=${server.cast.planned}`));
      await page.getByRole("heading", { name: "/plan" }).waitFor();
      expect(await page.evaluate<string[]>(smallerThan(least))).toEqual([]);
    });
  },
);

test("the time that is shown is moved by keys, buttons and the wheel, and what stands in it is told", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: pathOf(SESSION), now: SCENARIO_NOW }, async (page) => {
    const shown = page.locator(".session-shown");
    const whole = await shown.textContent();
    await page.getByRole("button", { name: "Closer" }).click();
    await page.getByRole("button", { name: "All", exact: true, disabled: false }).waitFor();
    const closer = await shown.textContent();
    expect(closer).not.toBe(whole);
    await page.getByRole("button", { name: "build: checkout" }).first().focus();
    await page.keyboard.press("ArrowLeft");
    await until("another part", async () => (await shown.textContent()) !== closer);
    await page.keyboard.press("0");
    await until("all of it", async () => (await shown.textContent()) === whole);

    const track = page.locator(`[data-track="${server.cast.planned}"]`);
    await track.hover();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await until("another part", async () => (await shown.textContent()) !== whole);
    await page.keyboard.press("0");

    await page.getByRole("button", { name: "plan: checkout" }).first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press(".");
    await page.locator(".session-tip").getByText("Read src/checkout/cart.ts").waitFor();
    await page.locator("[aria-live]").getByText("Read src/checkout/cart.ts, 1 of 4").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".session-tip").waitFor({ state: "detached" });
  });
});

test("it goes on by itself: agents, answers, tools and logs", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  await onPage(server, { path: pathOf("live-session"), allow: [/404/] }, async (page) => {
    await page.getByText("There is no session").waitFor();
    const agent = await startLiveAgent(client);
    await page.getByRole("heading", { name: "Session live-session" }).waitFor();
    await agent.answers("How many?", "**Two** of them.", 0.5);
    await page.locator(".markdown strong").getByText("Two").waitFor();
    await page.locator(".session-figures").getByText("$0.50").waitFor();
    await agent.works("Bash ls");
    await page.locator(".session-track .session-tool[d^=M]").first().waitFor({ state: "attached" });

    const { id } = await client.createPrompt({ agent_id: agent.id, prompt_type: "command", prompt_text: "And now?" });
    await page.getByText("No answer yet.").waitFor();
    await client.updatePrompt(id, { status: "completed", response_text: "Three." });
    await page.getByText("Three.").waitFor();

    const child = await agent.starts("tests: live");
    await page.getByRole("button", { name: "Level 2: tests: live" }).waitFor();
    await child.fails("exit code 1");
    await page.locator(".session-head").getByText("1 failed").waitFor();

    await page.getByRole("link", { name: "Logs", exact: true }).last().click();
    const logs = page.getByRole("grid", { name: "Agent logs" });
    await logs.getByText("Bash ls").waitFor();
    await page.getByRole("button", { name: "ERROR", exact: true }).click();
    await logs.getByText("Bash ls").waitFor({ state: "detached" });
    await client.createAgentLog({ agent_id: child.id, log_type: "error", log_level: "ERROR", message: "exit code 2" });
    await logs.getByText("exit code 2").waitFor();
    expect(new URL(page.url()).searchParams.get("level")).toBe("ERROR");
    await expectAccessible(page);
  });
});

test.each(FIXTURES)("over %s, on a phone and in the dark", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, { path: LIST, size: "phone", theme: "dark" }, async (page) => {
    await page.locator("[data-row]").first().waitFor();
    expect(await page.evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0);
    await expectAccessible(page);
    await page.locator("[data-row]").first().click();
    await page.locator("[data-agent]").first().waitFor();
    expect(await page.evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0);
    await expectAccessible(page);
  });
});

test("a workflow of the ancestor has a lane for each step, and tells where it failed", async () => {
  await using server = await fixtureServer("tac-0.9.0-orchestrator.db");
  const { rows } = await createClient({ url: server.url }).listWorkflows({ status: "failed" });
  const workflow = rows[0]!;
  await onPage(server, { path: pathOf(workflow.id) }, async (page) => {
    await page.getByText(`Workflow ${workflow.workflow_type}`).waitFor();
    await page.getByRole("rowheader", { name: "adw_plan_iso" }).first().waitFor();
    await page.getByText("last step · failed").waitFor();
  });
});

test("what agents wrote is shown and never run, however long", async () => {
  await using server = await testServer();
  await playHostile(createClient({ url: server.url }));
  await onPage(server, { path: pathOf(HOSTILE_SESSION) }, async (page) => {
    await page.getByRole("heading", { name: HOSTILE_SESSION }).waitFor();
    await page.getByText("[click](javascript:window.ran=6)").waitFor();
    const folded = page.getByRole("button", { name: "Show all (" });
    for (let left = await folded.count(); left > 0; left -= 1) await folded.first().click();
    await page.getByText("show more").first().waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.locator("main img, main iframe, main script, main form, main a[href^=javascript]").count()).toBe(
      0,
    );
    expect(await page.evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0);
    await page.getByRole("link", { name: "Cost and tokens" }).click();
    await page.getByText("<img src=x onerror=window.ran=9>").first().waitFor();
    await expectAccessible(page);
  });
});

test("what cannot be read is said where it is missing, and the rest stays", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: LIST, now: SCENARIO_NOW, allow: [/500/] }, async (page) => {
    await page.route("**/api/runtime/prompts?*", (route) => route.fulfill({ status: 500, body: "{}" }));
    await page.getByRole("link", { name: SESSION }).click();
    await page.getByText("Could not read the prompts.").waitFor();
    await page.getByRole("button", { name: "docs: checkout" }).waitFor();
    await page.unroute("**/api/runtime/prompts?*");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByRole("heading", { name: "/build" }).waitFor();
  });
});
