import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { FIXTURES } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
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

test("a row that cannot be drawn takes its view, and no more", async () => {
  await using server = await stagedServer();
  await onPage(server, { allow: [/thrown: TypeError/] }, async (page) => {
    await untilShown(page);
    let isBroken = true;
    await page.route("**/api/runtime/sessions*", async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        ...(isBroken ? { body: (await response.text()).replace('"adw-checkout"', "7") } : {}),
      });
    });
    await page.getByRole("link", { name: "Sessions" }).click();
    await page.getByRole("alert").getByText("This view cannot be drawn").waitFor();
    await page.getByRole("link", { name: /^Now/ }).click();
    await page.getByText("docs: checkout").first().waitFor();
    await page.goBack();
    await page.getByRole("alert").getByText("This view cannot be drawn").waitFor();
    isBroken = false;
    await page.getByRole("button", { name: "Reload this view" }).click();
    await page.getByRole("link", { name: "adw-checkout" }).first().waitFor();
  });
});

test("who goes back is where they were: as far down, and on the same row; who goes on begins at the top", async () => {
  await using server = await stagedServer();
  await onPage(server, { size: "phone", path: "/dashboard/sessions" }, async (page) => {
    const row = page.locator("a[data-row]").last();
    await row.focus();
    await page.evaluate("scrollTo(0, 1e6)");
    const top = await page.evaluate<number>("scrollY");
    expect(top).toBeGreaterThan(50);
    const id = await row.innerText();
    await row.press("Enter");
    await page.locator('[data-view="session"]').waitFor();
    await until("the title", async () => (await page.title()) === `(1) ${id} · Session – Orchestrator`);
    expect(await page.evaluate<number>("scrollY")).toBe(0);
    await page.locator("h1:focus").waitFor();
    await page.goBack();
    await page.locator("a[data-row]:focus").getByText(id, { exact: true }).waitFor();
    await until("the place", async () => (await page.evaluate<number>("scrollY")) === top);
    await until("the title", async () => (await page.title()) === "(1) Sessions – Orchestrator");
  });
});

test("while a dialog is open keys are its own", async () => {
  await using server = await stagedServer();
  await onPage(server, {}, async (page) => {
    await untilShown(page);
    await page.keyboard.press("?");
    const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await list.getByText("timeline").first().waitFor();
    await expectAccessible(page);
    for (const key of ["?", "g", "c", "j", "/"]) await page.keyboard.press(key);
    expect(new URL(page.url()).pathname).toBe("/dashboard");
    expect(await page.evaluate<boolean>('document.activeElement.closest("dialog") !== null')).toBe(true);
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
    await until("the costs", async () => {
      // The second key counts for a moment only, which a busy machine may miss.
      for (const key of ["g", "c"]) await page.keyboard.press(key);
      return page.locator('[data-view="costs"]').isVisible();
    });
  });
});

test("a text is copied, which is said for a while; where the browser refuses, it is selected", async () => {
  await using server = await testServer();
  await onPage(server, { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    const button = page
      .locator("main button")
      .filter({ hasText: /^Copy$/ })
      .first();
    await button.click();
    const copied = page.getByRole("button", { name: /^Copied/ });
    await copied.waitFor();
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).not.toBe("");
    await copied.waitFor({ state: "detached" });
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))');
    await button.click();
    await page.getByRole("button", { name: /^Selected: copy it yourself/ }).waitFor();
    expect(await page.evaluate<string>("String(getSelection())")).toBe(
      await page.getByRole("textbox", { name: /to be copied/ }).inputValue(),
    );
    await expectAccessible(page);
  });
});

test("dots are seen where the system gives the colours, and paper has no navigation", async () => {
  await using server = await stagedServer();
  await onPage(server, {}, async (page) => {
    await page.getByText("docs: checkout").first().waitFor();
    await page.emulateMedia({ forcedColors: "active" });
    const [dot, link, back] = await page.evaluate<readonly string[]>(`[
      getComputedStyle(document.querySelector("main .dot")).backgroundColor,
      getComputedStyle(document.querySelector("[data-link]"), "::before").backgroundColor,
      getComputedStyle(document.documentElement).backgroundColor,
    ]`);
    expect(dot).toBe(link);
    expect(dot).not.toBe(back);
    await page.emulateMedia({ forcedColors: "none", media: "print" });
    expect(await page.getByRole("navigation", { name: "Views" }).isVisible()).toBe(false);
    expect(await page.getByText("docs: checkout").first().isVisible()).toBe(true);
  });
});

test("the API's documentation works as well", async () => {
  await using server = await testServer();
  await onPage(server, { path: "/docs", allow: [/favicon/] }, async (page) => {
    await page.getByRole("heading", { name: "Orchestrator", exact: false }).first().waitFor();
  });
});
