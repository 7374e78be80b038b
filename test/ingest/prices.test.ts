import { expect, test } from "bun:test";
import { PRICE_VERSION, priceOf } from "#src/ingest/prices.ts";
import type { Tokens } from "#src/ingest/report.ts";

const AT = Date.parse("2026-11-26T00:00:00Z");
const THOUSAND: Tokens = { input: 1000, output: 0, cacheRead: null, cacheWrite: null };

/** Of a thousand tokens of input, so that no price of long contexts is meant. */
const cost = (model: string | null, provider?: string, tokens: Tokens = THOUSAND) =>
  priceOf(tokens, model, provider, AT).costUsd;

test("the version that is stored is the package's", async () => {
  const library = await Bun.file(new URL("../package.json", import.meta.resolve("@pydantic/genai-prices"))).json();
  expect(PRICE_VERSION).toBe(`genai-prices ${library.version}`);
  expect(priceOf(THOUSAND, "gpt-5.6-sol", undefined, AT).version).toBe(PRICE_VERSION);
  expect(priceOf(THOUSAND, null, undefined, AT)).toEqual({ costUsd: null, version: PRICE_VERSION });
});

test.each([
  ["claude-sonnet-5", undefined, 0.002],
  ["claude-sonnet-5[1m]", undefined, 0.002],
  ["claude-opus-5-5", undefined, 0.004],
  ["claude-opus-5-5[1m]", "anthropic", 0.004],
  ["claude-haiku-4-5-20251001", undefined, 0.001],
  ["claude-fable-5@20260901", undefined, 0.01],
  ["claude-fable-5@default", "vertex_ai", 0.01],
  ["anthropic/claude-sonnet-5", undefined, 0.002],
  ["opencode/claude-sonnet-5", undefined, 0.002],
  ["claude-sonnet-5", "opencode", 0.002],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", undefined, 0.0033],
  ["eu.anthropic.claude-opus-5-5-v1:0", "aws.bedrock", 0.0044],
  ["global.anthropic.claude-sonnet-5", "amazon-bedrock", 0.002],
  ["arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0", undefined, 0.0033],
  ["gpt-5.6-sol", undefined, 0.004],
  ["openai/gpt-5.6-terra", undefined, 0.002],
  ["gpt-5.6-luna-2026-07-01", "openai", 0.0002],
  ["gpt-5", "azure.ai.openai", 0.00125],
  ["grok-4", "x_ai", 0.003],
  ["gemini-3.8-flash", undefined, 0.00075],
  ["gemini-3.8-flash", "gcp.vertex_ai", 0.00075],
  ["models/gemini-2.5-pro", undefined, 0.00125],
  ["projects/p/locations/l/publishers/google/models/gemini-3.8-flash", undefined, 0.00075],
  ["deepseek/deepseek-chat", undefined, 0.000135],
  ["qwen/qwen3-coder:free", "openrouter", 0],
  ["openrouter/qwen/qwen3-coder:free", undefined, 0],
] as const)("a thousand tokens of %s (%s) cost %d", (model, provider, expected) => {
  expect(cost(model, provider)).toBeCloseTo(expected, 12);
});

test.each([
  ["gpt-5.7", undefined],
  ["gemini-3.5-pro", undefined],
  ["claude-sonnet-9", "anthropic"],
  ["opus", undefined],
  ["big-pickle", "opencode"],
  ["gpt-oss-20b", "ollama"],
  ["ollama/gpt-oss-20b", undefined],
  ["<synthetic>", undefined],
  ["", undefined],
  ["__proto__", "__proto__"],
  ["a/".repeat(150), undefined],
  [`claude-sonnet-5${"x".repeat(1000)}`, undefined],
] as const)("%p (%p) has no price, and that is not 0", (model, provider) => {
  expect(cost(model, provider)).toBeNull();
});

test("what is read from the cache, written to it and answered has prices of its own", () => {
  const tokens = { input: 10_000, output: 1000, cacheRead: 6000, cacheWrite: 3000 };
  // Dollars per million of Claude Sonnet 5: input 2, cache read 0.2, cache write 2.5, output 10.
  expect(cost("claude-sonnet-5", undefined, tokens)).toBeCloseTo(
    (1000 * 2 + 6000 * 0.2 + 3000 * 2.5 + 1000 * 10) / 1e6,
  );
});

test("nothing used costs nothing, when the model is known", () => {
  expect(cost("claude-sonnet-5", undefined, { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })).toBe(0);
});

test.each([
  { input: 10, output: 1, cacheRead: 11, cacheWrite: null },
  { input: 10, output: 1, cacheRead: 6, cacheWrite: 6 },
  { input: -1, output: 1, cacheRead: null, cacheWrite: null },
  { input: Number.NaN, output: 1, cacheRead: null, cacheWrite: null },
  { input: 1, output: Number.POSITIVE_INFINITY, cacheRead: null, cacheWrite: null },
])("%#: tokens that cannot be have no price", (tokens) => {
  expect(cost("claude-sonnet-5", undefined, tokens)).toBeNull();
});

test("a time that is none is now, as far as prices go", () => {
  expect(priceOf(THOUSAND, "claude-opus-5-5", undefined, Number.NaN).costUsd).toBe(0.004);
});
