import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Change, Entity, Operation } from "#src/domain/change.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { CostSource, type Prompt } from "#src/domain/prompt.ts";
import { type AgentStatus, mayBeSilent, type RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { SystemLog } from "#src/domain/system-log.ts";
import { readTimestamp, toMillis, toTimestamp } from "#src/domain/timestamp.ts";
import { roundUsd } from "#src/domain/values.ts";
import type { Workflow } from "#src/domain/workflow.ts";

/** A row as it is stored. Other programs write too, so any column may hold any SQLite value. */
export type Stored = Record<string, unknown>;

/** What stands in a `*_ms` column for a time that cannot be read (migration 0002). */
export const UNREADABLE_MS = -Number.MAX_SAFE_INTEGER;

const decoder = new TextDecoder();

/** A column that holds text, whatever others have stored in it. */
export function asText(value: unknown): string | null {
  if (typeof value === "string" || value === null || value === undefined) return value ?? null;
  return value instanceof Uint8Array ? decoder.decode(value) : String(value);
}

function text(value: unknown): string {
  return asText(value) ?? "";
}

/** A JSON column, or its text where another program has stored plain text. */
export function json(value: unknown): unknown {
  const stored = asText(value);
  if (stored === null) return null;
  try {
    return JSON.parse(stored);
  } catch {
    return stored;
  }
}

function count(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.trunc(value) : null;
}

function usd(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && Number.isFinite(value * 1e9) ? roundUsd(value) : null;
}

function fromMillis(value: unknown): string | null {
  return typeof value === "number" && Math.abs(value) <= 8.64e15 ? toTimestamp(value) : null;
}

/** A time as we store it: the ancestor's own form, ISO without zone, which its Python reads. */
export function storedTime(time: string | null): string | null {
  return time === null ? null : time.replace("Z", "");
}

/** The `*_ms` column beside an ordering time. */
export function orderMillis(time: string | null): number {
  return toMillis(time) ?? UNREADABLE_MS;
}

export function storedJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** A row's change for an UPDATE: columns and what they become. `fields` says how each field is stored. */
export function storedFields(set: object, fields: Readonly<Record<string, (value: never) => Record<string, unknown>>>) {
  const given = set as Readonly<Record<string, string | number | null>>;
  const stored: Record<string, string | number | null> = {};
  for (const field in given) {
    const store = fields[field];
    if (store === undefined) stored[field] = given[field]!;
    else Object.assign(stored, store(given[field] as never));
  }
  return stored;
}

export const DEFINITION_COLUMNS =
  "id, name, description, agent_type, capabilities, default_model, is_active, config, metadata, created_at, updated_at, created_ms as walk_ms";

export function toDefinition(row: Stored): OrchestratorAgent {
  return {
    id: text(row["id"]),
    name: text(row["name"]),
    description: asText(row["description"]),
    agent_type: text(row["agent_type"]),
    capabilities: asText(row["capabilities"]),
    default_model: asText(row["default_model"]),
    is_active: row["is_active"] !== 0,
    config: json(row["config"]),
    metadata: json(row["metadata"]),
    created_at: readTimestamp(row["created_at"]),
    updated_at: readTimestamp(row["updated_at"]),
  };
}

export const AGENT_COLUMNS =
  "id, orchestrator_agent_id, session_id, parent_agent_id, name, external_id, status, context, config, metadata, started_at, updated_ms, completed_at, cost_usd, error_message, silence, last_activity_ms, started_ms as walk_ms";

export function toAgent(row: Stored): RuntimeAgent {
  return {
    id: text(row["id"]),
    orchestrator_agent_id: text(row["orchestrator_agent_id"]),
    session_id: text(row["session_id"]),
    parent_agent_id: asText(row["parent_agent_id"]),
    name: asText(row["name"]),
    external_id: asText(row["external_id"]),
    status: text(row["status"]) as AgentStatus,
    context: json(row["context"]),
    config: json(row["config"]),
    metadata: json(row["metadata"]),
    started_at: readTimestamp(row["started_at"]),
    updated_at: fromMillis(row["updated_ms"]),
    completed_at: readTimestamp(row["completed_at"]),
    cost_usd: usd(row["cost_usd"]) ?? 0,
    error_message: asText(row["error_message"]),
    ...silence(row),
  };
}

/** Activity sets it back to 0 (migration 0009), but a row may be a copy that others made. */
function silence(row: Stored): Pick<RuntimeAgent, "quiet_since" | "lost"> {
  const isSilent = (row["silence"] === 1 || row["silence"] === 2) && mayBeSilent(row["status"]);
  return {
    quiet_since: isSilent ? fromMillis(row["last_activity_ms"]) : null,
    lost: isSilent && row["silence"] === 2,
  };
}

export const PROMPT_COLUMNS =
  "id, agent_id, prompt_type, prompt_name, prompt_text, response_text, status, model_used, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, cost_usd, cost_source, price_version, latency_ms, created_at, completed_at, error_message, created_ms as walk_ms";

export function toPrompt(row: Stored): Prompt {
  return {
    id: text(row["id"]),
    agent_id: text(row["agent_id"]),
    prompt_type: text(row["prompt_type"]) as Prompt["prompt_type"],
    prompt_name: asText(row["prompt_name"]),
    prompt_text: text(row["prompt_text"]),
    response_text: asText(row["response_text"]),
    status: text(row["status"]) as Prompt["status"],
    model_used: asText(row["model_used"]),
    tokens_input: count(row["tokens_input"]),
    tokens_output: count(row["tokens_output"]),
    tokens_cache_read: count(row["tokens_cache_read"]),
    tokens_cache_write: count(row["tokens_cache_write"]),
    cost_usd: usd(row["cost_usd"]),
    cost_source: CostSource.safeParse(row["cost_source"]).data ?? null,
    price_version: asText(row["price_version"]),
    latency_ms: count(row["latency_ms"]),
    created_at: readTimestamp(row["created_at"]),
    completed_at: readTimestamp(row["completed_at"]),
    error_message: asText(row["error_message"]),
  };
}

export const AGENT_LOG_COLUMNS =
  "id, agent_id, log_level, log_type, message, details, created_at, created_ms as walk_ms";

export function toAgentLog(row: Stored): AgentLog {
  return {
    id: row["id"] as number,
    agent_id: text(row["agent_id"]),
    log_level: text(row["log_level"]) as LogLevel,
    log_type: text(row["log_type"]) as AgentLog["log_type"],
    message: text(row["message"]),
    details: json(row["details"]),
    created_at: readTimestamp(row["created_at"]),
  };
}

export const SYSTEM_LOG_COLUMNS = "id, log_level, component, message, details, created_at, created_ms as walk_ms";

export function toSystemLog(row: Stored): SystemLog {
  return {
    id: row["id"] as number,
    log_level: text(row["log_level"]) as LogLevel,
    component: text(row["component"]),
    message: text(row["message"]),
    details: json(row["details"]),
    created_at: readTimestamp(row["created_at"]),
  };
}

export const WORKFLOW_COLUMNS =
  "id, orchestrator_agent_id, adw_name, workflow_type, description, status, current_step, total_steps, completed_steps, started_at, completed_at, duration_seconds, input_data, output_data, error_message, error_step, error_count, metadata, created_at, updated_at, created_ms as walk_ms";

export function toWorkflow(row: Stored): Workflow {
  return {
    id: text(row["id"]),
    orchestrator_agent_id: asText(row["orchestrator_agent_id"]),
    adw_name: text(row["adw_name"]),
    workflow_type: text(row["workflow_type"]),
    description: asText(row["description"]),
    status: text(row["status"]) as Workflow["status"],
    current_step: asText(row["current_step"]),
    total_steps: count(row["total_steps"]),
    completed_steps: count(row["completed_steps"]),
    started_at: readTimestamp(row["started_at"]),
    completed_at: readTimestamp(row["completed_at"]),
    duration_seconds: count(row["duration_seconds"]),
    input_data: json(row["input_data"]),
    output_data: json(row["output_data"]),
    error_message: asText(row["error_message"]),
    error_step: asText(row["error_step"]),
    error_count: count(row["error_count"]),
    metadata: json(row["metadata"]),
    created_at: readTimestamp(row["created_at"]),
    updated_at: readTimestamp(row["updated_at"]),
  };
}

/** The fields that a change leaves out: they may be long. */
const LONG_FIELDS = new Set([
  "prompt_text",
  "response_text",
  "details",
  "context",
  "config",
  "metadata",
  "input_data",
  "output_data",
]);

const TO_ENTITY: Readonly<Record<Entity, (row: Stored) => object>> = {
  orchestrator_agent: toDefinition,
  agent: toAgent,
  prompt: toPrompt,
  agent_log: toAgentLog,
  system_log: toSystemLog,
  workflow: toWorkflow,
  // Only we write it.
  budget: (row) => row,
};

/** A row of `changes`, joined with its log where it is one. */
export function toChange(row: Stored): Change {
  const entity = row["entity"] as Entity;
  const captured = typeof row["data"] === "string" ? (JSON.parse(row["data"]) as Stored) : null;
  return {
    seq: row["seq"] as number,
    atMillis: row["at_ms"] as number,
    entity,
    op: row["op"] as Operation,
    id: typeof row["entity_id"] === "number" ? row["entity_id"] : text(row["entity_id"]),
    agentId: asText(row["agent_id"]),
    sessionId: asText(row["session_id"]),
    data: captured === null ? null : withoutLongFields(TO_ENTITY[entity](captured)),
  };
}

function withoutLongFields(row: object): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  for (const field in row) if (!LONG_FIELDS.has(field)) short[field] = row[field as keyof typeof row];
  return short;
}
