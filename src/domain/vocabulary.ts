/** The closed sets of values of the API, without the schemas over them: the page takes these alone and no validator. */

export const ALIVE_STATUSES = [
  "pending",
  "initializing",
  "idle",
  "planning",
  "executing",
  "reviewing",
  "waiting",
] as const;
export const FINAL_STATUSES = ["completed", "failed", "cancelled"] as const;
/** Of runtime agents. */
export const AGENT_STATUSES = [...ALIVE_STATUSES, ...FINAL_STATUSES] as const;

/** Of definitions; those that are documented, any other slug may be stored. */
export const AGENT_TYPES = [
  "planner",
  "builder",
  "reviewer",
  "tester",
  "orchestrator",
  "utility",
  "skill",
  "custom",
] as const;

export const PROMPT_TYPES = ["adw", "command", "followup", "correction", "tool_call"] as const;
export const PROMPT_STATUSES = ["pending", "streaming", "completed", "failed", "cancelled"] as const;

export const WORKFLOW_STATUSES = ["pending", "in_progress", "completed", "failed", "cancelled"] as const;

/** The least first. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
/** Of agent logs. */
export const LOG_TYPES = ["state_change", "milestone", "error", "performance", "tool_call", "cost_update"] as const;

/** What a token may do, each all that the ones before it may. */
export const SCOPES = ["read", "ingest", "control", "admin"] as const;

/** What costs are told by. */
export const COST_KEYS = ["agent", "session", "definition", "model", "day"] as const;

/** What the change feed tells of. */
export const ENTITIES = [
  "orchestrator_agent",
  "agent",
  "prompt",
  "agent_log",
  "system_log",
  "workflow",
  "budget",
] as const;
