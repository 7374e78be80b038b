import { setImmediate as nextTick } from "node:timers/promises";
import type { DatabaseManager } from "#src/database/manager.ts";
import { CURRENT_AGENTS } from "#src/domain/board.ts";
import { type FeedState, type StaleReason, staleReason } from "#src/domain/change.ts";
import type { Clock } from "#src/platform/clock.ts";
import { type Feed, RENDER } from "./feed.ts";
import { type Frame, renderControl, renderSnapshot } from "./frames.ts";
import type { LiveLimits } from "./limits.ts";
import type { Topic } from "./topics.ts";

const PAGE = 500;
/** Characters that are sent at once in a replay. */
const TOGETHER = 16_384;

/** What a client asked to watch, and where it wants to go on. */
export type StreamRequest = {
  readonly topic: Topic;
  readonly after?: number | undefined;
  readonly feed?: string | undefined;
};

/** One client's connection, whatever it is made of. */
export type Outlet = {
  readonly closed: boolean;
  /** Frames that go together are one write. */
  send(...frames: readonly Frame[]): void;
  /** Resolves when there is room for more, or the client is gone. */
  drained(): Promise<void>;
  /** From now on the topic's frames reach this client. */
  subscribe(topic: Topic): void;
  /** Sends no more: the cursor can no longer be served. */
  endStale(): void;
};

/** What joining needs: the store to replay from, the feed to join, and what `hello` says. */
export type JoinDeps = {
  readonly db: DatabaseManager;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly version: string;
  readonly limits: LiveLimits;
};

/**
 * Brings a client from its cursor to live with no gap and no duplicate: `hello`, then a snapshot or the replay in pages
 * paced by the reader, and, in the tick in which its cursor equals what the feed has published, the subscription.
 */
export async function joinFeed(deps: JoinDeps, outlet: Outlet, request: StreamRequest): Promise<void> {
  const cursor = await open(deps, outlet, request);
  if (cursor === null || outlet.closed) return;
  // What is stored by now is replayed, at the reader's pace, and not published to it.
  await deps.feed.reached((await deps.db.changes.state()).headSeq);
  await replay(deps, outlet, request.topic, cursor);
}

/** Sends what a stream begins with. Returns the cursor to go on from, null when it cannot be served. */
async function open(deps: JoinDeps, outlet: Outlet, { topic, after, feed }: StreamRequest): Promise<number | null> {
  const state = await deps.db.changes.state();
  const reason = staleReason(state, { after, feed });
  const hello = (seq: number) =>
    outlet.send(
      renderControl({ type: "hello", seq, oldest_seq: state.oldestSeq, feed: state.feed, version: deps.version }),
    );
  if (reason !== null) {
    hello(state.headSeq);
    endStale(outlet, state, reason);
    return null;
  }
  if (after !== undefined || topic.kind === "events") {
    hello(after ?? state.headSeq);
    return after ?? state.headSeq;
  }
  const now = deps.clock();
  const { endedWithinMs, most } = CURRENT_AGENTS;
  const { value: agents, seq } = await deps.db.agents.current(now - endedWithinMs, most);
  hello(seq);
  outlet.send(renderSnapshot(agents, most, seq, now));
  return seq;
}

function endStale(outlet: Outlet, { oldestSeq, headSeq }: FeedState, reason: StaleReason): void {
  outlet.send(renderControl({ type: "stale", reason, oldest_seq: oldestSeq, head_seq: headSeq }));
  outlet.endStale();
}

async function replay(deps: JoinDeps, outlet: Outlet, topic: Topic, from: number): Promise<void> {
  const render = RENDER[topic.kind];
  let cursor = from;
  let lastSent = deps.clock();
  for (;;) {
    await outlet.drained();
    await deps.feed.reached(cursor);
    if (outlet.closed) return;
    if (cursor >= deps.feed.published) {
      outlet.subscribe(topic);
      return;
    }
    const page = await deps.db.changes.page(cursor, deps.feed.published, PAGE, topic.filter);
    const state = await deps.db.changes.state();
    // Pruned while the reader took its time: what the page should begin with may be gone.
    const reason = staleReason(state, { after: cursor });
    if (reason !== null) {
      endStale(outlet, state, reason);
      return;
    }
    for (const frames of together(page.changes.map(render))) {
      await outlet.drained();
      if (outlet.closed) return;
      outlet.send(...frames);
    }
    cursor = page.through;
    if (page.changes.length > 0) lastSent = deps.clock();
    else if (deps.clock() - lastSent >= deps.limits.bookmarkMs) {
      outlet.send(renderControl({ type: "bookmark", seq: cursor }));
      lastSent = deps.clock();
    }
    await nextTick();
  }
}

/** The frames of a page in groups of about as much as a write takes. */
function* together(frames: readonly (Frame | null)[]): Generator<Frame[]> {
  let group: Frame[] = [];
  let length = 0;
  for (const frame of frames) {
    if (frame === null) continue;
    group.push(frame);
    length += frame.text.length;
    if (length < TOGETHER) continue;
    yield group;
    [group, length] = [[], 0];
  }
  if (group.length > 0) yield group;
}
