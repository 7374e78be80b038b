import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testFolder } from "#test/support/folder.ts";

const ROOT = join(import.meta.dir, "../..");

/** One planted violation for each rule of the import table. */
const PLANTED: readonly { readonly file: string; readonly line: string; readonly rule: string }[] = [
  ...imports("src/domain/planted.ts", [
    "#src/platform/log.ts",
    "#src/commands/prompts.ts",
    "hono",
    "bun:sqlite",
    "node:fs",
  ]),
  ...imports("src/platform/planted.ts", ["#src/domain/prompt.ts", "#src/http/app.ts", "hono", "bun:sqlite"]),
  ...imports("src/database/planted.ts", ["#src/commands/prompts.ts", "#src/http/app.ts", "bun:sqlite", "hono"]),
  ...imports("src/database/sqlite/planted.ts", [
    "#src/live/feed.ts",
    "#src/http/app.ts",
    "#src/database/open.ts",
    "../manager.ts",
  ]),
  ...imports("src/commands/planted.ts", [
    "#src/queries/prompts.ts",
    "#src/live/feed.ts",
    "#src/database/sqlite/open.ts",
    "bun:sqlite",
    "hono",
  ]),
  ...imports("src/queries/planted.ts", [
    "#src/commands/prompts.ts",
    "#src/database/open.ts",
    "bun:sqlite",
    "#src/http/app.ts",
  ]),
  ...imports("src/live/planted.ts", [
    "#src/commands/prompts.ts",
    "#src/http/app.ts",
    "#src/database/sqlite/open.ts",
    "hono",
  ]),
  ...imports("src/upkeep/planted.ts", [
    "#src/commands/prompts.ts",
    "#src/live/feed.ts",
    "#src/http/app.ts",
    "#src/database/sqlite/open.ts",
    "#src/database/open.ts",
    "bun:sqlite",
    "hono",
    "../server.ts",
  ]),
  ...imports("src/ingest/planted.ts", [
    "#src/commands/prompts.ts",
    "#src/http/app.ts",
    "#src/database/sqlite/open.ts",
    "#src/database/open.ts",
    "bun:sqlite",
    "hono",
    "../server.ts",
  ]),
  ...imports("src/http/planted.ts", [
    "#src/page-files.ts",
    "#src/database/sqlite/open.ts",
    "#src/server.ts",
    "#src/assets.ts",
    "bun:sqlite",
    "../server.ts",
  ]),
  ...imports("src/client/planted.ts", [
    "#src/platform/log.ts",
    "#src/http/app.ts",
    "#src/assets.ts",
    "node:fs",
    "bun",
    "../server.ts",
  ]),
  ...imports("src/ui/planted.ts", [
    "#src/platform/log.ts",
    "#src/http/app.ts",
    "#src/domain/prompt.ts",
    "#src/page-files.ts",
    "zod",
    "../server.ts",
  ]),
  ...imports("src/scaffold/planted.ts", [
    "#src/cli/run.ts",
    "#src/client/client.ts",
    "#src/database/open.ts",
    "commander",
    "bun:sqlite",
  ]),
  ...imports("src/cli/planted.ts", [
    "#src/http/app.ts",
    "#src/commands/prompts.ts",
    "#src/database/sqlite/open.ts",
    "bun:sqlite",
  ]),
  ...imports("src/main.ts", ["#src/server.ts", "#src/http/app.ts"]),
  { file: "src/http/environment.ts", line: "export const port = process.env.PORT;", rule: "no-process-env" },
  { file: "src/http/default.ts", line: "export default 1;", rule: "no-default-export" },
  {
    file: "src/live/cycle-a.ts",
    line: 'import { b } from "./cycle-b.ts";\nexport const a = () => b;',
    rule: "no-cycle",
  },
  {
    file: "src/live/cycle-b.ts",
    line: 'import { a } from "./cycle-a.ts";\nexport const b = () => a;',
    rule: "no-cycle",
  },
];

function imports(file: string, modules: readonly string[]) {
  return modules.map((module, index) => ({
    file: file.replace("planted", `planted-${index}`),
    line: `import * as planted from "${module}";\nexport const it = planted;`,
    rule: "no-restricted-imports",
  }));
}

function lint(folder: string): { readonly code: string; readonly filename: string }[] {
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const { stdout } = Bun.spawnSync([process.execPath, "run", "--bun", oxlint, "--format=json"], { cwd: folder });
  return (JSON.parse(stdout.toString()) as { diagnostics: { code: string; filename: string }[] }).diagnostics;
}

test("invariant 6: the linter sees a violation of each rule of the import table", () => {
  using folder = testFolder();
  copyFileSync(join(ROOT, ".oxlintrc.json"), folder.file(".oxlintrc.json"));
  copyFileSync(join(ROOT, "package.json"), folder.file("package.json"));
  symlinkSync(join(ROOT, "node_modules"), folder.file("node_modules"));
  // The rules of main.ts can be broken in one file only: both modules at once.
  for (const { file, line } of PLANTED) {
    mkdirSync(dirname(folder.file(file)), { recursive: true });
    writeFileSync(folder.file(file), `${line}\n`);
  }
  const seen = lint(folder.path).map(({ code, filename }) => `${filename} ${code}`);
  for (const { file, rule } of PLANTED) {
    expect(seen.filter((line) => line.startsWith(`${file} `) && line.includes(rule))).not.toBeEmpty();
  }
});

test("only the engine holds SQL, and only one place writes error bodies", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const holding = (pattern: RegExp) =>
    files.filter((name) => pattern.test(readFileSync(join(ROOT, "src", name), "utf8")));
  const sql = /["'`]\s*(select\s+[\w(*]|insert into\s|delete from\s|update \w+ set\s|pragma\s|begin\b)/i;
  expect(holding(sql).filter((name) => !name.startsWith("database/sqlite/"))).toEqual([]);
  expect(holding(sql)).not.toBeEmpty();
  // The description of the routes names the media type too.
  expect(holding(/application\/problem\+json["']/).toSorted()).toEqual(["http/openapi.ts", "http/problem.ts"]);
});
