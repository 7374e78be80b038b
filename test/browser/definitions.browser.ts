import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import type { Page } from "playwright-core";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { playHostile } from "./support/hostile.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { SCENARIO_NOW } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

const DEFINITIONS = "/dashboard/definitions";
const FOCUSED = "document.activeElement?.textContent || document.activeElement?.name";

/** Waits until the focus is on what has this text or name. */
async function focusOn(page: Page, what: string): Promise<void> {
  await until(`the focus on ${what}`, async () => (await page.evaluate(FOCUSED)) === what);
}

test("a definition is made and changed by keyboard, with the server's words at the fields", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  await onPage(server, { path: DEFINITIONS, allow: [/422/, /409/] }, async (page) => {
    await page.getByText("A definition is a kind of agent").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "New definition" }).press("Enter");
    await focusOn(page, "name");
    await page.keyboard.type("feature-planner");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Not A Slug");
    await page.getByLabel("Config (JSON)").fill("{");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Create" }).press("Enter");
    await page.getByText("This is not JSON").waitFor();
    await focusOn(page, "config");

    await page.getByLabel("Config (JSON)").fill('{"max_cost_usd": 10}');
    await page.getByRole("button", { name: "Create" }).press("Enter");
    await page.getByText("expected a lower-case slug").waitFor();
    await focusOn(page, "agent_type");
    await expectAccessible(page);
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("planner");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "feature-planner" }).waitFor();
    await focusOn(page, "feature-planner");
    const [made] = (await client.listOrchestratorAgents()).rows;
    expect(made).toMatchObject({ name: "feature-planner", agent_type: "planner", config: { max_cost_usd: 10 } });

    await page.getByLabel("Description").fill("Plans");
    await page.getByRole("button", { name: "Save" }).press("Enter");
    await page.getByText("Saved", { exact: true }).first().waitFor();
    expect(await page.evaluate<string>(FOCUSED)).toBe("Save");
    expect((await client.getOrchestratorAgent(made!.id)).description).toBe("Plans");
    await page.getByRole("button", { name: "Deactivate" }).press("Enter");
    await page.getByRole("button", { name: "Activate" }).waitFor();
    expect((await client.getOrchestratorAgent(made!.id)).is_active).toBe(false);

    const { id } = await client.createOrchestratorAgent({ name: "taken", agent_type: "planner" });
    await page.getByRole("link", { name: "taken" }).waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("taken");
    await page.keyboard.press("Enter");
    await page.getByText('The name "taken" is taken by').waitFor();
    await page.getByRole("link", { name: "Open it" }).click();
    await page.waitForURL(`**?id=${id}`);
  });
});

test("what is typed outlives live changes and other views", async () => {
  await using server = await stagedServer();
  const { client, cast } = server;
  const path = `${DEFINITIONS}?id=${cast.definitions.planner}`;
  await onPage(server, { path, now: SCENARIO_NOW }, async (page) => {
    const description = page.getByLabel("Description");
    await client.updateOrchestratorAgent(cast.definitions.planner, { description: "theirs, before" });
    await until("the new description", async () => (await description.inputValue()) === "theirs, before");
    await description.fill("mine");
    await client.updateOrchestratorAgent(cast.definitions.planner, {
      description: "theirs",
      default_model: "another-model",
    });
    await page.getByText("Changed elsewhere meanwhile: default model, description").waitFor();
    expect(await description.inputValue()).toBe("mine");
    expect(await page.getByLabel("Default model").inputValue()).toBe("another-model");
    await expectAccessible(page);

    await page.getByRole("link", { name: "Costs" }).click();
    await page.getByRole("heading", { name: "Costs", level: 1 }).waitFor();
    await page.goBack();
    await page.getByText("Not saved yet").waitFor();
    expect(await description.inputValue()).toBe("mine");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).first().waitFor();
    const stored = await client.getOrchestratorAgent(cast.definitions.planner);
    expect(stored).toMatchObject({ description: "mine", default_model: "another-model" });
  });
});

