import type { BoardAgent } from "#src/domain/board.ts";
import { type Board, MOST_ON_BOARD } from "#src/ui/store/board.ts";
import type { Cut, Link } from "#src/ui/store/link.ts";

/** What somebody wants to be told while they look elsewhere. */
export type News = { readonly what: "waits" | "failed"; readonly agent: BoardAgent };

/** What happened longer ago is no news. */
const NEW_FOR_MS = 60 * 60_000;
/** After a break this short, as when a page becomes hidden and goes on, what happened in it is still told. */
const SHORT_MS = 5_000;

/** Who began to wait or has failed from one board to the next, in the order of the second. */
export function newsOf(before: Board, after: Board, now: number): News[] {
  const news: News[] = [];
  for (const agent of after.values()) {
    const known = before.get(agent.id);
    if (known === agent || known?.status === agent.status) continue;
    // Of a full board others were left out: what it shows for the first time may have waited for long.
    if (known === undefined && before.size >= MOST_ON_BOARD) continue;
    const what = WHAT[agent.status];
    const at = Date.parse(agent.completed_at ?? agent.updated_at ?? "");
    if (what !== undefined && now - at < NEW_FOR_MS) news.push({ what, agent });
  }
  return news;
}

const WHAT: { readonly [Status in BoardAgent["status"]]?: News["what"] } = { waiting: "waits", failed: "failed" };

/** The state of the page, as far as news depends on it. */
export type Seen = {
  readonly board: Board | undefined;
  /** Whether the board is whole: neither being read nor waiting for that. */
  readonly isRead: boolean;
  readonly link: Link["state"];
  readonly cut: Cut | null;
};

/**
 * Tells news from what is merely read: what stood there when the page was opened is none, nor what comes after a cut of the
 * history or a rest. After a mere break of the connection the feed tells what was missed, which is.
 */
export function createNewsReader(): (seen: Seen, now: number) => News[] {
  let before: Board | undefined;
  let lastCut: Cut | null = null;
  let behindSince: number | null = Number.NEGATIVE_INFINITY;

  return ({ board, isRead, link, cut }, now) => {
    if (cut !== lastCut) behindSince = Number.NEGATIVE_INFINITY;
    else if (link !== "live" && link !== "down") behindSince ??= now;
    lastCut = cut;
    if (behindSince !== null) {
      if (link !== "live" || !isRead || board === undefined) return [];
      if (now - behindSince > SHORT_MS) before = undefined;
      behindSince = null;
    }
    const known = before;
    before = board;
    return known === undefined || board === undefined || known === board ? [] : newsOf(known, board, now);
  };
}

/** One line on all of it: `docs: checkout waits for you`, `2 agents wait for you, 1 failed`. */
export function headlineOf(news: readonly News[], nameOf: (agent: BoardAgent) => string): string {
  const [first, ...others] = news;
  if (first === undefined) return "";
  if (others.length === 0) return `${nameOf(first.agent)} ${first.what === "waits" ? "waits for you" : "failed"}`;
  const waiting = news.filter(({ what }) => what === "waits").length;
  const failed = news.length - waiting;
  if (waiting === 0) return `${failed} agents failed`;
  return `${waiting} ${waiting === 1 ? "agent waits" : "agents wait"} for you${failed === 0 ? "" : `, ${failed} failed`}`;
}
