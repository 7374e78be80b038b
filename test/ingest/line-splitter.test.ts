import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createLineSplitter } from "#src/ingest/line-splitter.ts";
import { SUITE_SEED } from "#test/fuzz/run-property.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function split(chunks: readonly Uint8Array[], mostBytes?: number): (string | null)[] {
  const splitter = createLineSplitter(mostBytes);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()].map(({ text }) => text);
}

test("lines end with LF or CRLF; the last needs no end", () => {
  expect(split([bytes("a\r\nb\n\nc")])).toEqual(["a", "b", "", "c"]);
  expect(split([bytes("a\n")])).toEqual(["a"]);
  expect(split([])).toEqual([]);
});

test("wherever the bytes are cut, the lines are the same", () => {
  const property = fc.property(
    fc.array(
      fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n\uFEFF]/g, "")),
      { minLength: 1 },
    ),
    fc.array(fc.nat(40)),
    (lines, cuts) => {
      const whole = bytes(`${lines.join("\n")}\n`);
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, whole.length]) {
        chunks.push(whole.slice(at, at + cut));
        at += cut;
      }
      chunks.push(whole.slice(at));
      expect(split(chunks)).toEqual(lines);
    },
  );
  fc.assert(property, { seed: SUITE_SEED, numRuns: 200 });
});

test("of a line that is too long nothing is kept, and the next one is read", () => {
  expect(split([bytes("aaaa"), bytes("aaaa"), bytes("a\nbb\n"), bytes("ccccccc")], 5)).toEqual([null, "bb", null]);
  expect(split([bytes("12345\n123456\n")], 5)).toEqual(["12345", null]);
});

test("bytes that are no UTF-8 are read as what cannot be read", () => {
  expect(split([new Uint8Array([0x61, 0xff, 0x62, 10])])).toEqual(["a\uFFFDb"]);
});
