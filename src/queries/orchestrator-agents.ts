import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { OrchestratorAgent, OrchestratorAgentFilter } from "#src/domain/orchestrator-agent.ts";
import { found } from "./found.ts";

export function listOrchestratorAgents(
  db: DatabaseManager,
  filter: OrchestratorAgentFilter,
  page: PageRequest,
): Promise<Read<Page<Found<OrchestratorAgent>>>> {
  return db.orchestratorAgents.list(filter, page);
}

export function getOrchestratorAgent(db: DatabaseManager, id: string): Promise<Read<OrchestratorAgent>> {
  return found("orchestrator agent", id, db.orchestratorAgents.get(id));
}
