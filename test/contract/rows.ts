import type { NewAgentLog } from "#src/domain/agent-log.ts";
import type { Cursor } from "#src/domain/listing.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Workflow } from "#src/domain/workflow.ts";
import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import { START } from "#test/support/clock.ts";

/** A time so many seconds after the start. */
export const at = (seconds: number) => toTimestamp(START + seconds * 1000);

export function aDefinition(row: Partial<OrchestratorAgent> = {}): OrchestratorAgent {
  return {
    id: "d1",
    name: row.id ?? "d1",
    description: null,
    agent_type: "planner",
    capabilities: null,
    default_model: null,
    is_active: true,
    config: null,
    metadata: null,
    created_at: at(0),
    updated_at: at(0),
    ...row,
  };
}

export function anAgent(row: Partial<RuntimeAgent> = {}): RuntimeAgent {
  return {
    id: "a1",
    orchestrator_agent_id: "d1",
    session_id: "s1",
    parent_agent_id: null,
    name: null,
    external_id: null,
    status: "initializing",
    context: null,
    config: null,
    metadata: null,
    started_at: at(0),
    updated_at: at(0),
    completed_at: null,
    cost_usd: 0,
    error_message: null,
    quiet_since: null,
    lost: false,
    ...row,
  };
}

export function aPrompt(row: Partial<Prompt> = {}): Prompt {
  return {
    id: "p1",
    agent_id: "a1",
    prompt_type: "command",
    prompt_name: null,
    prompt_text: "Plan it",
    response_text: null,
    status: "pending",
    model_used: null,
    tokens_input: null,
    tokens_output: null,
    tokens_cache_read: null,
    tokens_cache_write: null,
    cost_usd: null,
    cost_source: null,
    price_version: null,
    latency_ms: null,
    created_at: at(0),
    completed_at: null,
    error_message: null,
    ...row,
  };
}

export function aLog(row: Partial<NewAgentLog> = {}): NewAgentLog {
  return {
    agent_id: "a1",
    log_level: "INFO",
    log_type: "milestone",
    message: "planned",
    details: null,
    created_at: at(0),
    ...row,
  };
}

export function aSystemLog(row: Partial<NewSystemLog> = {}): NewSystemLog {
  return { log_level: "INFO", component: "scheduler", message: "started", details: null, created_at: at(0), ...row };
}

export function aWorkflow(row: Partial<Workflow> = {}): Workflow {
  return {
    id: "w1",
    orchestrator_agent_id: null,
    adw_name: "adw-1",
    workflow_type: "sdlc",
    description: null,
    status: "pending",
    current_step: null,
    total_steps: 5,
    completed_steps: 0,
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    input_data: null,
    output_data: null,
    error_message: null,
    error_step: null,
    error_count: 0,
    metadata: null,
    created_at: at(0),
    updated_at: at(0),
    ...row,
  };
}

/** A store with a definition `d1` and its agent `a1`. */
export async function seed(db: DatabaseManager): Promise<void> {
  await db.orchestratorAgents.insert(aDefinition());
  await db.agents.insert(anAgent());
}

type List<Row> = (page: { limit: number; cursor?: Cursor }) => Promise<Read<Page<Row>>>;

/** The pages of a list, to its end. */
export async function pagesOf<Row>(list: List<Row>, limit: number): Promise<Row[][]> {
  const pages: Row[][] = [];
  let cursor: Cursor | null = null;
  do {
    const { value }: Read<Page<Row>> = await list({ limit, ...(cursor === null ? {} : { cursor }) });
    pages.push(value.rows);
    cursor = value.next;
  } while (cursor !== null);
  return pages;
}

/** How each of these ended: `done`, or the name of the error. */
export async function endings(writes: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(writes);
  return settled.map((one) => (one.status === "fulfilled" ? "done" : (one.reason as Error).name));
}
