import type { DatabaseManager, Read } from "#src/database/manager.ts";
import type { StatsRequest, StatsRow } from "#src/domain/stats.ts";

export function getStats(db: DatabaseManager, request: StatsRequest): Promise<Read<StatsRow[]>> {
  return db.stats.totals(request);
}
