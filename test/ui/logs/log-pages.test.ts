import { describe, expect, test } from "bun:test";
import {
  addPage,
  arrive,
  fillPage,
  firstPage,
  follow,
  letGo,
  type LogPages,
  MOST_WAITING,
  newestOf,
  readAgain,
  readFromTop,
  withoutAgents,
} from "#src/ui/logs/log-pages.ts";
import { placesOf } from "#src/ui/logs/log-places.ts";
import { row, rows } from "./rows.ts";

const ids = (list: LogPages) => list.pages.flatMap((page) => page.rows?.map(({ id }) => id) ?? ["gap", page.count]);
const waiting = (list: LogPages) => list.waiting.map(({ id }) => id);

/** 30 to 26, 25 to 21, 20 to 16, and older ones. */
function threePages(): LogPages {
  const two = addPage(firstPage(rows(30, 26), "c25"), "c25", rows(25, 21), "c20");
  return addPage(two, "c20", rows(20, 16), "c15");
}

describe("older pages", () => {
  test("stand behind each other, down to the end", () => {
    const list = addPage(threePages(), "c15", rows(15, 14), null);
    expect(ids(list)).toEqual(rows(30, 14).map(({ id }) => id));
    expect(list.next).toBeNull();
  });

  test("one that is no longer the next is left out", () => {
    const list = threePages();
    expect(addPage(list, "c25", rows(25, 21), "c20")).toBe(list);
  });

  test("of a filter may be empty, and the list goes on", () => {
    const list = addPage(threePages(), "c15", [], "c5");
    expect([list.pages.length, list.next]).toEqual([3, "c5"]);
  });
});

describe("rows that are far away", () => {
  const many = () => {
    let list = firstPage(rows(300, 296), "c295");
    for (let from = 295; from > 100; from -= 5) list = addPage(list, `c${from}`, rows(from, from - 4), `c${from - 5}`);
    return list;
  };

  test("are let go, but for the first page, and keep their place", () => {
    const list = letGo(many(), 25, 26);
    const kept = list.pages.flatMap(({ rows: own }, index) => (own === null ? [] : [index]));
    expect(kept).toEqual([0, ...Array.from({ length: 22 }, (_, index) => 15 + index)]);
    expect(placesOf(list.pages).count).toBe(200);
    expect(letGo(list, 25, 26)).toBe(list);
  });

  test("are put back as they were", () => {
    const before = many();
    const gone = letGo(before, 25, 26);
    expect(ids(fillPage(gone, "c295", rows(295, 291), "c290"))).toContain(293);
    const back = gone.pages
      .filter((page) => page.rows === null)
      .reduce((list, { cursor }) => {
        const from = Number(cursor!.slice(1));
        return fillPage(list, cursor!, rows(from, from - 4), `c${from - 5}`);
      }, gone);
    expect(back.pages).toEqual(before.pages as never);
  });

  test("of which some were removed since take no row of the next page, and none twice", () => {
    const gone = letGo(threePages(), 20, 20);
    const without23 = [row(25), row(24), row(22), row(21), row(20)];
    const list = fillPage(gone, "c25", without23, "c19");
    expect(ids(list)).toEqual([30, 29, 28, 27, 26, 25, 24, 22, 21, "gap", 5]);
  });

  test("of which all were removed are gone", () => {
    const gone = letGo(threePages(), 20, 20);
    expect(ids(fillPage(gone, "c25", rows(20, 16), "c15"))).toEqual([30, 29, 28, 27, 26, "gap", 5]);
  });

  test("that a search gives in two parts are read in two", () => {
    const gone = letGo(threePages(), 20, 20);
    const half = fillPage(gone, "c25", rows(25, 24), "c23");
    expect(ids(half)).toEqual([30, 29, 28, 27, 26, 25, 24, "gap", 3, "gap", 5]);
    expect(ids(fillPage(half, "c23", rows(23, 19), "c18"))).toEqual([...rows(30, 21).map(({ id }) => id), "gap", 5]);
  });

  test("that are there already, or are of no page, change nothing", () => {
    const list = threePages();
    expect(fillPage(list, "c25", rows(25, 21), "c20")).toBe(list);
    expect(fillPage(list, "other", rows(25, 21), "c20")).toBe(list);
  });
});

