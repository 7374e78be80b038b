import type { Usage } from "#src/ingest/report.ts";
import { safeId, shownFields, text } from "#src/ingest/values.ts";
import type { Attributes } from "./telemetry.ts";
import { tokensOf } from "./tokens.ts";

/** Names of one thing, the present one first: the conventions have changed, and go on changing. */
const SPELLINGS = {
  provider: ["gen_ai.provider.name", "gen_ai.system"],
  model: ["gen_ai.response.model", "gen_ai.request.model"],
  input: ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"],
  output: ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"],
  cacheRead: ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"],
  cacheWrite: [
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
  ],
} as const;

/** Providers of the conventions, where their prices go by another name. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "aws.bedrock": "aws",
  "azure.ai.inference": "azure",
  "azure.ai.openai": "azure",
  "gcp.gemini": "google",
  "gcp.gen_ai": "google",
  "gcp.vertex_ai": "google",
  vertex_ai: "google",
  gemini: "google",
  mistral_ai: "mistral",
  x_ai: "x-ai",
};

const DETAILS = [
  "gen_ai.operation.name",
  "gen_ai.response.id",
  "gen_ai.response.finish_reasons",
  "gen_ai.usage.reasoning.output_tokens",
] as const;

export function spelled(attributes: Attributes, of: keyof typeof SPELLINGS): unknown {
  for (const name of SPELLINGS[of]) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

export function modelOf(attributes: Attributes): string | null {
  return text(spelled(attributes, "model"), 200);
}

export function providerOf(attributes: Attributes): string | undefined {
  // Some libraries write `openai.responses` or `OpenAI`.
  const name = text(spelled(attributes, "provider"), 200)?.toLowerCase();
  return name === undefined ? undefined : (PROVIDERS[name] ?? name.split(".")[0]);
}

/** The usage of a call of a model, if it tells its tokens. @param call its id, where the service gave it none */
export function usageOf(attributes: Attributes, call: string, durationMs: number | null): Usage | null {
  const tokens = tokensOf({
    input: spelled(attributes, "input"),
    output: spelled(attributes, "output"),
    cacheRead: spelled(attributes, "cacheRead"),
    cacheWrite: spelled(attributes, "cacheWrite"),
  });
  if (tokens === null) return null;
  return {
    fact: "usage",
    call: safeId(attributes.get("gen_ai.response.id")) ?? call,
    model: modelOf(attributes),
    provider: providerOf(attributes),
    tokens,
    costUsd: null,
    durationMs,
    details: shownFields(
      Object.fromEntries(DETAILS.map((name) => [name.slice("gen_ai.".length), attributes.get(name)])),
    ),
  };
}
