import type { BoardAgent, BoardFilter } from "#src/domain/board.ts";
import type { Read } from "./manager.ts";

/** What the agents do that matter now, and what it took so far. */
export interface BoardStore {
  /**
   * The newest `limit` agents of those that are current: alive, or ended after `endedSince` (UTC milliseconds); with a filter
   * of those that pass it, whatever their status and age. They are as they were at `seq`; logs and tokens are read a few
   * milliseconds at a time and may be of changes behind it, which come again to who watches from there.
   */
  agents(filter: BoardFilter, endedSince: number, limit: number): Promise<Read<BoardAgent[]>>;
}
