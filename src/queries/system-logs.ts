import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { SystemLog, SystemLogFilter } from "#src/domain/system-log.ts";

export function listSystemLogs(
  db: DatabaseManager,
  filter: SystemLogFilter,
  page: PageRequest,
): Promise<Read<Page<Found<SystemLog>>>> {
  return db.systemLogs.list(filter, page);
}