test("deleting tells what hangs on a definition, and takes it along only where it has ended", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const agent = await startLiveAgent(client, { definition: "busy" });
  await onPage(server, { path: DEFINITIONS, allow: [/409/] }, async (page) => {
    await page.getByRole("link", { name: "busy" }).click();
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete busy?" });
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText("of 1 runtime agent that belong to it, 1 runtime agent is alive").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Close" }).click();
    await focusOn(page, "Delete…");

    await agent.finishes();
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText("1 runtime agent belong to it, all of them ended").waitFor();
    await dialog.getByRole("button", { name: "Delete all of it" }).click();
    await page.getByText("A definition is a kind of agent").waitFor();
    expect((await client.listOrchestratorAgents()).rows).toEqual([]);
    expect(page.url()).toEndWith(DEFINITIONS);
  });
});

test("a definition that somebody else deletes is gone, and what it was is not lost", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const { id } = await client.createOrchestratorAgent({ name: "short-lived", agent_type: "skill" });
  await onPage(server, { path: `${DEFINITIONS}?id=${id}`, allow: [/404/] }, async (page) => {
    await page.getByRole("heading", { name: "short-lived" }).waitFor();
    await client.deleteOrchestratorAgent(id);
    await page.getByText("This definition was deleted meanwhile").waitFor();
    await page.getByRole("link", { name: "Define it anew" }).click();
    expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("short-lived");
    await page.goto(`${DEFINITIONS}?id=nobody`);
    await page.getByText("There is no definition with this id").waitFor();
  });
});

test("the list is searched, narrowed and walked through", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: DEFINITIONS, now: SCENARIO_NOW }, async (page) => {
    await page.getByRole("link", { name: "old-linter" }).waitFor();
    await page.getByRole("combobox", { name: "Active" }).selectOption("true");
    await page.getByRole("link", { name: "old-linter" }).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("/");
    await page.keyboard.type("issue");
    await page.getByRole("link", { name: "code-builder" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "feature-planner" }).waitFor();
    expect(page.url()).toEndWith("?active=true&q=issue");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Close" }).press("Enter");
    await focusOn(page, "feature-planner");
  });
});

test("while a search is read the list stays, and the focus in it", async () => {
  await using server = await stagedServer();
  await using proxy = faultProxy(server.url);
  await onPage(proxy, { path: DEFINITIONS, now: SCENARIO_NOW }, async (page) => {
    await page.getByRole("link", { name: "old-linter" }).waitFor();
    proxy.hold(/^\/api\/agents/);
    await page.getByRole("searchbox").fill("issue");
    await page.waitForURL(/q=issue/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await focusOn(page, "old-linter");
    proxy.heal();
    await page.getByRole("link", { name: "old-linter" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "feature-planner" }).waitFor();
  });
});

test.each(FIXTURES)("definitions of %s", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, { path: DEFINITIONS, size: "phone" }, async (page) => {
    await page.getByRole("rowheader").getByRole("link").first().click();
    await page.getByLabel("Name").waitFor();
    await expectAccessible(page);
    expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

test("hostile text is shown as it is", async () => {
  await using server = await testServer();
  await playHostile(createClient({ url: server.url }));
  await onPage(server, { path: DEFINITIONS, size: "phone" }, async (page) => {
    await page.getByRole("link", { name: "definition <script>" }).click();
    await page.getByLabel("Name").waitFor();
    await expectAccessible(page);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

test("a server that refuses to save is said, and what was typed stays", async () => {
  await using server = await stagedServer();
  await using proxy = faultProxy(server.url);
  const path = `${DEFINITIONS}?id=${server.cast.definitions.planner}`;
  await onPage(proxy, { path, now: SCENARIO_NOW, allow: [/429/] }, async (page) => {
    await page.getByLabel("Description").fill("mine");
    proxy.refuse(/^\/api\/agents\//, "too_many_requests", { "Retry-After": "1" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("The definition was not changed").waitFor();
    expect(await page.getByLabel("Description").inputValue()).toBe("mine");
    proxy.heal();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).first().waitFor();
  });
});
