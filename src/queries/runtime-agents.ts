import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { RuntimeAgent, RuntimeAgentFilter } from "#src/domain/runtime-agent.ts";
import { found } from "./found.ts";

export function listRuntimeAgents(
  db: DatabaseManager,
  filter: RuntimeAgentFilter,
  page: PageRequest,
): Promise<Read<Page<RuntimeAgent>>> {
  return db.agents.list(filter, page);
}

export function getRuntimeAgent(db: DatabaseManager, id: string): Promise<Read<RuntimeAgent>> {
  return found("runtime agent", id, db.agents.get(id));
}
