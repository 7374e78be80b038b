import { expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";
import { onPage } from "./support/page.ts";

/** Answers just below what is drawn as Markdown, each of which once had the page stand still or grow wide. */
const ANSWERS: Readonly<Record<string, string>> = {
  emphasis: "*a* ".repeat(24_000),
  items: "- a\n".repeat(24_000),
  links: "[a](https://b.test) ".repeat(4_900),
  wide: `${"|a".repeat(1_000)}\n${"|-".repeat(1_000)}\n${"|\n".repeat(2_000)}`,
  table: `${"|a".repeat(100)}\n${"|-".repeat(100)}\n${"|\n".repeat(48_000)}`,
  rows: `a|b|c|d\n-|-|-|-\n${"1|2|3|4\n".repeat(12_000)}`,
  lines: `\`\`\`\n${"a\n".repeat(49_000)}`,
  code: "```ts\n1 1 1 1 1\n```\n".repeat(4_900),
  scripts: "ع a ".repeat(24_000),
  marks: `a${"\u0300".repeat(9_000)}\n\n${"👨\u200D".repeat(3_000)}\n\n${"\u1100".repeat(9_000)}\n`,
};
/** Little that is drawn, however long it is. */
const WHOLE: ReadonlySet<string> = new Set(["wide", "marks"]);
const OVERFLOW = "document.documentElement.scrollWidth - innerWidth";
/** The longest time without a frame since it was last asked. */
const WATCH = `
  let last = performance.now(), longest = 0;
  requestAnimationFrame(function frame(now) {
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(frame);
  });
  globalThis.longestFrame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    resolve(longest);
    longest = 0;
  })));
`;
/** It is some 200 ms; the machine may do other things too, and what is not linear takes many seconds. */
const MOST_MS = 2_000;

test("no answer has the page stand still or grow wide, however it was made", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const definition = await client.createOrchestratorAgent({ name: "d", agent_type: "custom" });
  for (const [name, response_text] of Object.entries(ANSWERS)) {
    const agent = await client.createRuntimeAgent({ orchestrator_agent_id: definition.id, session_id: name });
    await client.createPrompt({ agent_id: agent.id, prompt_type: "command", prompt_text: "?", response_text });
  }
  await onPage(server, {}, async (page) => {
    const slow: string[] = [];
    for (const name of Object.keys(ANSWERS)) {
      await page.goto(`/dashboard/session?id=${name}`);
      const answer = page.getByRole("region", { name: "Answer" });
      await answer.locator(".markdown").waitFor();
      await page.evaluate(WATCH);
      const all = answer.getByRole("button", { name: "Show all" });
      if ((await all.count()) > 0) await all.click();
      if (!WHOLE.has(name)) await answer.getByRole("button", { name: "show more" }).waitFor();
      const took = await page.evaluate<number>("longestFrame()");
      if (took > MOST_MS) slow.push(`${name}: ${Math.round(took)} ms`);
      expect(await page.evaluate<number>(OVERFLOW), name).toBeLessThanOrEqual(0);
    }
    expect(slow).toEqual([]);
  });
});

test("more of an answer is a click away, and each part of it stands in its own direction", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const definition = await client.createOrchestratorAgent({ name: "d", agent_type: "custom" });
  const agent = await client.createRuntimeAgent({ orchestrator_agent_id: definition.id, session_id: "s" });
  const told = { agent_id: agent.id, prompt_type: "command", prompt_text: "?" } as const;
  await client.createPrompt({ ...told, response_text: "- مرحبا\n- Latin\n\nمرحبا\n\nLatin" });
  await client.createPrompt({ ...told, response_text: `${"- a\n".repeat(5_000)}\nThe end` });
  await onPage(server, { path: "/dashboard/session?id=s" }, async (page) => {
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("button", { name: "show more" }).click();
    await page.getByText("The end").waitFor();
    await page.getByRole("button", { name: "show more" }).waitFor({ state: "detached" });
    await page.locator('.markdown[dir="rtl"]').waitFor();
    const starts = await page.evaluate(`[...document.querySelectorAll(".markdown[dir=rtl] p")].map((p) => {
      const range = document.createRange();
      range.selectNodeContents(p);
      return range.getBoundingClientRect().left - p.getBoundingClientRect().left > 50 ? "right" : "left";
    })`);
    expect(starts).toEqual(["right", "left"]);
  });
});
