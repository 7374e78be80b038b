import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { testClock } from "#test/support/clock.ts";
import { FIXTURES, testFolder } from "#test/support/folder.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { expectAccessible } from "./support/accessible.ts";
import { faultProxy } from "./support/fault-proxy.ts";
import { steadyFigures } from "./support/figures.ts";
import { onPage, type View } from "./support/page.ts";
import { SCENARIO_NOW } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

const SYSTEM = "/dashboard/system";
const PANELS = ["Health", "Storage", "Tokens", "Connections", "Versions"];
const FITS = "document.documentElement.scrollWidth <= innerWidth";

const LOOKS: readonly View[] = [
  { theme: "light", size: "wide" },
  { theme: "dark", size: "phone" },
];

test.each(LOOKS)("every panel shows what the server tells: $theme, $size", async (view) => {
  await using server = await stagedServer();
  await onPage(server, { ...view, path: SYSTEM }, async (page) => {
    for (const name of PANELS) await page.getByRole("region", { name, exact: true }).waitFor();
    await page.getByText("Writes are stored").waitFor();
    await page.getByRole("row", { name: /^agents 26/ }).waitFor();
    await page.getByRole("row", { name: /^Event streams [12] / }).waitFor();
    await page.getByText((await server.client.listEvents()).feed).waitFor();
    await expectAccessible(page);
    expect(await page.evaluate<boolean>(FITS)).toBe(true);
  });
});

test.each(FIXTURES)("over %s", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, { path: SYSTEM, size: "phone" }, async (page) => {
    await page.getByRole("row", { name: /^orchestrator_agents/ }).waitFor();
    expect(await page.evaluate<boolean>(FITS)).toBe(true);
  });
});

test("tables that the server keeps for itself are folded, so that retention and the purge are seen", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  await steadyFigures(proxy, createClient({ url: server.url }));
  await onPage(proxy, { path: SYSTEM, now: SCENARIO_NOW }, async (page) => {
    await page.getByText("Sizes as of 09:30:00.").waitFor();
    expect(await page.getByRole("row", { name: /orchestrator_meta/ }).isVisible()).toBe(false);
    await page.getByText("4 more tables of the server itself").click();
    await page.getByRole("row", { name: /orchestrator_meta – 8.2 kB/ }).waitFor();
    await expectAccessible(page);
  });
});

test("the first token closes the server, is shown once, and the page goes on with it", async () => {
  await using server = await testServer();
  await onPage(server, { path: SYSTEM, allow: [/422/, /401/] }, async (page) => {
    await page.getByText("every program on this machine may use this server").waitFor();
    await page.getByRole("button", { name: "Create token" }).click();
    await page.locator('[aria-invalid="true"]:focus').waitFor();
    await page.getByLabel("Name").fill("laptop");
    await page.getByLabel("Scope").selectOption("read");
    await page.getByText("With the scope read it cannot make further tokens").waitFor();
    await page.getByLabel("Scope").selectOption("admin");
    await expectAccessible(page);
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Create token" }).press("Enter");

    const dialog = page.getByRole("dialog", { name: "Token laptop" });
    const secret = await dialog.locator("code").first().innerText();
    expect(secret).toStartWith("orc_");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "I have it" }).click();
    await page
      .getByRole("listitem")
      .filter({ hasText: /^laptop\s*admin/ })
      .waitFor();
    expect(await page.locator("body").innerText()).not.toContain(secret);
    await page.getByRole("status").getByText("Live").waitFor();

    const client = createClient({ url: server.url, token: secret });
    expect((await client.listTokens()).rows.map(({ name }) => name)).toEqual(["laptop"]);
    await page.getByRole("button", { name: "Revoke laptop" }).click();
    await page.getByText("It is the last one").waitFor();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("There are none").waitFor();
  });
});

test("a token that may less still sees what it may, and is told what the rest needs", async () => {
  await using server = await testServer();
  const { secret } = await createClient({ url: server.url }).createToken({ name: "reader", scope: "read" });
  await onPage(server, { path: SYSTEM, allow: [/401/, /403/] }, async (page) => {
    await page.getByRole("textbox", { name: "Token" }).fill(secret);
    await page.keyboard.press("Enter");
    await page.getByText("Writes are stored").waitFor();
    await page.getByRole("region", { name: "Tokens" }).getByText("This needs a token with the scope admin").waitFor();
    await page.getByRole("button", { name: "Purge now…" }).click();
    await page.getByRole("alert").getByText("It needs a token with the scope control").waitFor();
    await expectAccessible(page);
  });
});

test("a purge says what it would remove before it does", async () => {
  await using server = await testServer();
  await onPage(server, { path: SYSTEM }, async (page) => {
    await page.getByRole("button", { name: "Purge now…" }).click();
    await page.getByRole("dialog").getByText("There is nothing to remove").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Purge now…" }).and(page.locator(":focus")).waitFor();
  });
});

test("what is too old is removed once that is confirmed", async () => {
  using folder = testFolder();
  // Ages count from when the file was made, which is told by its engine's own time.
  const clock = testClock(Date.now());
  const databasePath = folder.file("orchestrator.db");
  const own = { databasePath, host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info" as const };
  await using server = await testServer(databasePath, { config: { ...own, ...KEEP_ALL, retentionDays: 1 }, clock });
  const client = createClient({ url: server.url });
  await client.createSystemLog({ component: "c", message: "old" });
  clock.advance(3 * 24 * 3_600_000);
  await onPage(server, { path: SYSTEM }, async (page) => {
    await page.getByText("Logs are kept for one day.").waitFor();
    await page.getByText(/^To be removed within the hour: \d+ system log/).waitFor();
    await page.getByRole("button", { name: "Purge now…" }).click();
    await page
      .getByRole("dialog")
      .getByText(/^\d+ system logs?$/)
      .waitFor();
    await page.getByRole("button", { name: "Remove them" }).click();
    await page.getByRole("dialog").getByText("runs in the background").waitFor();
    await until("the log is gone", async () =>
      (await client.listSystemLogs()).rows.every(({ message }) => message !== "old"),
    );
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Nothing is old enough to be removed now.").waitFor();
  });
});

test("a panel that cannot be read does not take the others with it", async () => {
  await using server = await testServer();
  await using proxy = faultProxy(server.url);
  proxy.refuse(/^\/metrics/, "internal");
  await onPage(proxy, { path: SYSTEM, allow: [/500/] }, async (page) => {
    await page.getByRole("alert").getByText("Could not read the figures").waitFor();
    await page.getByText("Writes are stored").waitFor();
    proxy.heal();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("row", { name: /^Event streams/ }).waitFor();
  });
});
