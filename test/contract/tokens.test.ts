import { describe, expect, test } from "bun:test";
import type { Token } from "#src/domain/token.ts";
import { START } from "#test/support/clock.ts";
import { until } from "#test/support/until.ts";
import { ENGINES } from "./engines.ts";
import { at } from "./rows.ts";

const aToken = (id: string, more: Partial<Token> = {}) => ({
  id,
  name: "laptop",
  scope: "ingest" as const,
  prefix: `orc_${id}`,
  hash: `hash of ${id}`,
  created_at: at(0),
  last_used_at: null,
  expires_at: null,
  ...more,
});

describe.each([...ENGINES])("$name: tokens", (engine) => {
  test("are listed newest first and paged, without their hash", async () => {
    await using on = await engine.open();
    const { tokens } = on.db;
    const rows = [aToken("a"), aToken("b", { expires_at: at(9) }), aToken("c", { created_at: at(5) })];
    for (const row of rows) await tokens.insert(row);
    const shown = rows.map(({ hash: _hash, ...token }) => token).toReversed();
    const first = (await tokens.list({}, { limit: 2 })).value;
    expect(first.rows).toEqual(shown.slice(0, 2));
    const second = (await tokens.list({}, { limit: 2, cursor: first.next! })).value;
    expect(second).toEqual({ rows: shown.slice(2), next: null });
  });

  test("credentials are all of them, the expired too", async () => {
    await using on = await engine.open();
    const { tokens } = on.db;
    await tokens.insert(aToken("a", { expires_at: at(-1) }));
    const [credential] = await tokens.credentials();
    expect(credential).toEqual({
      id: "a",
      name: "laptop",
      scope: "ingest",
      prefix: "orc_a",
      hash: "hash of a",
      lastUsedMs: null,
      expiresMs: Date.parse(at(-1)),
    });
  });

  test("their last use never goes back", async () => {
    await using on = await engine.open();
    const { tokens } = on.db;
    await tokens.insert(aToken("a"));
    for (const millis of [START + 5, START + 2]) await tokens.used("a", millis);
    await tokens.used("gone", START);
    expect((await tokens.credentials()).map(({ lastUsedMs }) => lastUsedMs)).toEqual([START + 5]);
  });

  test("whoever listens is told of new ones and revoked ones before the write is answered, and of nothing else", async () => {
    await using on = await engine.open();
    const { tokens } = on.db;
    const seen: number[] = [];
    const stop = tokens.onChange(async () => void seen.push((await tokens.credentials()).length));
    await tokens.insert(aToken("a"));
    expect(seen).toEqual([1]);
    expect(await tokens.remove("a")).toBe(true);
    expect(seen).toEqual([1, 0]);
    expect(await tokens.remove("a")).toBe(false);
    await tokens.used("a", START);
    expect(seen).toEqual([1, 0]);
    stop();
    await tokens.insert(aToken("b"));
    expect(seen).toEqual([1, 0]);
  });

  test("of those of another process it is told too: also of one that took another's place", async () => {
    await using on = await engine.open();
    const other = await on.another();
    const seen: string[] = [];
    on.db.tokens.onChange(async () => void seen.push((await on.db.tokens.credentials()).map(({ id }) => id).join()));
    await other.tokens.insert(aToken("a"));
    await until("the first", () => seen.at(-1) === "a");
    await other.tokens.remove("a");
    await other.tokens.insert(aToken("b"));
    await until("the second", () => seen.at(-1) === "b");
  });

  test("leave nothing in the feed", async () => {
    await using on = await engine.open();
    const before = await on.db.changes.state();
    await on.db.tokens.insert(aToken("a"));
    await on.db.tokens.remove("a");
    expect(await on.db.changes.state()).toEqual(before);
  });
});
