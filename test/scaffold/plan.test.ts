import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { Blocked, planFiles, type PlannedFile, type Standing, toPlanned } from "#src/scaffold/plan.ts";
import { standingBelow } from "#src/scaffold/standing.ts";
import { testFolder } from "#test/support/folder.ts";

const file = (path: string, text = "ours"): PlannedFile => toPlanned({ path, text });
const content = (text: string) => new TextEncoder().encode(text);

describe("a plan", () => {
  const cases: readonly { readonly name: string; readonly standing: Standing; readonly step: object }[] = [
    { name: "creates what is not there", standing: { kind: "nothing" }, step: { action: "CREATE", reason: "new" } },
    {
      name: "skips what is the same",
      standing: { kind: "file", content: content("ours") },
      step: { action: "SKIP", reason: "already there" },
    },
    {
      name: "keeps what differs",
      standing: { kind: "file", content: content("theirs") },
      step: { action: "SKIP", reason: "kept: it is yours" },
    },
    {
      name: "keeps an empty file",
      standing: { kind: "file", content: content("") },
      step: { action: "SKIP", reason: "kept: it is yours" },
    },
    {
      name: "keeps what is no file",
      standing: { kind: "other", what: "a folder" },
      step: { action: "SKIP", reason: "kept: it is a folder" },
    },
  ];
  test.each(cases)("$name", ({ standing, step }) => {
    expect(planFiles([file("a/b.txt")], () => standing)).toMatchObject([{ path: "a/b.txt", ...step }]);
  });

  test("is refused where a folder cannot be", () => {
    const plan = () => planFiles([file("a/b.txt")], () => ({ kind: "blocked", by: "a" }));
    expect(plan).toThrow(new Blocked("a is no folder, and a/b.txt belongs into it: move it away"));
  });
});

describe("what stands there", () => {
  test("is seen without following links", () => {
    using folder = testFolder();
    using elsewhere = testFolder();
    mkdirSync(folder.file("src/inner"), { recursive: true });
    writeFileSync(folder.file("src/a.txt"), "theirs");
    writeFileSync(folder.file("plain"), "a file");
    symlinkSync(elsewhere.path, folder.file("linked"));
    symlinkSync("nowhere", folder.file("dangling"));
    const standing = standingBelow(folder.path);
    expect(standing("src/a.txt")).toMatchObject({ kind: "file", content: Buffer.from("theirs") });
    expect(standing("src/b.txt")).toEqual({ kind: "nothing" });
    expect(standing("other/deep/b.txt")).toEqual({ kind: "nothing" });
    expect(standing("src/inner")).toEqual({ kind: "other", what: "a folder" });
    expect(standing("dangling")).toEqual({ kind: "other", what: "a link" });
    expect(standing("plain/b.txt")).toEqual({ kind: "blocked", by: "plain" });
    expect(standing("linked/b.txt")).toEqual({ kind: "blocked", by: "linked" });
    expect(standing("dangling/deep/b.txt")).toEqual({ kind: "blocked", by: "dangling" });
    expect(readdirSync(elsewhere.path)).toEqual([]);
  });
});
