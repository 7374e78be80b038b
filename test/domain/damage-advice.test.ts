import { expect, test } from "bun:test";
import { damageAdvice, onlyIndexes } from "#src/domain/damage-advice.ts";

const ROOTS = new Map([
  [4, "ia"],
  [5, "ib"],
]);
const HEAD = "*** in database main ***";

test.each([
  [[HEAD, "Tree 4 page 20: btreeInitPage() returns error code 11", "wrong # of entries in index ia"], ["ia"]],
  [
    ["On tree page 5 cell 3: Rowid 7 out of order", "row 5 missing from index ia"],
    ["ib", "ia"],
  ],
  [[HEAD, "Tree 4 page 4: btreeInitPage() returns error code 11", "Page 8: never used"], ["ia"]],
  [["row 3 values differ from index ib", "non-unique entry in index ib"], ["ib"]],
  // A table; one of each; what says nothing of where; nothing that is damaged.
  [[HEAD, "Tree 3 page 9: btreeInitPage() returns error code 11"], null],
  [["wrong # of entries in index ia", "Tree 3 page 9: btreeInitPage() returns error code 11"], null],
  [["wrong # of entries in index ia", "database disk image is malformed"], null],
  [["Multiple uses for byte 2028 of page 17"], null],
  [["NULL value in agents.name"], null],
  [[HEAD, "Page 8: never used"], null],
  [[], null],
])("indexes alone, of %j: %j", (faults, names) => {
  expect(onlyIndexes(faults as string[], ROOTS) as unknown).toEqual(names);
});

test("what to do: an index can be made anew, anything else cannot", () => {
  expect(damageAdvice(null)).toBe("run `orchestrator doctor` where the server runs, and restore a backup");
  expect(damageAdvice(["ia", "ib"])).toMatch(/^only indexes are damaged \(ia, ib\), .*`REINDEX`.* restore a backup$/);
});
