import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isBackendFile, toBackendText } from "#src/scaffold/backend.ts";
import { readRepository, TEMPLATES } from "#src/scaffold/source.ts";

const ROOT = join(import.meta.dir, "../..");
const source = readRepository(ROOT);
const backend = new Map(
  [...source]
    .filter(([path]) => isBackendFile(path) && /\.(tsx?|js|css|html|svg|json|sql|md|lock|sample)$/.test(path))
    .map(([path, content]) => [path, toBackendText(path, new TextDecoder().decode(content), 8123)]),
);

describe("which files", () => {
  test.each([
    "package.json",
    "bun.lock",
    "src/main.ts",
    "src/http/app.ts",
    "src/cli/commands/serve.ts",
    "src/client/client.ts",
    "src/ui/main.tsx",
    "src/ui/index.html",
    "src/ui/icon.svg",
    "src/ui/styles/page.css",
    "src/ui/tsconfig.json",
    "sql/sqlite/0003_feed.sql",
    "test/fixtures/tac-0.8.0-orchestrator.db",
    "test/cli/start.test.ts",
    "test/project/layers.test.ts",
    "ARCHITECTURE.md",
    ".oxlintrc.json",
  ])("%s is taken along", (path) => {
    expect(isBackendFile(path)).toBe(true);
    expect(source.has(path)).toBe(true);
  });

  test.each([
    "src/scaffold/plan.ts",
    "src/scaffold/templates/README.md.tmpl",
    "src/cli/scaffolding/scaffold.ts",
    "src/cli/commands/new.ts",
    "src/cli/commands/init.ts",
    "src/cli/commands/place.ts",
    "test/scaffold/plan.test.ts",
    "test/project/readme.test.ts",
    "test/browser/page.browser.ts",
    "test/browser/support/page.ts",
    "docs/screenshots/now-light-wide.png",
    "scripts/test-browser.ts",
    "scripts/screenshots.ts",
    "bench/run.ts",
    "README.md",
    "CHANGELOG.md",
    ".ci/run",
    ".env",
    ".git/config",
    "node_modules/zod/package.json",
    "data/orchestrator.db",
    "dist/orchestrator",
  ])("%s is not", (path) => expect(isBackendFile(path)).toBe(false));

  test("templates are read, and nothing that is neither", () => {
    expect(source.has(`${TEMPLATES}README.md.tmpl`)).toBe(true);
    const others = [...source.keys()].filter((path) => !isBackendFile(path) && !path.startsWith(TEMPLATES));
    expect(others).toEqual([]);
  });
});

describe("the files of a backend", () => {
  test("import only each other", () => {
    const missing: string[] = [];
    for (const [path, text] of backend) {
      for (const [, target] of text.matchAll(/(?:from|import\() ?"([#.][^"]+)"/g)) {
        const file = target!.startsWith("#") ? target!.slice(1) : join(dirname(path), target!);
        if (!file.startsWith("node_modules/") && !backend.has(file)) missing.push(`${path}: ${target}`);
      }
    }
    // Rules of the import table are tested with modules that need not be there.
    expect(missing.filter((line) => !line.startsWith("test/project/layers.test.ts"))).toEqual([]);
  });

  test("know nothing of the scaffolder", () => {
    expect(backend.get("src/cli/commands.ts")).not.toMatch(/addNew|addInit|addPlace/);
    expect([...backend].filter(([path, text]) => /scaffolder( -->)?$/m.test(text) && path.endsWith(".ts"))).toEqual([]);
  });

  test("are the repository's own, but for the marked lines", () => {
    const changed = [...backend].filter(([path, text]) => text !== readFileSync(join(ROOT, path), "utf8"));
    expect(changed.map(([path]) => path).toSorted()).toEqual([
      ".env.sample",
      "ARCHITECTURE.md",
      "package.json",
      "scripts/build.ts",
      "src/cli/commands.ts",
    ]);
  });

  test("lock the dependencies that they name", () => {
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const theirs = JSON.parse(backend.get("package.json")!);
    const { scripts: ownScripts, ...ownRest } = own;
    const { scripts: theirScripts, ...theirRest } = theirs;
    expect(theirRest).toEqual(ownRest);
    const { verify, ...same } = theirScripts;
    for (const [name, script] of Object.entries(same)) expect(ownScripts[name]).toBe(script);
    expect(`${verify} && bun run --bun knip`).toBe(ownScripts.verify);
    const gone = Object.keys(ownScripts).filter((name) => !Object.hasOwn(theirScripts, name));
    expect(gone.toSorted()).toEqual(
      [
        "bench",
        "build:all",
        "prebench",
        "prebuild:all",
        "prescreenshots",
        "pretest:browser",
        "pretest:scaffold",
        "screenshots",
        "test:browser",
        "test:scaffold",
      ].toSorted(),
    );
  });

  test("tell the project's port in the sample of settings", () => {
    expect(backend.get(".env.sample")).toContain("\nWEBSOCKET_PORT=8123\n");
  });
});
