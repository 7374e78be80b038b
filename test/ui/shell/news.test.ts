import { expect, test } from "bun:test";
import type { BoardAgent } from "#src/domain/board.ts";
import { createNewsReader, headlineOf, type News, newsOf, type Seen } from "#src/ui/shell/news.ts";
import type { Board } from "#src/ui/store/board.ts";
import { at, boardAgent } from "#test/ui/now/board-agent.ts";

const NOW = Date.parse(at("10:30"));

function boardOf(...agents: readonly BoardAgent[]): Board {
  return new Map(agents.map((agent) => [agent.id, agent]));
}

const told = (news: readonly News[]) => news.map(({ what, agent }) => `${agent.id} ${what}`);
const works = boardAgent("a");
const waits = boardAgent("a", { status: "waiting", updated_at: at("10:29") });
const failed = boardAgent("a", { status: "failed", completed_at: at("10:29") });

test.each<[string, Board, Board, string[]]>([
  ["starts to wait", boardOf(works), boardOf(waits), ["a waits"]],
  ["fails", boardOf(works), boardOf(failed), ["a failed"]],
  ["fails after it waited", boardOf(waits), boardOf(failed), ["a failed"]],
  ["goes on waiting", boardOf(waits), boardOf({ ...waits, cost_usd: 1 }), []],
  ["goes on", boardOf(waits), boardOf(works), []],
  ["finishes", boardOf(works), boardOf(boardAgent("a", { status: "completed", completed_at: at("10:29") })), []],
  ["comes as one that waits", boardOf(), boardOf(waits), ["a waits"]],
  ["comes, and has waited for long", boardOf(), boardOf({ ...waits, updated_at: at("09:29") }), []],
  ["failed long ago", boardOf(works), boardOf({ ...failed, completed_at: at("09:29") }), []],
  ["is gone", boardOf(waits), boardOf(), []],
])("an agent that %s", (_, before, after, expected) => {
  expect(told(newsOf(before, after, NOW))).toEqual(expected);
});

test("all of a moment is told, and in one line", () => {
  const [b, c] = [boardAgent("b", { ...waits, id: "b" }), boardAgent("c", { ...failed, id: "c" })];
  const news = newsOf(boardOf(works), boardOf(waits, b, c), NOW);
  expect(told(news)).toEqual(["a waits", "b waits", "c failed"]);
  const line = (some: readonly News[]) => headlineOf(some, ({ id }) => id);
  expect(line(news)).toBe("2 agents wait for you, 1 failed");
  expect(line(news.slice(1))).toBe("1 agent waits for you, 1 failed");
  expect(line(news.slice(0, 2))).toBe("2 agents wait for you");
  expect(line(news.slice(0, 1))).toBe("a waits for you");
  expect(line(news.slice(2))).toBe("c failed");
  expect(line([news[2]!, news[2]!])).toBe("2 agents failed");
  expect(line([])).toBe("");
});

/** A page that sees one thing after the other; each may say what of the last has changed. */
function reading() {
  const read = createNewsReader();
  let seen: Seen = { board: undefined, isRead: false, link: "connecting", cut: null };
  return (change: Partial<Seen>, now = NOW) => told(read((seen = { ...seen, ...change }), now));
}

test("what stands there when the page is opened is no news; what then happens is", () => {
  const see = reading();
  expect(see({ board: boardOf(waits), isRead: true })).toEqual([]);
  expect(see({ link: "live" })).toEqual([]);
  expect(see({ board: boardOf(works) })).toEqual([]);
  expect(see({ isRead: false })).toEqual([]);
  expect(see({ board: boardOf(waits) })).toEqual(["a waits"]);
  expect(see({ isRead: true })).toEqual([]);
});

test("what the feed tells after a break is news", () => {
  const see = reading();
  see({ board: boardOf(works), isRead: true, link: "live" });
  expect(see({ link: "down" })).toEqual([]);
  expect(see({ link: "live" }, NOW + 60_000)).toEqual([]);
  expect(see({ board: boardOf(waits) }, NOW + 60_000)).toEqual(["a waits"]);
});

test("what is read after a cut of the history is none, also when the first read of it fails", () => {
  const see = reading();
  see({ board: boardOf(works), isRead: true, link: "live" });
  expect(see({ cut: { reason: "pruned", at: NOW }, isRead: false })).toEqual([]);
  expect(see({ isRead: false })).toEqual([]);
  expect(see({ board: boardOf(waits), isRead: true })).toEqual([]);
  expect(see({ board: boardOf(failed) })).toEqual(["a failed"]);
});

test("a page that rested reads no news, one that became hidden and goes on misses none", () => {
  const see = reading();
  see({ board: boardOf(works), isRead: true, link: "live" });
  expect(see({ link: "resting" })).toEqual([]);
  expect(see({ link: "connecting", isRead: false }, NOW + 60_000)).toEqual([]);
  expect(see({ link: "live", board: boardOf(waits), isRead: true }, NOW + 60_000)).toEqual([]);

  expect(see({ link: "resting" }, NOW + 70_000)).toEqual([]);
  expect(see({ link: "live", board: boardOf(failed) }, NOW + 71_000)).toEqual(["a failed"]);
});
