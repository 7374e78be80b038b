import { InvalidArgumentError } from "commander";
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  amount,
  given,
  idOrName,
  idText,
  jsonValue,
  levelsOption,
  listOf,
  texts,
  timeOrAge,
  wholeNumber,
} from "#src/cli/options.ts";
import { testFolder } from "#test/support/folder.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const refused = (read: () => unknown) => thrownBy(InvalidArgumentError, read).message;

describe("a whole number", () => {
  test.each(["1", "10", "007", "9007199254740991"])("%s is one", (text) => {
    expect(wholeNumber(1)(text)).toBe(Number(text));
  });

  test.each(["0", "", " ", " 1", "1 ", "-1", "+1", "1.0", "1e3", "0x10", "١", "Infinity", "9007199254740993"])(
    "%j is none from 1 on",
    (text) => {
      expect(refused(() => wholeNumber(1)(text))).toBe("It may be a whole number from 1 on.");
    },
  );
});

describe("an amount", () => {
  test.each(["0", "0.25", "12", "1e-3", ".5"])("%s is one", (text) => {
    expect(amount(text)).toBe(Number(text));
  });

  test.each(["", " ", "-0.1", "$1", "1,5", "NaN", "Infinity", "one"])("%j is none", (text) => {
    expect(refused(() => amount(text))).toContain("such as 0.25");
  });
});

describe("JSON", () => {
  test.each(['{"a":1}', "[]", '"text"', "0", "null", "true", " 1 "])("%s is a value", (text) => {
    expect(jsonValue(text)).toEqual({ value: JSON.parse(text) });
  });

  test("may stand in a file", () => {
    using folder = testFolder();
    writeFileSync(folder.file("a b.json"), '{"ü": [1]}\n');
    expect(jsonValue(`@${folder.file("a b.json")}`)).toEqual({ value: { ü: [1] } });
    writeFileSync(folder.file("broken.json"), "{");
    expect(refused(() => jsonValue(`@${folder.file("broken.json")}`))).toStartWith("It may be JSON or @FILE: ");
    expect(refused(() => jsonValue(`@${folder.file("missing.json")}`))).toContain("ENOENT");
    expect(refused(() => jsonValue(`@${folder.path}`))).toContain("EISDIR");
  });
});

describe("a list", () => {
  const read = listOf(["a", "b", "c"]);

  test.each([
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [" c , a ", ["c", "a"]],
  ])("%j", (text, items) => {
    expect<string[]>(read(text)).toEqual(items);
  });

  test("may be given several times", () => {
    expect(read("b", read("a"))).toEqual(["a", "b"]);
    expect(texts("c", texts("a,b"))).toEqual(["a", "b", "c"]);
  });

  test.each(["", "a,", ",a"])("%j holds an empty text, which is refused", (text) => {
    expect(refused(() => texts(text))).toBe("It must not be empty.");
  });

  test.each(["", "a,", "d", "A", "a;b"])("%j is refused", (text) => {
    expect(refused(() => read(text))).toBe("It may hold a, b, c, separated by commas.");
  });
});

describe("levels", () => {
  const many = levelsOption("--level <list>", "").parseArg!;

  test("are read in any case, and warn is warning", () => {
    expect(many<unknown>("Error,WARN, debug", undefined)).toEqual(["ERROR", "WARNING", "DEBUG"]);
    expect(many<unknown>("info", ["ERROR"])).toEqual(["ERROR", "INFO"]);
  });

  test.each(["", "loud", "info,", "information"])("%j is refused", (text) => {
    expect(refused(() => many<unknown>(text, undefined))).toBe("It may be debug, info, warning, error, critical.");
  });
});

describe("a time", () => {
  const read = timeOrAge(() => Date.parse("2026-02-05T10:30:00.000Z"));

  test.each([
    ["30s", "2026-02-05T10:29:30.000Z"],
    ["15m", "2026-02-05T10:15:00.000Z"],
    ["2h", "2026-02-05T08:30:00.000Z"],
    ["7d", "2026-01-29T10:30:00.000Z"],
    ["2w", "2026-01-22T10:30:00.000Z"],
    ["0s", "2026-02-05T10:30:00.000Z"],
  ])("%s ago is %s", (text, time) => {
    expect(read(text)).toBe(time);
  });

  test.each(["2026-02-05", "2026-02-05T10:30:00+01:00", "2026-02-05T10:30:00.123Z"])("%j is a time itself", (text) => {
    expect(read(text)).toBe(text);
  });

  test.each(["1.5h", "h", "-1h", "1234567s", "", "yesterday", "2026-02-30", "10:30"])("%j is none", (text) => {
    expect(refused(() => read(text))).toMatch(/^It may be RFC 3339, a date .*, or an age .*\.$/);
  });
});

test("an id must not be empty, nor what stands for something else in an address", () => {
  expect([idOrName("."), idOrName(" "), idText("a/b"), idText("...")]).toEqual([".", " ", "a/b", "..."]);
  for (const text of ["", ".", ".."]) expect(refused(() => idText(text))).toMatch(/^It /);
  expect(refused(() => idOrName(""))).toBe("It must not be empty.");
});

test("what was not given is left out, null and the like are not", () => {
  expect(given({ a: undefined, b: null, c: 0, d: "", e: false })).toEqual({ b: null, c: 0, d: "", e: false } as never);
});
