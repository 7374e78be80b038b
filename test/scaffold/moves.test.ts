import { describe, expect, test } from "bun:test";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { moveInto } from "#src/scaffold/moves.ts";
import { testFolder, type TestFolder } from "#test/support/folder.ts";

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function read(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return Object.fromEntries(paths.toSorted().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

const OURS = { "a.txt": "a", "new/deep/b.txt": "b", "new/c.txt": "c", "old/d.txt": "d", "z.txt": "z" };

function staged(folder: TestFolder): { tree: string; target: string } {
  write(folder.file("tree"), OURS);
  return { tree: folder.file("tree"), target: folder.file("target") };
}

describe("moving what was written aside", () => {
  test("makes a target that does not exist in one move", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    const { ino } = statSync(tree);
    moveInto(tree, target);
    expect(statSync(target).ino).toBe(ino);
    expect(read(target)).toEqual(OURS);
  });

  test("joins what stands there", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    write(target, { "old/mine.txt": "mine", "README.md": "mine" });
    moveInto(tree, target);
    expect(read(target)).toEqual({ ...OURS, "old/mine.txt": "mine", "README.md": "mine" });
  });

  // Each comes to stand there between the plan and the moves; `z.txt` is the last of them.
  test.each(["a.txt", "old/d.txt", "z.txt"])("takes everything back when %s has come to stand there", (path) => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    const theirs = { [path]: "theirs", "old/mine.txt": "mine" };
    write(target, theirs);
    expect(() => moveInto(tree, target)).toThrow("EEXIST");
    expect(read(target)).toEqual(theirs);
    expect(readdirSync(target).toSorted()).toEqual(
      [...new Set(Object.keys(theirs).map((name) => name.split("/")[0]!))].toSorted(),
    );
  });

  test("never writes through a link that has come to stand there", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    mkdirSync(folder.file("elsewhere"));
    mkdirSync(target);
    symlinkSync(folder.file("elsewhere"), join(target, "new"));
    expect(() => moveInto(tree, target)).toThrow();
    expect(readdirSync(folder.file("elsewhere"))).toEqual([]);
    expect(readdirSync(target)).toEqual(["new"]);
  });

  test("goes on where it was cut off", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    write(target, { "old/mine.txt": "mine" });
    linkSync(join(tree, "a.txt"), join(target, "a.txt"));
    renameSync(join(tree, "new"), join(target, "new"));
    moveInto(tree, target);
    expect(read(target)).toEqual({ ...OURS, "old/mine.txt": "mine" });
  });
});

describe("where there are no hard links", () => {
  const noLink = () => {
    throw Object.assign(new Error("no links here"), { code: "EPERM" });
  };

  test("files are copied", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    write(target, { "old/mine.txt": "mine" });
    moveInto(tree, target, noLink);
    expect(read(target)).toEqual({ ...OURS, "old/mine.txt": "mine" });
  });

  test.each(["a.txt", "z.txt"])(
    "nothing is replaced, and all is taken back, when %s has come to stand there",
    (path) => {
      using folder = testFolder();
      const { tree, target } = staged(folder);
      write(target, { [path]: "theirs" });
      expect(() => moveInto(tree, target, noLink)).toThrow("EEXIST");
      expect(read(target)).toEqual({ [path]: "theirs" });
    },
  );

  test("a copy that fails leaves nothing", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    mkdirSync(target);
    rmSync(join(tree, "z.txt"));
    // Cannot be copied as a file.
    symlinkSync("nowhere", join(tree, "z.txt"));
    expect(() => moveInto(tree, target, noLink)).toThrow();
    expect(readdirSync(target)).toEqual([]);
  });

  test("any other failure of a link is one", () => {
    using folder = testFolder();
    const { tree, target } = staged(folder);
    mkdirSync(target);
    const full = () => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    expect(() => moveInto(tree, target, full)).toThrow("no space");
    expect(readdirSync(target)).toEqual([]);
  });
});
