import type { NewAgentLog } from "#src/domain/agent-log.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";
import type { Credential, Token } from "#src/domain/token.ts";
import type { Call, ConversationWrite, LogChange, LogWrite, TurnWrite } from "./ingest.ts";
import type { Workflow } from "#src/domain/workflow.ts";

/** What a field holds: what somebody wrote, or what the server made or checked itself (ids, times, numbers, choices). */
type Content = "written" | "own";
/** Of every field, so that a new one does not compile before it is decided. */
export type Contents<Row> = { readonly [Field in keyof Required<Row>]: Content };

export const DEFINITION: Contents<OrchestratorAgent> = {
  id: "own",
  name: "written",
  description: "written",
  agent_type: "written",
  capabilities: "written",
  default_model: "written",
  is_active: "own",
  config: "written",
  metadata: "written",
  created_at: "own",
  updated_at: "own",
};

export const SESSION_CONFIG: Contents<{ config: unknown }> = { config: "written" };

export const AGENT: Contents<RuntimeAgent> = {
  id: "own",
  orchestrator_agent_id: "own",
  session_id: "written",
  parent_agent_id: "own",
  name: "written",
  external_id: "written",
  status: "own",
  context: "written",
  config: "written",
  metadata: "written",
  started_at: "own",
  updated_at: "own",
  completed_at: "own",
  cost_usd: "own",
  error_message: "written",
  quiet_since: "own",
  lost: "own",
};

export const PROMPT: Contents<Prompt> = {
  id: "own",
  agent_id: "own",
  prompt_type: "own",
  prompt_name: "written",
  prompt_text: "written",
  response_text: "written",
  status: "own",
  model_used: "written",
  tokens_input: "own",
  tokens_output: "own",
  tokens_cache_read: "own",
  tokens_cache_write: "own",
  cost_usd: "own",
  cost_source: "own",
  price_version: "own",
  latency_ms: "own",
  created_at: "own",
  completed_at: "own",
  error_message: "written",
};

export const AGENT_LOG: Contents<NewAgentLog> = {
  agent_id: "own",
  log_level: "own",
  log_type: "own",
  message: "written",
  details: "written",
  created_at: "own",
};

export const SYSTEM_LOG: Contents<NewSystemLog> = {
  log_level: "own",
  component: "written",
  message: "written",
  details: "written",
  created_at: "own",
};

export const WORKFLOW: Contents<Workflow> = {
  id: "own",
  orchestrator_agent_id: "own",
  adw_name: "written",
  workflow_type: "written",
  description: "written",
  status: "own",
  current_step: "written",
  total_steps: "own",
  completed_steps: "own",
  started_at: "own",
  completed_at: "own",
  duration_seconds: "own",
  input_data: "written",
  output_data: "written",
  error_message: "written",
  error_step: "written",
  error_count: "own",
  metadata: "written",
  created_at: "own",
  updated_at: "own",
};

export const TOKEN: Contents<Token & Pick<Credential, "hash">> = {
  id: "own",
  name: "written",
  scope: "own",
  prefix: "own",
  hash: "own",
  created_at: "own",
  last_used_at: "own",
  expires_at: "own",
};

export const LOG_WRITE: Contents<LogWrite> = { ...AGENT_LOG, told: "own" };

export const LOG_TEXTS: Contents<LogChange["set"]> = { message: "written", log_level: "own", details: "written" };

export const CONVERSATION: Contents<ConversationWrite> = {
  conversation: "own",
  agentId: "own",
  expected: "own",
  state: "written",
  endsIdle: "own",
};

export const TURN: Contents<TurnWrite> = {
  conversation: "own",
  promptId: "own",
  key: "own",
  sentMs: "own",
  openedMs: "own",
  textHash: "own",
  answered: "own",
  failedMs: "own",
  failedError: "written",
};

export const CALL: Contents<Call> = {
  conversation: "own",
  rank: "own",
  call: "own",
  promptId: "own",
  timed: "own",
  sentMs: "own",
  model: "written",
  tokensInput: "own",
  tokensOutput: "own",
  tokensCacheRead: "own",
  tokensCacheWrite: "own",
  costUsd: "own",
  costSource: "own",
  priceVersion: "own",
  response: "written",
  logKey: "own",
};

/** A further paragraph, or what a reader must know to go on. */
export const LONE_TEXT: Contents<{ text: unknown }> = { text: "written" };
