import { expect, test } from "bun:test";
import { aDefinition, anAgent, aPrompt } from "#test/contract/rows.ts";
import { testDatabase } from "#test/support/database.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { changesAfter } from "#test/support/reduce.ts";

const LEDGER = {
  tokens_cache_read: 70,
  tokens_cache_write: 5,
  cost_usd: 0.25,
  cost_source: "computed",
  price_version: "0.1.8",
} as const;

async function withPrompts() {
  const on = await testDatabase();
  await on.db.orchestratorAgents.insert(aDefinition());
  await on.db.agents.insert(anAgent());
  await on.db.prompts.insert(aPrompt(LEDGER), 0.25);
  return on;
}

test("what a cost is made of is stored, read and told as it was given", async () => {
  await using on = await withPrompts();
  expect((await on.db.prompts.get("p1")).value).toMatchObject(LEDGER);
  expect((await changesAfter(on.db, 0)).find(({ entity }) => entity === "prompt")!.data).toMatchObject(LEDGER);
});

test.each([
  { tokens_cache_read: 71 },
  { tokens_cache_write: null },
  { cost_source: "unknown" },
  { price_version: null },
] as const)("%j alone is a change", async (set) => {
  await using on = await withPrompts();
  const { headSeq } = await on.db.changes.state();
  await on.db.prompts.update("p1", { status: "pending", cost_usd: 0.25 }, set, 0);
  const [change, ...more] = await changesAfter(on.db, headSeq);
  expect(change).toMatchObject({ entity: "prompt", op: "updated", data: { ...LEDGER, ...set } });
  expect(more).toEqual([]);
});

test("prompts of other programs have none of it, and what they may not be reads as null", async () => {
  await using on = await withPrompts();
  await using other = await openForeignWriter(on.path);
  await other.run(
    "insert into prompts (id, agent_id, prompt_type, prompt_text, cost_usd) values ('p2', 'a1', 'adw', 'x', 1)",
  );
  const nothing = { tokens_cache_read: null, tokens_cache_write: null, cost_source: null, price_version: null };
  expect((await on.db.prompts.get("p2")).value).toMatchObject({ ...nothing, cost_usd: 1 });
  await other.run(
    "update prompts set cost_source = 'guessed', tokens_cache_read = x'ff', tokens_cache_write = -1 where id = 'p2'",
  );
  expect((await on.db.prompts.get("p2")).value).toMatchObject(nothing);
});
