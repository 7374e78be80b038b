import type { BoardAgent } from "#src/domain/board.ts";
import { formatAgo } from "#src/ui/parts/format.ts";
import { endOf, groupOf, type Group } from "./groups.ts";

/** What an agent has been since when; `at` is null where nobody knows. */
export type Since = { readonly what: string; readonly at: string | null };

/** What tells it. */
export type Lived = Pick<BoardAgent, "status" | "quiet_since" | "lost" | "started_at" | "updated_at" | "completed_at">;

/**
 * No status has a time of its own. An agent that waits or is idle changes rarely, so its last change stands for it; one that
 * works changes with all it does, so there it is the start.
 */
export function sinceOf(agent: Lived): Since {
  const group = groupOf(agent);
  return { what: WHAT[group], at: AT[group](agent) };
}

const WHAT: Readonly<Record<Group, string>> = {
  needs: "waiting",
  working: "started",
  idle: "idle",
  silent: "silent",
  failed: "failed",
  finished: "ended",
};

const AT: Readonly<Record<Group, (agent: Lived) => string | null>> = {
  needs: (agent) => agent.updated_at,
  working: (agent) => agent.started_at,
  idle: (agent) => agent.updated_at,
  silent: (agent) => agent.quiet_since,
  failed: endOf,
  finished: endOf,
};

const MOMENTS = new Set(["started", "failed", "ended"]);

/** `waiting for 5 min`, `started 2 h ago`, `ended just now`. */
export function sinceText({ what }: Since, millis: number): string {
  const ago = formatAgo(Math.max(0, millis));
  if (ago === "now") return `${what} just now`;
  return MOMENTS.has(what) ? `${what} ${ago} ago` : `${what} for ${ago}`;
}
