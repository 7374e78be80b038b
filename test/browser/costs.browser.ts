import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { HOSTILE_SESSION, playHostile } from "./support/hostile.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { SCENARIO_NOW, SESSION } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

const COSTS = "/dashboard/costs";

test("days have a picture and numbers; what costs are told by, and of which days, stands in the address", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: COSTS, now: SCENARIO_NOW }, async (page) => {
    await page.getByRole("img", { name: "Cost by day, 2026-01-07 to 2026-02-05" }).locator("canvas").waitFor();
    await page.getByRole("row", { name: /^2026-02-05 / }).waitFor();
    await expectAccessible(page);

    await page.getByRole("navigation", { name: "Costs by" }).getByRole("link", { name: "Model" }).click();
    await page.getByRole("row", { name: /^claude-sonnet-4-5 / }).waitFor();
    expect(page.url()).toEndWith("?by=model&range=30d");

    await page.getByRole("link", { name: "Other" }).click();
    await page.getByLabel("First day").fill("2026-02-04");
    await page.getByLabel("Last day").fill("2026-02-04");
    await page.getByRole("heading", { name: "By model, 2026-02-04" }).waitFor();
    expect(page.url()).toEndWith("?by=model&range=own&from=2026-02-04&to=2026-02-04");
    await page.getByLabel("Last day").fill("2026-02-01");
    await page.getByText("The last day is before the first").waitFor();
    await expectAccessible(page);

    await page.getByRole("link", { name: "Session", exact: true }).click();
    await page.getByRole("link", { name: "7 days" }).click();
    await page.getByRole("link", { name: SESSION }).click();
    expect(page.url()).toEndWith(`/session?id=${SESSION}`);
  });
});

test("the pointer over a day tells its numbers, in the colours of the theme", async () => {
  await using server = await stagedServer();
  await onPage(server, { path: `${COSTS}?range=7d`, now: SCENARIO_NOW, theme: "dark" }, async (page) => {
    const plot = page.locator(".chart .u-over");
    const { width, height } = (await plot.boundingBox())!;
    await plot.hover({ position: { x: width - 20, y: height / 2 } });
    await page.locator(".chart-told").getByText("2026-02-05").waitFor();
    await page.locator(".chart-told").getByText("5 prompts").waitFor();
    expect(await page.evaluate<string>(BAR_COLOUR)).toBe("141,178,255");
    await page.emulateMedia({ colorScheme: "light" });
    await until("light colours", async () => (await page.evaluate(BAR_COLOUR)) === "31,79,196");
  });
});

test("an address that asks for what there is not says so", async () => {
  await using server = await testServer();
  await onPage(server, { path: `${COSTS}?by=foo&range=<b>` }, async (page) => {
    const told = page.getByRole("alert");
    await told.getByText("by=foo is none of").waitFor();
    await told.getByText("range=<b> is none of").waitFor();
    await expectAccessible(page);
    await told.getByRole("link", { name: "Show the last 30 days" }).click();
    await page.getByText("Nothing was used").waitFor();
  });
});

test.each(["day", "agent"])("by %s it fits a phone, with large numbers too", async (by) => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const agent = await startLiveAgent(client, { name: "build: all that there is to be built", session: "large" });
  const tokens = { tokens_input: 2_000_000_000, tokens_output: 2_000_000_000 };
  const prompt = { agent_id: agent.id, prompt_type: "command", prompt_text: "?", status: "completed" } as const;
  await client.createPrompt({ ...prompt, ...tokens, cost_usd: 12_345_678.9 });
  await onPage(server, { path: `${COSTS}?by=${by}`, size: "phone" }, async (page) => {
    await page.getByRole("definition").getByText("$12,345,678.90").waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(390);
    const cut = `[...document.querySelectorAll(".costs-totals dd")].filter((one) => one.scrollWidth > one.clientWidth).length`;
    expect(await page.evaluate<number>(cut)).toBe(0);
  });
});

/** Of the last bar, near its foot. */
const BAR_COLOUR = `(() => {
  const canvas = document.querySelector(".chart canvas");
  const over = document.querySelector(".chart .u-over");
  const scale = canvas.width / canvas.clientWidth;
  const x = (over.offsetLeft + over.clientWidth * (1 - 0.5 / 7)) * scale;
  const y = (over.offsetTop + over.clientHeight - 6) * scale;
  return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3).join(",");
})()`;

test("it moves with what agents report, and says what nobody knows", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  await onPage(server, { path: COSTS }, async (page) => {
    await page.getByText("Nothing was used").waitFor();
    await expectAccessible(page);
    const agent = await startLiveAgent(client);
    await agent.answers("What?", "That.", 0.25);
    await page.getByRole("definition").getByText("$0.25").waitFor();
    await client.createPrompt({
      agent_id: agent.id,
      prompt_type: "command",
      prompt_text: "?",
      status: "completed",
      model_used: "a-model-of-nobody",
      tokens_input: 10,
      tokens_output: 10,
    });
    await page.getByRole("definition").getByText("2", { exact: true }).waitFor();
  });
});

test("the table is downloaded as it is shown", async () => {
  await using server = await stagedServer();
  const path = `${COSTS}?by=definition&range=own&from=2026-02-01&to=2026-02-05`;
  await onPage(server, { path, now: SCENARIO_NOW }, async (page) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("costs-by-definition-2026-02-01-to-2026-02-05.csv");
    const text = await Bun.file((await download.path())!).text();
    const [header, first] = text.split("\r\n");
    expect(header).toBe("definition_id,name,agents,prompts,tokens_input,tokens_output,cost_usd,unknown_prompts");
    expect(first).toStartWith(`${server.cast.definitions.builder},code-builder,`);
  });
});

test.each(FIXTURES)("costs of %s: whatever they are told by", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, { path: `${COSTS}?range=all`, size: "phone" }, async (page) => {
    for (const by of ["Definition", "Agent", "Session", "Model", "Day"]) {
      await page.getByRole("navigation", { name: "Costs by" }).getByRole("link", { name: by }).click();
      await page.getByRole("heading", { name: `By ${by.toLowerCase()}, all days` }).waitFor();
      expect(await page.getByRole("row").count()).toBeGreaterThan(1);
      expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    await expectAccessible(page);
  });
});

test("names of agents are text, amounts of any size have room", async () => {
  await using server = await testServer();
  await playHostile(createClient({ url: server.url }));
  await onPage(server, { path: `${COSTS}?by=agent&range=all`, size: "phone" }, async (page) => {
    await page.getByText("<b>agent</b>").waitFor();
    await page.getByText("$123,456,789.12").first().waitFor();
    await page.getByRole("link", { name: "Session", exact: true }).click();
    await page.getByRole("link", { name: HOSTILE_SESSION }).waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

test("a server that fails is said, and read again", async () => {
  await using server = await stagedServer();
  await using proxy = faultProxy(server.url);
  proxy.refuse(/^\/api\/costs/, "internal");
  await onPage(proxy, { path: COSTS, now: SCENARIO_NOW, allow: [/500/] }, async (page) => {
    await page.getByRole("alert").getByText("Could not read costs").waitFor();
    proxy.heal();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("row", { name: /^2026-02-05 / }).waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
  });
});
