import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { expectAccessible } from "./support/accessible.ts";
import { playHostile } from "./support/hostile.ts";
import { onPage, untilShown, type View } from "./support/page.ts";
import { SCENARIO_NOW } from "./support/scenario.ts";
import { fixtureServer, stagedServer } from "./support/servers.ts";

/** What Chromium makes of the policy's words is tested by what it blocks; that they are all there, here. */
const DIRECTIVES = ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"];

test("a browser that asks for the server gets the page, from this server alone and under its policy", async () => {
  await using server = await testServer();
  await onPage(server, { path: "/" }, async (page, watched) => {
    await page.getByRole("main").waitFor();
    expect(new URL(page.url()).pathname).toBe("/dashboard");
    const policy = (await (await page.request.get("/dashboard")).headers())["content-security-policy"] ?? "";
    expect(DIRECTIVES.filter((directive) => !policy.includes(directive))).toEqual([]);
    expect(policy).not.toContain("unsafe");
    expect(watched.requests.length).toBeGreaterThan(2);
    await expectAccessible(page);
  });
});

test("it says that it is live, however soon after its first drawing that is", async () => {
  await using server = await testServer();
  for (let opening = 0; opening < 8; opening += 1) await onPage(server, {}, untilShown);
});

const LOOKS: readonly View[] = (["light", "dark"] as const).flatMap((theme) =>
  (["wide", "phone"] as const).map((size) => ({ theme, size, now: SCENARIO_NOW })),
);

test.each(LOOKS)("with agents in every state it is accessible: $theme, $size", async (view) => {
  await using server = await stagedServer();
  await onPage(server, view, async (page) => {
    await page.getByText("docs: checkout").first().waitFor();
    await expectAccessible(page);
  });
});

test.each(FIXTURES)("it opens over %s", async (fixture) => {
  await using server = await fixtureServer(fixture);
  await onPage(server, {}, async (page) => {
    await page.getByRole("main").waitFor();
    await expectAccessible(page);
  });
});

test("what agents say is never run", async () => {
  await using server = await testServer();
  await playHostile(createClient({ url: server.url }));
  await onPage(server, {}, async (page) => {
    await page.getByText("<b>agent</b>").first().waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
    await expectAccessible(page);
  });
});

test("the API's documentation works as well", async () => {
  await using server = await testServer();
  await onPage(server, { path: "/docs", allow: [/favicon/] }, async (page) => {
    await page.getByRole("heading", { name: "Orchestrator", exact: false }).first().waitFor();
  });
});
