import { describe, expect, test } from "bun:test";
import { type Company, createQueue, loadOf, type Queue } from "#src/database/sqlite/queue.ts";

const always = () => true;
const large = { weight: 1000 };
const behind = { background: true };

function filled(...names: readonly string[]): Queue<string> {
  const queue = createQueue<string>();
  for (const name of names) {
    const load = name.startsWith("L") ? large : name.startsWith("b") ? behind : {};
    expect(queue.push(name, load)).toBe(true);
  }
  return queue;
}

const turns = (queue: Queue<string>, most = 100, company: Company = "along") => {
  const all: string[][] = [];
  while (queue.waiting + queue.behind > 0) all.push([...queue.turn(most, always, company)]);
  return all;
};

describe("the order of writes", () => {
  test("is that of their coming, in one line", () => {
    expect(turns(filled("1", "2", "3"), 2)).toEqual([["1", "2"], ["3"]]);
  });

  test("small and large ones take turns; while small ones wait, one large one at a time", () => {
    expect(turns(filled("L1", "L2", "1", "L3", "2", "3"), 2)).toEqual([["1", "2"], ["L1"], ["3"], ["L2", "L3"]]);
  });

  test("a large one gets its turn though small ones come without end", () => {
    const queue = filled("L1", "1");
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      order.push(...queue.turn(100, always, "apart"));
      queue.push(String(turn + 2), {});
    }
    expect(order).toContain("L1");
  });

  test("upkeep comes last and one a turn; apart when it is not to go along", () => {
    expect(turns(filled("b1", "b2", "1"))).toEqual([["1", "b1"], ["b2"]]);
    expect(turns(filled("b1", "b2", "1"), 100, "apart")).toEqual([["1"], ["b1"], ["b2"]]);
  });

  test("what was put back comes first, each in a turn of its own", () => {
    const queue = filled("3", "L4");
    queue.putBack(["1", "2"], "apart");
    expect([queue.lengths.again, queue.isNextAlone]).toEqual([2, true]);
    expect(turns(queue)).toEqual([["1"], ["2"], ["3"], ["L4"]]);
    expect(queue.isNextAlone).toBe(false);
  });

  test("or all in one turn, as long as there is time, and with nobody else", () => {
    const queue = filled("4", "b5");
    queue.putBack(["3"], "apart");
    queue.putBack(["1", "2"], "together");
    expect(queue.isNextAlone).toBe(false);
    expect(turns(queue)).toEqual([["1", "2"], ["3"], ["4", "b5"]]);
    queue.putBack(["1", "2", "3", "4"], "together");
    expect([...queue.turn(2, always, "now")]).toEqual(["1", "2"]);
    // Always one, or nothing would ever end.
    expect([...queue.turn(100, () => false, "now")]).toEqual(["3"]);
    expect(queue.isNextAlone).toBe(true);
    queue.putBack(["3"], "together");
    expect(turns(queue)).toEqual([["3"], ["4"]]);
  });

  test("a turn ends when its time is up", () => {
    const queue = filled("1", "2", "3", "b");
    let left = 2;
    expect([...queue.turn(100, () => (left -= 1) >= 0, "along")]).toEqual(["1", "2"]);
    expect(queue.waiting).toBe(1);
    expect(queue.nextBehind).toBe("b");
    // Upkeep that has waited long enough needs no time left.
    expect([...queue.turn(100, () => false, "now")]).toEqual(["b"]);
  });
});

describe("what is waiting", () => {
  test("is bounded in number", () => {
    const queue = createQueue<number>();
    for (let job = 0; job < 10_000; job += 1) expect(queue.push(job, {})).toBe(true);
    expect(queue.push(10_000, {})).toBe(false);
    expect(queue.push(10_000, behind)).toBe(false);
    expect(queue.waiting).toBe(10_000);
    expect([...queue.turn(1, always, "apart")]).toEqual([0]);
    expect(queue.push(10_000, {})).toBe(true);
  });

  test("is bounded in weight, but one may be heavier by itself", () => {
    const queue = createQueue<string>();
    expect(queue.push("heavy", { weight: 1_000_000 })).toBe(true);
    expect(queue.push("light", {})).toBe(false);
    expect(queue.clear()).toEqual(["heavy"]);
    for (let batch = 0; batch < 131; batch += 1) expect(queue.push("batch", large)).toBe(true);
    expect(queue.push("batch", large)).toBe(false);
    expect(queue.push("light", {})).toBe(true);
  });

  test("that is late is taken away, from each line", () => {
    const queue = filled("1", "L2", "b3", "4");
    expect(queue.expire((name) => name !== "4")).toEqual(["1", "L2", "b3"]);
    expect(queue.clear()).toEqual(["4"]);
    expect([queue.waiting, queue.behind]).toEqual([0, 0]);
  });
});

test("a write weighs its rows, and more for long texts", () => {
  expect(loadOf({ a: "x", n: 1, none: null })).toEqual({ weight: 1 });
  expect(loadOf({ a: "x" }, { a: "y" })).toEqual({ weight: 2 });
  expect(loadOf({ a: "x".repeat(40_960) })).toEqual({ weight: 11 });
  expect(loadOf({ details: { text: "x".repeat(40_960), deep: { n: 1 } } })).toEqual({ weight: 11 });
  // However it is nested.
  expect(loadOf({ context: { a: { b: "x".repeat(40_960) } } })).toEqual({ weight: 11 });
  expect(loadOf({ context: [[["x".repeat(40_960)]], { ["k".repeat(40_960)]: true }] })).toEqual({ weight: 21 });
  expect(loadOf({ context: Array.from({ length: 10_240 }, () => 1) }).weight).toBeGreaterThan(10);
  let deep: unknown = "x".repeat(40_960);
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
  expect(loadOf({ context: deep }).weight).toBeGreaterThan(10);
});
