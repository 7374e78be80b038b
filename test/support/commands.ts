import { agent, definition, prompt, workflow } from "./given.ts";
import type { Step } from "./scenario.ts";

/** What a field takes, so that a test can send what it does not take. */
export type Field = {
  readonly kind: "text" | "json" | "count" | "usd" | "choice" | "flag" | "id" | "list or text";
  /** Characters of the longest text. */
  readonly max?: number;
  readonly nullable?: true;
  readonly nonEmpty?: true;
};

export type Command = {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly path: string;
  /** The least that is accepted. */
  readonly least: Record<string, unknown>;
  readonly fields: Readonly<Record<string, Field>>;
  /** Takes 8 MB instead of 1 MB. */
  readonly large?: true;
};

/** The rows that the paths below name: `id-1` a definition, `id-2` an agent, `id-3` a prompt, `id-4` a workflow. */
export const COMMAND_ROWS: readonly Step[] = [definition(), agent(), prompt(), workflow()];

const json: Field = { kind: "json", nullable: true };
const choice: Field = { kind: "choice" };
const text: Field = { kind: "text", nullable: true };
const count: Field = { kind: "count", nullable: true };
const short = (max: number): Field => ({ kind: "text", max, nullable: true });
const name = (max: number): Field => ({ kind: "text", max, nonEmpty: true });
const id: Field = { kind: "id", max: 255, nonEmpty: true };

const definitionFields = {
  name: name(255),
  agent_type: name(64),
  description: text,
  capabilities: { kind: "list or text", max: 2000, nullable: true },
  default_model: short(255),
  is_active: { kind: "flag" },
  metadata: json,
} as const;

const promptOutcome = {
  status: choice,
  response_text: text,
  tokens_input: count,
  tokens_output: count,
  cost_usd: { kind: "usd", nullable: true },
  latency_ms: count,
  error_message: text,
  model_used: short(255),
} as const;

const progress = {
  status: choice,
  current_step: short(255),
  total_steps: count,
  completed_steps: count,
  output_data: json,
  error_message: text,
  error_step: short(255),
  metadata: json,
} as const;

/** Every command with a body, and what its fields take. */
export const COMMANDS: readonly Command[] = [
  { method: "POST", path: "/api/agents", least: { name: "x", agent_type: "skill" }, fields: definitionFields },
  { method: "PUT", path: "/api/agents/id-1", least: {}, fields: definitionFields },
  {
    method: "POST",
    path: "/api/runtime/agents",
    least: { orchestrator_agent_id: "id-1", session_id: "s1" },
    fields: {
      orchestrator_agent_id: id,
      session_id: id,
      status: choice,
      parent_agent_id: { ...id, nullable: true },
      name: short(255),
      external_id: { ...id, nullable: true },
      context: json,
      config: json,
      metadata: json,
    },
  },
  {
    method: "PATCH",
    path: "/api/runtime/agents/id-2",
    least: {},
    fields: {
      status: choice,
      name: short(255),
      cost_usd: { kind: "usd" },
      error_message: text,
      context: json,
      config: json,
      metadata: json,
    },
  },
  {
    method: "POST",
    path: "/api/runtime/prompts",
    least: { agent_id: "id-2", prompt_type: "adw", prompt_text: "t" },
    fields: {
      agent_id: id,
      prompt_type: choice,
      prompt_text: { kind: "text" },
      prompt_name: short(255),
      ...promptOutcome,
    },
    large: true,
  },
  { method: "PATCH", path: "/api/runtime/prompts/id-3", least: {}, fields: promptOutcome, large: true },
  {
    method: "POST",
    path: "/api/runtime/logs",
    least: { agent_id: "id-2", log_type: "error", message: "m" },
    fields: { agent_id: id, log_type: choice, message: { kind: "text" }, log_level: choice, details: json },
    large: true,
  },
  {
    method: "POST",
    path: "/api/system/logs",
    least: { component: "c", message: "m" },
    fields: { component: name(255), message: { kind: "text" }, log_level: choice, details: json },
  },
  {
    method: "POST",
    path: "/api/runtime/workflows",
    least: { adw_name: "a", workflow_type: "t" },
    fields: {
      adw_name: name(255),
      workflow_type: name(64),
      orchestrator_agent_id: { ...id, nullable: true },
      description: text,
      input_data: json,
      error_count: { kind: "count" },
      duration_seconds: count,
      ...progress,
    },
  },
  { method: "PATCH", path: "/api/runtime/workflows/id-4", least: {}, fields: progress },
];
