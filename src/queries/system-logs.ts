import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { SystemLog, SystemLogFilter } from "#src/domain/system-log.ts";

export function listSystemLogs(
  db: DatabaseManager,
  filter: SystemLogFilter,
  page: PageRequest,
): Promise<Read<Page<SystemLog>>> {
  return db.systemLogs.list(filter, page);
}
