import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Budget } from "#src/domain/budget.ts";
import type { ChangeFrame, Entity, Operation } from "#src/domain/change.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { SystemLog } from "#src/domain/system-log.ts";
import type { Workflow } from "#src/domain/workflow.ts";

/** Rows as the feed shows them: without their long fields, text cut at 2,000 characters. */
type ChangedRows = {
  orchestrator_agent: Omit<OrchestratorAgent, "config" | "metadata">;
  agent: Omit<RuntimeAgent, "context" | "config" | "metadata">;
  prompt: Omit<Prompt, "prompt_text" | "response_text">;
  agent_log: Omit<AgentLog, "details">;
  system_log: Omit<SystemLog, "details">;
  workflow: Omit<Workflow, "input_data" | "output_data" | "metadata">;
  budget: Budget;
};

type ChangeOf<Kind extends Entity> = Omit<ChangeFrame, "type" | "data"> & {
  readonly type: Extract<ChangeFrame["type"], `${Kind}.${Operation}` | `${Kind}_${Operation}`>;
  /** The row as it was at that change; null for a log that has been removed since. */
  readonly data: ChangedRows[Kind] | (Kind extends "agent_log" | "system_log" ? null : never);
};

/** One change of the feed, told apart by its `type`. */
export type Change = { [Kind in Entity]: ChangeOf<Kind> }[Entity];
