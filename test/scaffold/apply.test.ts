import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyFiles } from "#src/scaffold/apply.ts";
import { toPlanned } from "#src/scaffold/plan.ts";
import { runCli } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { until } from "#test/support/until.ts";
import { FROM_SOURCE, runIn } from "./generated.ts";
import { processesOn } from "./processes.ts";

const FILES = ["a.txt", "deep/b.txt"].map((path) => toPlanned({ path, text: path, mode: 0o600 }));

describe("writing files", () => {
  test("makes them with their modes, and leaves nothing aside", async () => {
    using folder = testFolder();
    const stages: string[] = [];
    await applyFiles(folder.file("target"), FILES, (tree) => void stages.push(dirname(tree)));
    expect(readFileSync(folder.file("target/deep/b.txt"), "utf8")).toBe("deep/b.txt");
    expect(stages.filter((stage) => existsSync(stage))).toEqual([]);
    expect(readdirSync(folder.path)).toEqual(["target"]);
  });

  test("writes none when what is called in between fails", async () => {
    using folder = testFolder();
    let stage = "";
    const prepare = (tree: string) => {
      stage = dirname(tree);
      throw new Error("not now");
    };
    await expect(applyFiles(folder.file("target"), FILES, prepare)).rejects.toThrow("not now");
    expect([existsSync(stage), existsSync(folder.file("target"))]).toEqual([false, false]);
  });

  test("is finished by the first process when the second is killed", async () => {
    using folder = testFolder();
    const kill = (tree: string) => {
      // Called synchronously; a process that was just forked has yet to become the other program.
      const end = performance.now() + 10_000;
      let movers: number[] = [];
      while (movers.length === 0 && performance.now() < end) movers = processesOn(dirname(tree));
      expect(movers).toHaveLength(1);
      process.kill(movers[0]!, "SIGKILL");
    };
    await applyFiles(folder.file("target"), FILES, kill);
    expect(readdirSync(folder.file("target")).toSorted()).toEqual(["a.txt", "deep"]);
  });

  test("the second process removes what was written aside when the first is gone", async () => {
    using folder = testFolder();
    using aside = testFolder();
    const stage = aside.file(".orchestrator-abc123");
    mkdirSync(join(stage, "tree"), { recursive: true });
    writeFileSync(join(stage, "orchestrator-stage"), "");
    writeFileSync(join(stage, "tree/a.txt"), "a");
    const { code } = await runIn(folder.path, [...FROM_SOURCE, "place", stage, folder.file("target")], {});
    expect(code).toBe(0);
    await until("the stage to go", () => !existsSync(stage));
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test.each(["mine", ".orchestrator-abc123"])("the second process touches no other folder: %s", async (name) => {
    using folder = testFolder();
    mkdirSync(folder.file(name));
    writeFileSync(folder.file(`${name}/mine.txt`), "mine");
    const { code, stdout, stderr } = await runCli(["place", folder.file(name), folder.file("target")]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^not a folder in which files were written aside.*\n$/);
    expect(readFileSync(folder.file(`${name}/mine.txt`), "utf8")).toBe("mine");
  });
});
