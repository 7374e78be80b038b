import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";
import { killableServer } from "./support/servers.ts";

const REFUSED = /429|500|net::|Failed to load/;
test("prompts that change all the time are read one by one, and by themselves after the server refused", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  const client = createClient({ url: server.url });
  const { id: agent_id } = await startLiveAgent(client, { session: "busy" });
  const question = { agent_id, prompt_type: "command", prompt_text: "q", status: "streaming" } as const;
  const ids = await Promise.all(Array.from({ length: 10 }, async () => (await client.createPrompt(question)).id));
  const single = () => proxy.asked.filter((line) => /prompts\/[0-9a-f-]{36}/.test(line)).length;
  await onPage(proxy, { path: "/dashboard/session?id=busy", allow: [REFUSED] }, async (page) => {
    await page.locator("[data-prompt]").nth(9).waitFor();
    const [before, began] = [single(), performance.now()];
    for (let tokens_output = 1; performance.now() < began + 2_000; tokens_output += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(ids.map((id) => client.updatePrompt(id, { tokens_output })));
    }
    // Ten in a second, and the one that was under way.
    expect(single() - before).toBeGreaterThan(5);
    expect(single() - before).toBeLessThanOrEqual((performance.now() - began) / 100 + 1);

    proxy.refuse(/\/prompts\/[0-9a-f-]{36}/, "too_many_requests", { "Retry-After": "1" });
    await page.getByText("Could not read the texts of all prompts").waitFor();
    proxy.heal();
    await client.updatePrompt(ids[0]!, { status: "completed", response_text: "That is the answer." });
    await page.getByText("That is the answer.").waitFor();
    await page.getByText("Could not read the texts of all prompts").waitFor({ state: "detached" });
  });
});

test("a view opened for the first time while there is no server appears when there is one", async () => {
  await using server = await killableServer();
  await onPage(server, { allow: [REFUSED] }, async (page) => {
    await page.locator('[data-link="live"]').waitFor();
    await server.kill();
    await page.locator('[data-link="down"]').waitFor();
    await page.getByRole("link", { name: "Costs" }).first().click();
    await page.getByText("A part of the page could not be loaded").waitFor();
    await page.evaluate("globalThis.isSamePage = true");
    await server.start();
    await page.getByRole("navigation", { name: "Days" }).waitFor();
    expect(await page.evaluate<boolean>("globalThis.isSamePage")).toBe(true);
  });
});
