import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";

test("an empty server shows three ways, whose commands can be copied and run, and turns to the first agent", async () => {
  await using server = await testServer();
  const permissions = ["clipboard-read", "clipboard-write"];
  await onPage(server, { permissions }, async (page) => {
    for (const way of ["Connect a coding agent", "Send requests with curl", "Write a program"])
      await page.getByRole("region", { name: way }).waitFor();
    await expectAccessible(page);
    await page.getByRole("radio", { name: "Codex" }).check();
    await page.getByText(`orchestrator connect codex --url ${server.url}`).waitFor();

    await page.getByRole("radio", { name: /copy of the repository/ }).check();
    await page.getByText(`bun run orchestrator connect codex --url ${server.url}`).waitFor();
    await page.getByText(/^npm install .*\/dist\/orchestrator-client-/).waitFor();

    await page.getByRole("button", { name: "Copy: commands" }).click();
    await page.getByRole("button", { name: "Copied: commands" }).waitFor();
    const commands = await page.evaluate<string>("navigator.clipboard.readText()");
    await page.locator('[data-link="live"]').waitFor();
    const shell = Bun.spawn(["bash", "-c", commands], { stdout: "ignore", stderr: "pipe" });
    expect([await new Response(shell.stderr).text(), await shell.exited]).toEqual(["", 0]);

    const card = page.getByRole("region", { name: "Working" }).locator(".now-card");
    await card.getByText("Hello from curl").waitFor();
    await page.getByRole("status").getByText("An agent has arrived").waitFor();
    expect(await page.getByRole("region", { name: "Send requests with curl" }).count()).toBe(0);
  });
});

test.each(["dark", "light"] as const)("it fits a phone, %s", async (theme) => {
  await using server = await testServer();
  await onPage(server, { theme, size: "phone" }, async (page) => {
    await page.getByRole("region", { name: "Write a program" }).waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(390);
    await expectAccessible(page);
  });
});

test("with tokens the commands send one, which is not shown", async () => {
  const apiToken = "a-token-of-some-length-0123456789";
  await using server = await testServer(undefined, { apiToken });
  await onPage(server, { allow: [/status of 401/] }, async (page) => {
    await page.getByRole("textbox", { name: "Token" }).fill(apiToken);
    await page.getByRole("button", { name: "Go on" }).click();
    const curl = page.getByRole("region", { name: "Send requests with curl" });
    await curl.getByText('-H "Authorization: Bearer $ORCHESTRATOR_TOKEN"').waitFor();
    await page.getByText("orchestrator token create my-agents --scope control").waitFor();
    expect(await page.locator("body").innerText()).not.toContain(apiToken);
  });
});

test("where there were agents once, it says where they are", async () => {
  await using server = await testServer();
  const agent = await startLiveAgent(createClient({ url: server.url }));
  await agent.finishes();
  await onPage(server, {}, async (page) => {
    await page.getByRole("region", { name: "Just finished" }).waitFor();
    await page.clock.setFixedTime(Date.now() + 2 * 3_600_000);
    await page.getByText("No agent is alive").waitFor();
    await page.getByRole("link", { name: "Look at past sessions" }).click();
    await until("the sessions", async () => new URL(page.url()).pathname === "/dashboard/sessions");
  });
});
