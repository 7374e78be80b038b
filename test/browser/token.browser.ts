import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type Client, createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { expectAccessible } from "./support/accessible.ts";
import { startLiveAgent } from "./support/live-agent.ts";
import { onPage } from "./support/page.ts";

const API_TOKEN = "a-token-that-is-long-enough-for-a-test";
const KEPT = 'sessionStorage.getItem("orchestrator.token")';
const ALLOW = { allow: [/status of 401/] };

const dialog = (page: Page) => page.getByRole("dialog", { name: "A token is needed" });
const live = (page: Page) => page.locator('[data-link="live"]');

async function give(page: Page, token: string): Promise<void> {
  await dialog(page).getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
}

async function withToken(server: { readonly url: string }): Promise<{ client: Client; secret: string; id: string }> {
  const admin = createClient({ url: server.url, token: API_TOKEN });
  const { secret, id } = await admin.createToken({ name: "dashboard", scope: "control" });
  return { client: admin, secret, id };
}

test("a server with tokens is asked with the one that is given, which is kept in the tab until it is revoked", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  const { client, secret, id } = await withToken(server);
  await startLiveAgent(client, { name: "build: hidden" });
  await onPage(server, ALLOW, async (page) => {
    await dialog(page).getByText("orchestrator token create").waitFor();
    await page.getByText("Not live: the server asks for a token").waitFor();
    await page.locator("input:focus").waitFor();
    await expectAccessible(page);
    await give(page, "wrong");
    await dialog(page).getByRole("alert").waitFor();
    await give(page, secret);
    await page.getByText("build: hidden").first().waitFor();
    await live(page).waitFor();
    await dialog(page).waitFor({ state: "detached" });
    expect(await page.evaluate<string>(KEPT)).toBe(secret);
    expect(await page.evaluate<number>("localStorage.length")).toBe(0);

    await page.reload();
    await page.getByText("build: hidden").first().waitFor();
    await live(page).waitFor();
    expect(await dialog(page).count()).toBe(0);

    await client.deleteToken(id);
    await dialog(page).getByRole("alert").waitFor();
    await give(page, API_TOKEN);
    await live(page).waitFor();
  });
});

test("what was pasted with a character that no token has is refused at the field, and nothing of it is kept", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  await onPage(server, ALLOW, async (page) => {
    await give(page, "a-token-that…");
    await dialog(page).getByText("“…” (U+2026)").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    expect(await page.locator("input:focus").getAttribute("aria-invalid")).toBe("true");
    await expectAccessible(page);
    expect(await page.evaluate(KEPT)).toBeNull();
    await give(page, `\u200B${API_TOKEN}\u200B`);
    await live(page).waitFor();
    expect(await page.evaluate<string>(KEPT)).toBe(API_TOKEN);
  });
});

test("a page whose kept token cannot be sent says so, and takes another", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  await onPage(server, ALLOW, async (page) => {
    await page.evaluate('sessionStorage.setItem("orchestrator.token", "\\u2026")');
    await page.reload();
    await page.getByRole("button", { name: "Use another token" }).click();
    await dialog(page).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Use another token" }).and(page.locator(":focus")).press("Enter");
    await give(page, API_TOKEN);
    await live(page).waitFor();
    expect(await dialog(page).count()).toBe(0);
  });
});

test("the token of the page can be forgotten", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  await onPage(server, { ...ALLOW, path: "/dashboard/system" }, async (page) => {
    await give(page, API_TOKEN);
    await page.getByRole("button", { name: "Forget the token" }).click();
    await dialog(page).waitFor();
    expect(await page.evaluate(KEPT)).toBeNull();
  });
});

test("what cannot be closed stays open, however often Escape is pressed", async () => {
  await using server = await testServer();
  await onPage(server, { ...ALLOW, path: "/dashboard/system" }, async (page) => {
    await page.getByLabel("Name").fill("laptop");
    await page.getByLabel("Scope").selectOption("admin");
    await page.getByRole("button", { name: "Create token" }).click();
    const shown = page.getByRole("dialog", { name: "Token laptop" });
    await shown.waitFor();
    for (let times = 0; times < 5; times += 1) await page.keyboard.press("Escape");
    await shown.getByText(/^orc_/).waitFor();
    // As the gesture of going back closes one, which a page cannot refuse.
    await page.evaluate('document.querySelector("dialog").close()');
    await shown.getByText(/^orc_/).waitFor();
    await shown.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("button", { name: "Forget the token" }).click();
    await dialog(page).waitFor();
    for (let times = 0; times < 5; times += 1) await page.keyboard.press("Escape");
    expect(await dialog(page).isVisible()).toBe(true);
  });
});
