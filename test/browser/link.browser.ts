import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage, untilShown } from "./support/page.ts";
import { killableServer } from "./support/servers.ts";

/** Notes what screen readers would be told of. */
const LISTEN = `{
  const heard = globalThis.heard = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target.nodeType === 3 ? target.parentElement : target).closest?.("[role=status],[role=alert],[aria-live]");
      if (region) heard.push(region.textContent);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}`;

const banner = (page: Page, state: string) => page.locator(`[data-link="${state}"]`);

test("a server that is killed and comes back: the page says so once, goes on by itself, and misses nothing", async () => {
  await using server = await killableServer();
  const client = createClient({ url: server.url });
  await startLiveAgent(client, { name: "build: before" });
  await onPage(server, { allow: [/ERR_/] }, async (page) => {
    await untilShown(page);
    await page.evaluate(LISTEN);
    await server.kill();
    const down = banner(page, "down");
    await down.getByText(/Trying again in \d+ s/).waitFor();
    expect(await down.getByRole("status").innerText()).toMatch(
      /^Not live since \d\d:\d\d:\d\d: what is shown may be old\.$/,
    );
    await page.getByText("build: before").first().waitFor();
    const asked = down.getByText(/Trying again in [3-9] s/);
    await asked.waitFor();
    await expectAccessible(page);

    await server.start();
    await startLiveAgent(client, { name: "build: while away" });
    await banner(page, "live").waitFor();
    await page.getByText("build: while away").first().waitFor();
    await startLiveAgent(client, { name: "build: after" });
    await page.getByText("build: after").first().waitFor();
    const told = (await page.evaluate<readonly string[]>("heard")).filter((text) => /live|Trying/i.test(text));
    expect(new Set(told.map((text) => text.replace(/ since.*/, "")))).toEqual(new Set(["Not live", "Live"]));
  });
});

test.each([
  ["internal", 500],
  ["too_many_requests", 429],
] as const)("a stream that is answered %s is tried again, and the page says why", async (code, status) => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  await onPage(proxy, { allow: [/ERR_/, new RegExp(`status of ${status}`)] }, async (page) => {
    await untilShown(page);
    proxy.refuse(/^\/api\/events/, code, code === "internal" ? {} : { "Retry-After": "1" });
    proxy.cutStreams();
    const said = code === "internal" ? /failed on this request/ : /Only 100 commands a second/;
    await banner(page, "down").getByText(said).waitFor();
    proxy.heal();
    await banner(page, "live").waitFor();
  });
});

test("a read that is answered 500 or 429 is said and tried again by itself, and what was shown stays", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  await startLiveAgent(createClient({ url: server.url }), { name: "build: known" });
  await onPage(proxy, { allow: [/status of (500|429)/, /ERR_/] }, async (page) => {
    await untilShown(page);
    for (const code of ["internal", "too_many_requests"] as const) {
      proxy.refuse(/board/, code);
      await proxy.sendStale("pruned");
      await page.getByRole("alert").first().waitFor();
      await page.getByText("build: known").first().waitFor();
      proxy.heal();
      await page.getByRole("alert").waitFor({ state: "detached" });
    }
  });
});

test("a stream that is answered 401 asks for a token", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  await onPage(proxy, { allow: [/status of 401/, /ERR_/] }, async (page) => {
    await untilShown(page);
    proxy.refuse(/^\/api\/events/, "unauthorized");
    proxy.cutStreams();
    await page.getByRole("dialog", { name: "A token is needed" }).waitFor();
  });
});

test("after a cut of the history all is read anew, and the page says so until that is seen", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  await onPage(proxy, { allow: [/ERR_/] }, async (page) => {
    await untilShown(page);
    await startLiveAgent(createClient({ url: server.url }), { name: "build: new" });
    await proxy.sendStale("replaced");
    await page
      .getByRole("status")
      .getByText(/its database was replaced or restored. Everything was read anew/)
      .waitFor();
    await page.getByText("build: new").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await until("the end of the notice", async () => (await page.getByText("read anew").count()) === 0);
  });
});

test("times are those of the reader's zone, with all of it in UTC on hover", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const { id } = await startLiveAgent(client, { name: "build: timed", session: "timed" });
  const { started_at: at } = await client.getRuntimeAgent(id);
  await onPage(server, { path: "/dashboard/session?id=timed" }, async (page) => {
    const time = page.locator(`time[datetime="${at}"]`).first();
    await time.waitFor();
    expect(await time.getAttribute("title")).toBe(`${at!.replace("T", " ").slice(0, 23)} UTC`);
    const local = new Date(at!).toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" });
    expect(await time.innerText()).toContain(local);
  });
});
