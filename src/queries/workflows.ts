import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Workflow, WorkflowFilter } from "#src/domain/workflow.ts";
import { found } from "./found.ts";

export function listWorkflows(
  db: DatabaseManager,
  filter: WorkflowFilter,
  page: PageRequest,
): Promise<Read<Page<Workflow>>> {
  return db.workflows.list(filter, page);
}

export function getWorkflow(db: DatabaseManager, id: string): Promise<Read<Workflow>> {
  return found("workflow", id, db.workflows.get(id));
}
