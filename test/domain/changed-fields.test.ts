import { describe, expect, test } from "bun:test";
import { changedFields } from "#src/domain/changed-fields.ts";

type Row = { name: string | null; count: number; open: boolean; data: unknown };
const ROW: Row = { name: "n", count: 0, open: false, data: { a: [1, { b: null }], c: "x" } };

const TABLE: readonly {
  readonly what: string;
  readonly command: { [Key in keyof Row]?: unknown };
  readonly changed: object;
}[] = [
  { what: "nothing given", command: {}, changed: {} },
  { what: "undefined", command: { name: undefined, data: undefined }, changed: {} },
  { what: "the same values", command: { name: "n", count: 0, open: false }, changed: {} },
  { what: "null for a value", command: { name: null, data: null }, changed: { name: null, data: null } },
  { what: "an empty text for a value", command: { name: "" }, changed: { name: "" } },
  { what: "another value beside the same one", command: { name: "n", count: 1 }, changed: { count: 1 } },
  { what: "equal JSON", command: { data: { a: [1, { b: null }], c: "x" } }, changed: {} },
  {
    what: "equal JSON with its keys in another order",
    command: { data: { c: "x", a: [1, { b: null }] } },
    changed: {},
  },
  { what: "a list in another order", command: { data: [2, 1] }, changed: { data: [2, 1] } },
  { what: "JSON with a key less", command: { data: { c: "x" } }, changed: { data: { c: "x" } } },
  { what: "a text that holds the number", command: { count: "0" }, changed: { count: "0" } },
  { what: "a number for a boolean", command: { open: 0 }, changed: { open: 0 } },
];

describe("the fields of a command that differ from the row", () => {
  test.each(TABLE)("$what", ({ command, changed }) => {
    expect(changedFields<Row, typeof command>(ROW, command)).toEqual(changed);
  });

  test("null where the row has null is no change", () => {
    expect(changedFields<Row, { name: null }>({ ...ROW, name: null }, { name: null })).toEqual({});
  });
});