describe("what comes", () => {
  test("is shown at the top while the list follows, each once", () => {
    const list = arrive(arrive(threePages(), [row(31), row(32)]), [row(32), row(33)]);
    expect(ids(list).slice(0, 4)).toEqual([33, 32, 31, 30]);
    expect(list.waiting).toEqual([]);
  });

  test("late is shown at its place", () => {
    const list = arrive(threePages(), [row(40, 23.5), row(41, 16.5), row(42, 3)]);
    expect(ids(list)).toEqual([30, 29, 28, 27, 26, 25, 24, 40, 23, 22, 21, 20, 19, 18, 17, 41, 16]);
  });

  test("late, older than all, is the last when there are no older ones to read", () => {
    const list = arrive(firstPage(rows(30, 29), null), [row(40, 3)]);
    expect(ids(list)).toEqual([30, 29, 40]);
    expect(ids(arrive(list, [row(41, 2)]))).toEqual([30, 29, 40, 41]);
  });

  test("is shown where nothing was", () => {
    expect(ids(arrive(firstPage([], null), [row(1)]))).toEqual([1]);
    expect(ids(arrive(firstPage([], "c9"), [row(10)]))).toEqual([10]);
  });

  test("waits while the list does not follow, and is shown when it does again", () => {
    const still = follow(threePages(), false);
    const list = arrive(arrive(still, [row(31)]), [row(33), row(32), row(30)]);
    expect(list.pages).toBe(still.pages);
    expect(waiting(list)).toEqual([33, 32, 31]);
    const shown = follow(list, true);
    expect(ids(shown).slice(0, 4)).toEqual([33, 32, 31, 30]);
    expect(shown.waiting).toEqual([]);
  });

  test("too much to keep: the newest wait, and the list knows that it is not whole", () => {
    const still = follow(threePages(), false);
    const full = arrive(still, rows(MOST_WAITING + 30, 31));
    expect([full.waiting.length, full.isCut]).toEqual([MOST_WAITING, false]);
    const cut = arrive(full, [row(MOST_WAITING + 31)]);
    expect([cut.waiting.length, cut.isCut, cut.waiting[0]!.id]).toEqual([MOST_WAITING, true, MOST_WAITING + 31]);
    expect(follow(cut, true).pages).toBe(cut.pages);
  });

  test("leaves no more pages below than somebody at the top may want", () => {
    let list = firstPage(rows(300, 296), "c295");
    for (let from = 295; from > 200; from -= 5) list = addPage(list, `c${from}`, rows(from, from - 4), `c${from - 5}`);
    const shown = arrive(list, [row(301)]);
    expect([shown.pages.length, shown.next]).toEqual([5, "c275"]);
    expect(addPage(shown, "c275", rows(275, 271), "c270").pages).toHaveLength(6);
  });
});

describe("what was read again", () => {
  test("takes the place of a list that follows; rows that are the same stay the same", () => {
    const known = threePages();
    const read = firstPage([row(31), row(30), row(29, 29, { message: "other" })], "c28");
    const list = readAgain(known, read);
    expect(ids(list)).toEqual([31, 30, 29]);
    expect(list.next).toBe("c28");
    expect(list.pages[0]!.rows![1]).toBe(known.pages[0]!.rows![0]!);
    expect(list.pages[0]!.rows![2]!.message).toBe("other");
  });

  test("waits beside what somebody reads further below", () => {
    const known = follow(threePages(), false);
    const list = readAgain(known, firstPage(rows(32, 28), "c27"));
    expect(list.pages).toBe(known.pages);
    expect([waiting(list), list.isCut, list.next]).toEqual([[32, 31], false, "c15"]);
    expect(waiting(readAgain(list, firstPage(rows(33, 29), "c28")))).toEqual([33, 32, 31]);
  });

  test("tells when there is a gap between both", () => {
    const known = follow(threePages(), false);
    const isCut = (list: LogPages, from: number, to: number, next: string | null = "c") =>
      readAgain(list, readFromTop(rows(from, to), next, newestOf(list))).isCut;
    expect(isCut(known, 50, 46)).toBe(true);
    expect(isCut(known, 35, 31, null)).toBe(false);
    expect(isCut(known, 34, 30)).toBe(false);
    expect(isCut({ ...known, isCut: true, isFollowing: true }, 50, 46)).toBe(false);
    // Rows that wait are known too, and hide no gap above them.
    const waits = arrive(known, rows(35, 31));
    expect(isCut(waits, 39, 35)).toBe(false);
    expect(isCut(waits, 50, 46)).toBe(true);
    expect(isCut(follow(firstPage([], null), false), 5, 1)).toBe(true);
  });
});

test("logs of an agent that was deleted are gone, wherever they are", () => {
  const other = { agentId: "b" };
  const list = arrive(
    follow(addPage(firstPage([row(9), row(8, 8, other)], "c7"), "c7", [row(7, 7, other)], null), false),
    [row(10, 10, other), row(11)],
  );
  const left = withoutAgents(list, new Set(["b"]));
  expect([ids(left), waiting(left)]).toEqual([[9], [11]]);
  expect(withoutAgents(list, new Set(["c"]))).toBe(list);
});

describe("places", () => {
  test("tell the row of each number, and the number of each row", () => {
    const list = letGo(threePages(), 20, 20);
    const places = placesOf([...list.pages.slice(0, 2), { ...list.pages[2]!, rows: rows(20, 16) }]);
    expect(places.count).toBe(15);
    expect([-1, 0, 4, 5, 9, 10, 14, 15].map((at) => places.pageAt(at))).toEqual([-1, 0, 0, 1, 1, 2, 2, -1]);
    expect([0, 4, 5, 10, 14, 15].map((at) => places.rowAt(at)?.id)).toEqual([30, 26, undefined, 20, 16, undefined]);
    expect([30, 16, 22].map((id) => places.find(id))).toEqual([0, 14, -1]);
  });

  test("of nothing are none", () => {
    const places = placesOf(firstPage([], null).pages);
    expect([places.count, places.pageAt(0), places.rowAt(0), places.find(1)]).toEqual([0, -1, null, -1]);
  });
});
