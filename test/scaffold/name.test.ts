import { describe, expect, test } from "bun:test";
import { nameFault, toPortableName } from "#src/scaffold/name.ts";
import { seededRandom } from "#test/support/random.ts";

describe("a name that can be used everywhere", () => {
  test.each([
    "a",
    "7",
    "my-project",
    "My_Project.v2",
    "a.b.c",
    "ends-",
    "ends_",
    "x".repeat(100),
    "console",
    "con-project",
    "com",
    "com10",
    "lpt",
    "nullable.txt",
    "orchestrator",
    "orchestrator_web2",
    "node_modules2",
    "git",
  ])("%s", (name) => {
    expect(nameFault(name)).toBeNull();
  });
});

const FAULTS: readonly (readonly [name: string, fault: string])[] = [
  ["", 'the name "" is empty: use 1 to 100 letters, digits, "-", "_" and ".", such as my-project'],
  ["x".repeat(101), `the name "${"x".repeat(60)}"… is 101 characters long: use at most 100`],
  ["a/b", 'the name "a/b" holds "/": use letters, digits, "-", "_" and "." only'],
  ["a\\b", String.raw`the name "a\\b" holds "\\": use letters, digits, "-", "_" and "." only`],
  ["/etc", 'the name "/etc" holds "/": use letters, digits, "-", "_" and "." only'],
  ["C:x", 'the name "C:x" holds ":": use letters, digits, "-", "_" and "." only'],
  ["my app", 'the name "my app" holds " ": use letters, digits, "-", "_" and "." only'],
  ["über", 'the name "über" holds "ü": use letters, digits, "-", "_" and "." only'],
  ['a"b', String.raw`the name "a\"b" holds "\"": use letters, digits, "-", "_" and "." only`],
  ["a🙂", 'the name "a🙂" holds "🙂": use letters, digits, "-", "_" and "." only'],
  ["a\nb", String.raw`the name "a\u{a}b" holds "\u{a}": use letters, digits, "-", "_" and "." only`],
  ["a\0", String.raw`the name "a\u{0}" holds "\u{0}": use letters, digits, "-", "_" and "." only`],
  ["\u001B[31m", String.raw`the name "\u{1b}[31m" holds "\u{1b}": use letters, digits, "-", "_" and "." only`],
  ["a\u202Eb", String.raw`the name "a\u{202e}b" holds "\u{202e}": use letters, digits, "-", "_" and "." only`],
  ["a\u2028b", String.raw`the name "a\u{2028}b" holds "\u{2028}": use letters, digits, "-", "_" and "." only`],
  ["a\uD800", String.raw`the name "a\u{d800}" holds "\u{d800}": use letters, digits, "-", "_" and "." only`],
  [".", 'the name "." begins with ".": begin with a letter or digit'],
  ["..", 'the name ".." begins with ".": begin with a letter or digit'],
  [".hidden", 'the name ".hidden" begins with ".": begin with a letter or digit'],
  ["-rf", 'the name "-rf" begins with "-": begin with a letter or digit'],
  ["_a", 'the name "_a" begins with "_": begin with a letter or digit'],
  ["a.", 'the name "a." ends with ".": end with a letter or digit'],
  ["a..b", 'the name "a..b" holds "..": use single dots'],
];

describe("a name that cannot be used is told so in one line", () => {
  test.each(FAULTS)("%j", (name, fault) => {
    expect(nameFault(name)).toBe(fault);
  });

  const numbered = ["com", "lpt"].flatMap((device) => [..."0123456789¹²³"].map((digit) => device + digit));
  const DEVICES = ["con", "prn", "aux", "nul", "conin$", "conout$", ...numbered];
  test.each(DEVICES)("%s is a device on Windows, in any case and with any extension", (device) => {
    for (const name of [device, device.toUpperCase(), `${device}.txt`, `${device}.tar.gz`]) {
      expect(nameFault(name)).toBe(`the name "${name}" is a device on Windows: choose another`);
    }
  });

  test.each(["node_modules", "Node_Modules", ".git", ".GIT", "orchestrator_web"])("%s is kept", (name) => {
    expect(nameFault(name)).toBe(`the name "${name}" is kept for something else: choose another`);
  });

  test("a huge name is neither repeated whole nor takes long", () => {
    expect(nameFault("\u0007".repeat(5_000_000))!.length).toBeLessThan(600);
    expect(nameFault("🙂".repeat(1_000_000))!.length).toBeLessThan(600);
  });
});

const FOLDERS: readonly (readonly [folder: string, name: string])[] = [
  ["My App!", "my-app"],
  ["my-app", "my-app"],
  ["MyApp", "MyApp"],
  ["my_app.v2", "my_app.v2"],
  ["  spaces  ", "spaces"],
  ["Crème Brûlée", "creme-brulee"],
  ["a/b\\c", "a-b-c"],
  [".config", "config"],
  ["..", "project"],
  ["", "project"],
  ["日本語", "project"],
  ["日本語 v2", "v2"],
  ["a...b", "a.b"],
  ["trailing.", "trailing"],
  ["con", "project-con"],
  ["CON.txt", "project-con.txt"],
  [`con.${"x".repeat(200)}`, `project-con.${"x".repeat(88)}`],
  ["COM¹", "project-com1"],
  ["node_modules", "project-node_modules"],
  [".git", "git"],
  ["orchestrator_web", "project-orchestrator_web"],
  ["x".repeat(300), "x".repeat(100)],
  [`${"x".repeat(99)}.y`, "x".repeat(99)],
];

describe("the name made of a folder's", () => {
  test.each(FOLDERS)("%j becomes %s", (folder, name) => {
    expect(toPortableName(folder)).toBe(name);
  });

  test("can be used, whatever the folder is called", () => {
    const random = seededRandom(7);
    const pieces = [
      "a",
      "Z",
      "9",
      "-",
      "_",
      ".",
      "..",
      " ",
      "/",
      "ü",
      "🙂",
      "\uD800",
      "\n",
      "con",
      "nul",
      ".git",
      "¹",
      "İ",
    ];
    for (let turn = 0; turn < 20_000; turn += 1) {
      const folder = Array.from({ length: random.below(8) }, () => random.pick(pieces)).join("");
      const name = toPortableName(folder.repeat(1 + random.below(30)));
      expect({ folder, name, fault: nameFault(name) }).toEqual({ folder, name, fault: null });
      expect(toPortableName(name)).toBe(name);
    }
  });
});
