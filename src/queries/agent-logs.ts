import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { AgentLog, AgentLogFilter } from "#src/domain/agent-log.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Found } from "#src/domain/search-text.ts";
import { found } from "./found.ts";

export function listAgentLogs(
  db: DatabaseManager,
  filter: AgentLogFilter,
  page: PageRequest,
): Promise<Read<Page<Found<AgentLog>>>> {
  return db.agentLogs.list(filter, page);
}

/** The logs of one agent; 404 when there is no such agent. */
export async function listLogsOfAgent(
  db: DatabaseManager,
  agentId: string,
  filter: AgentLogFilter,
  page: PageRequest,
): Promise<Read<Page<Found<AgentLog>>>> {
  const { seq } = await found("runtime agent", agentId, db.agents.get(agentId));
  if (filter.agent_id?.includes(agentId) === false) return { value: { rows: [], next: null }, seq };
  return db.agentLogs.list({ ...filter, agent_id: [agentId] }, page);
}
