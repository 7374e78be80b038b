import { calcPrice } from "@pydantic/genai-prices";
import type { Tokens } from "./report.ts";

/** The list that prices come from, as it is stored beside each computed cost. It is bundled: nothing is ever fetched. */
export const PRICE_VERSION = "genai-prices 0.1.8";

/** What runs a model on the user's own machine has no list price, whatever its models are named after. */
const LOCAL = /^(?:ollama|lm-?studio|llama-?cpp|llama\.cpp|vllm|local|localhost)$/i;

/** `us.anthropic.claude-sonnet-4-5-20250929-v1:0`: as Bedrock names models, with or without the region before it. */
const BEDROCK =
  /^(?:[a-z-]+\.)?(?:anthropic|amazon|meta|mistral|deepseek|openai|qwen|google|minimax|moonshotai?)\.(.+)$/;
const BEDROCK_REVISION = /-v\d+(?::\d+)?$/;

/** What agents append to a name to say how they use the model: `[1m]`, `@default`, `@latest`. */
const USAGE_MARK = /\[[^\]]*\]$|@(?:default|latest)$/;

/** A name longer than this is none; of a path (`publishers/google/models/gemini-3.8-flash`) the last parts tell the model. */
const LONGEST_NAME = 300;
const PATH_PARTS = 4;

/** A name, and whose: without a provider the library tells it by the name. */
type Candidate = { readonly provider: string | undefined; readonly name: string };

export type PriceOf = typeof priceOf;

/**
 * The list price of these tokens in US dollars; null for a model that is not known, and for tokens that contradict
 * themselves (more from the cache than in all). 0 is the price of a free model.
 * @param atMillis when they were used: prices change.
 */
export function priceOf(
  tokens: Tokens,
  model: string | null,
  provider: string | undefined,
  atMillis: number,
): { costUsd: number | null; version: string } {
  const unknown = { costUsd: null, version: PRICE_VERSION };
  if (model === null || model.length > LONGEST_NAME || (provider !== undefined && LOCAL.test(provider))) return unknown;
  for (const candidate of candidates(model.trim(), provider)) {
    const costUsd = listPrice(tokens, candidate, atMillis);
    if (costUsd !== null) return { costUsd, version: PRICE_VERSION };
  }
  return unknown;
}

/** The most exact first: a provider may have its own price for a model of another maker. */
function candidates(model: string, provider: string | undefined): Candidate[] {
  const found: Candidate[] = [];
  const named = (name: string, of: string | undefined) => {
    if (of !== undefined) found.push({ provider: of.replaceAll("_", "-"), name });
    found.push({ provider: undefined, name });
  };
  const plain = model.replace(USAGE_MARK, "").replace("@", "-");
  named(model, provider);
  if (plain !== model) named(plain, provider);
  const parts = plain.split("/");
  for (let at = Math.max(1, parts.length - PATH_PARTS); at < parts.length; at += 1) {
    const [maker = "", name] = [parts[at - 1], parts.slice(at).join("/")];
    if (LOCAL.test(maker)) return [];
    named(name, maker);
  }
  const last = parts.at(-1)!;
  const base = BEDROCK.exec(last)?.[1];
  if (base !== undefined) {
    found.push({ provider: "aws", name: last });
    found.push({ provider: undefined, name: base.replace(BEDROCK_REVISION, "") });
  }
  return found;
}

function listPrice(tokens: Tokens, { provider, name }: Candidate, atMillis: number): number | null {
  const usage = {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    ...(tokens.cacheRead === null ? {} : { cache_read_tokens: tokens.cacheRead }),
    ...(tokens.cacheWrite === null ? {} : { cache_write_tokens: tokens.cacheWrite }),
  };
  try {
    const price = calcPrice(usage, name, {
      ...(provider === undefined ? {} : { providerId: provider }),
      ...(Number.isFinite(atMillis) ? { timestamp: new Date(atMillis) } : {}),
    });
    // A billionth of a cent is noise of binary fractions.
    return price === null ? null : Number(price.total_price.toFixed(12));
  } catch {
    // The library throws at numbers that cannot be: there is no price for them.
    return null;
  }
}
