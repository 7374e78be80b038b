import type { DatabaseManager, Read } from "#src/database/manager.ts";
import { type BoardAgent, type BoardFilter, CURRENT_AGENTS } from "#src/domain/board.ts";

/** `now`: UTC milliseconds. */
export function listBoard(
  db: DatabaseManager,
  filter: BoardFilter,
  limit: number,
  now: number,
): Promise<Read<BoardAgent[]>> {
  return db.board.agents(filter, now - CURRENT_AGENTS.endedWithinMs, limit);
}
