import { z } from "zod";
import { changedFields } from "./changed-fields.ts";
import { Highlight, Search, anyOfSet, anyText, windowedListQuery, type PageRequest } from "./listing.ts";
import { illegalTransition } from "./problem.ts";
import { Timestamp } from "./timestamp.ts";
import { Count, EXAMPLE_ID, Id, Usd, UsdTotal, roundUsd, text } from "./values.ts";
import { PROMPT_STATUSES, PROMPT_TYPES } from "./vocabulary.ts";

const COST_SOURCES = ["reported", "computed", "unknown"] as const;

const PromptType = z.enum(PROMPT_TYPES).meta({ id: "PromptType" });
export const PromptStatus = z
  .enum(PROMPT_STATUSES)
  .meta({ id: "PromptStatus", description: "Final: completed, failed, cancelled" });
export type PromptStatus = z.infer<typeof PromptStatus>;
export const CostSource = z.enum(COST_SOURCES).meta({
  id: "CostSource",
  description:
    "Where a cost is from: reported by who made the call, computed from a list of prices, unknown to that list",
});
export type CostSource = z.infer<typeof CostSource>;

/** One request to a model and its answer. */
export const Prompt = z
  .strictObject({
    id: z.string(),
    agent_id: z.string(),
    prompt_type: PromptType,
    prompt_name: z.string().nullable(),
    prompt_text: z.string(),
    response_text: z.string().nullable(),
    status: PromptStatus,
    model_used: z.string().nullable(),
    tokens_input: Count.nullable(),
    tokens_output: Count.nullable(),
    tokens_cache_read: Count.nullable(),
    tokens_cache_write: Count.nullable(),
    cost_usd: UsdTotal.nullable(),
    cost_source: CostSource.nullable(),
    price_version: z.string().nullable().meta({ description: "The list of prices that the cost was computed from" }),
    latency_ms: Count.nullable(),
    created_at: Timestamp.nullable(),
    completed_at: Timestamp.nullable(),
    error_message: z.string().nullable(),
  })
  .meta({
    id: "Prompt",
    description: "One request to a model and its answer. Tokens, cost and latency that nobody gave are null.",
  });
export type Prompt = z.infer<typeof Prompt>;

export const FoundPrompt = Prompt.extend({ highlight: Highlight }).meta({ id: "FoundPrompt" });

const outcome = {
  status: PromptStatus.optional(),
  response_text: text().nullish(),
  tokens_input: Count.nullish().meta({ description: "All of them, those of the cache included" }),
  tokens_output: Count.nullish(),
  tokens_cache_read: Count.nullish().meta({ description: "Of `tokens_input`, read from the cache" }),
  tokens_cache_write: Count.nullish().meta({ description: "Of `tokens_input`, written to the cache" }),
  cost_usd: Usd.nullish().meta({
    description: "US dollars; moves the agent's cost by the same amount. Its `cost_source` becomes `reported`",
  }),
  latency_ms: Count.nullish().meta({ description: "Milliseconds" }),
  error_message: text().nullish(),
  model_used: text(255).nullish(),
};

export const CreatePrompt = z
  .strictObject({
    agent_id: Id,
    prompt_type: PromptType,
    prompt_text: text(),
    prompt_name: text(255).nullish(),
    ...outcome,
  })
  .meta({
    id: "CreatePrompt",
    examples: [
      {
        agent_id: EXAMPLE_ID,
        prompt_type: "command",
        prompt_name: "/plan",
        prompt_text: "Plan issue 42",
        model_used: "claude-sonnet-3.5",
      },
    ],
  });
export type CreatePrompt = z.infer<typeof CreatePrompt>;

export const UpdatePrompt = z.strictObject(outcome).meta({
  id: "UpdatePrompt",
  description: "Only the given fields change; null clears one",
  examples: [{ status: "completed", response_text: "Done.", tokens_input: 1200, tokens_output: 80, cost_usd: 0.0125 }],
});
export type UpdatePrompt = z.infer<typeof UpdatePrompt>;

export const PromptQuery = windowedListQuery({
  agent_id: anyText("Agent"),
  session_id: anyText("Session"),
  status: anyOfSet(PROMPT_STATUSES),
  prompt_type: anyOfSet(PROMPT_TYPES),
  model: anyText("Model used"),
  q: Search,
});
export type PromptFilter = Omit<z.infer<typeof PromptQuery>, keyof PageRequest>;

const NEXT: Record<PromptStatus, readonly PromptStatus[]> = {
  pending: ["streaming", "completed", "failed", "cancelled"],
  streaming: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The prompt that a create command asks for. */
export function openPrompt(command: CreatePrompt, id: string, now: string): Prompt {
  const status = command.status ?? "pending";
  return {
    id,
    agent_id: command.agent_id,
    prompt_type: command.prompt_type,
    prompt_name: command.prompt_name ?? null,
    prompt_text: command.prompt_text,
    response_text: command.response_text ?? null,
    status,
    model_used: command.model_used ?? null,
    tokens_input: command.tokens_input ?? null,
    tokens_output: command.tokens_output ?? null,
    tokens_cache_read: command.tokens_cache_read ?? null,
    tokens_cache_write: command.tokens_cache_write ?? null,
    ...givenCost(command.cost_usd ?? null),
    latency_ms: command.latency_ms ?? null,
    created_at: now,
    completed_at: NEXT[status].length === 0 ? now : null,
    error_message: command.error_message ?? null,
  };
}

/** What an update changes, and by how much it moves the agent's cost (US dollars). */
export type PromptChange = { readonly set: Partial<Prompt>; readonly agentCost: number };

/** Decides an update against the prompt's present state; null when it changes nothing. Throws a conflict. */
export function changePrompt(prompt: Prompt, command: UpdatePrompt, now: string): PromptChange | null {
  const set = changedFields(prompt, { ...command, ...changedCost(prompt, command.cost_usd) });
  if (Object.keys(set).length === 0) return null;
  const agentCost = set.cost_usd === undefined ? 0 : roundUsd((set.cost_usd ?? 0) - (prompt.cost_usd ?? 0));
  if (set.status === undefined) return { set, agentCost };
  const allowed = NEXT[prompt.status];
  if (!allowed.includes(set.status)) throw illegalTransition("prompt", prompt.status, set.status, allowed);
  const ended = NEXT[set.status].length === 0 ? { completed_at: now } : {};
  return { set: { ...set, ...ended }, agentCost };
}

/** The same cost again tells nothing new of where it is from. */
function changedCost(prompt: Prompt, cost: number | null | undefined): Partial<Prompt> {
  if (cost === undefined) return {};
  const given = givenCost(cost);
  return given.cost_usd === prompt.cost_usd ? { cost_usd: given.cost_usd } : given;
}

/** A cost that somebody gave was not computed here. */
function givenCost(cost: number | null): Pick<Prompt, "cost_usd" | "cost_source" | "price_version"> {
  if (cost === null) return { cost_usd: null, cost_source: null, price_version: null };
  return { cost_usd: roundUsd(cost), cost_source: "reported", price_version: null };
}
