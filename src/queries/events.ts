import type { DatabaseManager } from "#src/database/manager.ts";
import { type Change, type ChangeFilter, type FeedState, staleReason } from "#src/domain/change.ts";
import { Problem } from "#src/domain/problem.ts";

export type EventsRequest = ChangeFilter & {
  readonly after?: number | undefined;
  readonly feed?: string | undefined;
  readonly limit: number;
};

/** A page of the feed. Without `after` it is empty and tells the head. 410 when the cursor can no longer be served. */
export async function listEvents(
  db: DatabaseManager,
  { after, feed, limit, ...filter }: EventsRequest,
): Promise<{ state: FeedState; changes: Change[]; nextAfter: number }> {
  const state = await db.changes.state();
  refuseStale(state, { after, feed });
  if (after === undefined) return { state, changes: [], nextAfter: state.headSeq };
  const { changes, through } = await db.changes.page(after, state.headSeq, limit, filter);
  // Pruned between the two reads: what the page should begin with may be gone.
  refuseStale(await db.changes.state(), { after, feed });
  return { state, changes, nextAfter: through };
}

function refuseStale(state: FeedState, cursor: Pick<EventsRequest, "after" | "feed">): void {
  const reason = staleReason(state, cursor);
  if (reason === null) return;
  const ends = { reason, oldest_seq: state.oldestSeq, head_seq: state.headSeq };
  const detail = `after=${cursor.after} cannot be served (${reason}): list again and go on from there.`;
  throw new Problem("cursor_gone", detail, ends);
}
