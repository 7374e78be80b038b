import { describe, expect, test } from "bun:test";
import {
  barOf,
  firstFrom,
  mergedBars,
  mergedMarks,
  panned,
  partOf,
  shownOf,
  shownSpanOf,
  spanOf,
  spanOfAll,
  timeAt,
  xOf,
  zoomed,
} from "#src/ui/session/timeline-geometry.ts";

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const NOW = 100_000;
const WHOLE = { from: 0, to: 10_000 };

describe("when something went on", () => {
  const known = { began: at(10), ended: at(20), touched: at(30), isOpen: false };
  test.each([
    ["with both ends", known, { from: 10_000, to: 20_000 }],
    ["not ended: until now", { ...known, ended: null, isOpen: true }, { from: 10_000, to: NOW }],
    ["begun after now, by another clock", { ...known, began: at(200), isOpen: true }, { from: 200_000, to: 200_000 }],
    ["ended at an unknown time: its last change", { ...known, ended: null }, { from: 10_000, to: 30_000 }],
    ["ended before it began", { ...known, ended: at(5) }, { from: 10_000, to: 10_000 }],
    ["begun at an unknown time", { ...known, began: null }, { from: 20_000, to: 20_000 }],
    ["open, begun at an unknown time", { ...known, began: null, isOpen: true }, { from: 30_000, to: NOW }],
    ["a time that is none", { ...known, ended: "yesterday" }, { from: 10_000, to: 30_000 }],
    ["in one instant", { ...known, ended: at(10) }, { from: 10_000, to: 10_000 }],
    ["nothing is known", { began: null, ended: null, touched: null, isOpen: false }, null],
    ["nothing is known of one that is open", { began: null, ended: null, touched: null, isOpen: true }, null],
  ] as const)("%s", (_, timed, expected) => expect(spanOf(timed, NOW)).toEqual(expected));

  test("all of it is covered; one instant gets time around it; nothing is nothing", () => {
    expect(spanOfAll([{ from: 3, to: 900 }, null, { from: 1, to: 2 }])).toEqual({ from: 1, to: 900 });
    expect(spanOfAll([{ from: 5_000, to: 5_000 }])).toEqual({ from: 5_000, to: 5_000 });
    expect(shownSpanOf([{ from: 5_000, to: 5_000 }])).toEqual({ from: 4_995, to: 5_005 });
    expect(shownSpanOf([{ from: 5_000, to: 5_100 }])).toEqual({ from: 5_000, to: 5_100 });
    expect([spanOfAll([null]), shownSpanOf([])]).toEqual([null, null]);
  });
});

describe("zooming and moving", () => {
  test("what one points at stays where it is", () => {
    const closer = zoomed(WHOLE, 0.5, 2_000, WHOLE);
    expect(closer).toEqual({ from: 1_000, to: 6_000 });
    expect(xOf(2_000, closer, 800)).toBe(xOf(2_000, WHOLE, 800));
  });

  test("it stays within the whole, and never closer than can be shown", () => {
    expect(zoomed({ from: 8_000, to: 10_000 }, 4, 9_000, WHOLE)).toEqual({ from: 2_000, to: 10_000 });
    expect(zoomed({ from: 8_000, to: 10_000 }, 400, 9_000, WHOLE)).toEqual(WHOLE);
    const closest = zoomed({ from: 5_000, to: 5_010 }, 0.01, 5_005, WHOLE);
    expect(closest.to - closest.from).toBe(10);
    expect(panned({ from: 1_000, to: 2_000 }, -5_000, WHOLE)).toEqual({ from: 0, to: 1_000 });
    expect(panned({ from: 1_000, to: 2_000 }, 50_000, WHOLE)).toEqual({ from: 9_000, to: 10_000 });
  });

  test("who looks at the end goes on seeing the end; who looks elsewhere stays there", () => {
    const grown = { from: 0, to: 12_000 };
    expect(shownOf(partOf({ from: 8_000, to: 10_000 }, WHOLE), grown)).toEqual({ from: 10_000, to: 12_000 });
    expect(shownOf(partOf({ from: 2_000, to: 4_000 }, WHOLE), grown)).toEqual({ from: 2_000, to: 4_000 });
    expect(shownOf(partOf({ from: 0, to: 9_999 }, WHOLE), grown)).toEqual(grown);
  });

  test("pixels and times are each other's", () => {
    expect(timeAt(xOf(3_210, WHOLE, 777), WHOLE, 777)).toBeCloseTo(3_210, 6);
  });
});

describe("what is drawn", () => {
  test("only what can be seen, and wide enough for that", () => {
    expect(barOf({ from: -5_000, to: 5_000 }, WHOLE, 100)).toEqual({ x: 0, width: 50 });
    expect(barOf({ from: 5_000, to: 90_000 }, WHOLE, 100)).toEqual({ x: 50, width: 50 });
    expect(barOf({ from: 5_000, to: 5_000 }, WHOLE, 100)).toEqual({ x: 50, width: 2 });
    expect(barOf({ from: 10_000, to: 10_000 }, WHOLE, 100)).toEqual({ x: 98, width: 2 });
    expect(barOf({ from: 10_001, to: 12_000 }, WHOLE, 100)).toBeNull();
    expect(barOf({ from: -2, to: -1 }, WHOLE, 100)).toBeNull();
    expect(barOf(null, WHOLE, 100)).toBeNull();
  });

  test("short bars closer than a pixel are one, long ones stay", () => {
    const short = Array.from({ length: 5_000 }, (_, index) => ({ from: index * 2, to: index * 2 + 1 }));
    expect(mergedBars(short, WHOLE, 100).length).toBeLessThanOrEqual(100);
    const long = [
      { from: 1_000, to: 4_000 },
      { from: 1_001, to: 6_000 },
    ];
    expect(mergedBars(long, WHOLE, 100)).toHaveLength(2);
  });

  test("one mark for all of a pixel, none outside", () => {
    const times = Array.from({ length: 20_000 }, (_, index) => index);
    const marks = mergedMarks(times, WHOLE, 300);
    expect(marks).toHaveLength(300);
    expect([marks[0], marks.at(-1)]).toEqual([0, 299]);
    expect(mergedMarks([-1, 10_001], WHOLE, 300)).toEqual([]);
    expect(mergedMarks([], WHOLE, 300)).toEqual([]);
  });

  test("the first of those that are not before", () => {
    expect([0, 5, 6, 11].map((moment) => firstFrom([1, 5, 5, 10], moment))).toEqual([0, 1, 3, 4]);
  });
});
