import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "#src/platform/config.ts";

const ROOT = join(import.meta.dir, "../..");
const ADRS = readdirSync(join(ROOT, "docs/adr")).map((name) => `docs/adr/${name}`);
const PAGES = ["docs/security.md", "docs/operations.md", "docs/agents.md"];
const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "AGENTS.md", "CHANGELOG.md", ...PAGES, ...ADRS];

type PackageJson = Record<"scripts" | "dependencies" | "devDependencies", Record<string, string>>;

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const packageJson = JSON.parse(read("package.json")) as PackageJson;

/** Made by a command, or an example. */
const NOT_IN_THE_TREE = /^(dist\/|data\/|\.env$|text\/event-stream$|orchestrator\/client$|orchestrator_web\/)/;
/** Bases against which documents write paths. */
const BASES = ["", "src/", "src/http/", "src/database/", "src/database/sqlite/", "sql/sqlite/", "test/"];

function pathsIn(text: string): string[] {
  const inCode = [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
  const inDrawings = [...text.matchAll(/^ +([a-z-]+\/[a-z-/]+\.ts)/gm)].map((match) => match[1]!);
  const isPath = (word: string) =>
    /^(\.?[\w-]+\/)*\.?[\w-]+(\.\w+)*\/?$/.test(word) && /\/|\.(ts|sql|md|sample|json)$/.test(word);
  return [...inCode.filter(isPath), ...inDrawings].filter((path) => !NOT_IN_THE_TREE.test(path));
}

test.each(DOCUMENTS)("%s names no path that is not there", (document) => {
  const dead = pathsIn(read(document)).filter((path) => !BASES.some((base) => existsSync(join(ROOT, base, path))));
  expect(dead).toEqual([]);
});

test.each(DOCUMENTS)("%s names no script that package.json does not have", (document) => {
  const named = [...read(document).matchAll(/bun run ([a-z]+)/g)].map((match) => match[1]!);
  expect(named.filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
});

test("ARCHITECTURE.md stays short", () => {
  expect(read("ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(150);
});

test(".env.sample and the README list every variable, and the sample holds the defaults", () => {
  const sample = Object.fromEntries(
    [...read(".env.sample").matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!]),
  );
  expect(Object.keys(sample).toSorted()).toEqual([
    "ALLOWED_HOSTS",
    "API_TOKEN",
    "BACKUP_DIR",
    "BACKUP_EVERY_HOURS",
    "BACKUP_KEEP",
    "CHANGES_KEEP",
    "CORS_ORIGINS",
    "DATABASE_PATH",
    "HOST",
    "LOG_LEVEL",
    "LOST_AFTER",
    "MAX_DATABASE_MB",
    "PORT",
    "QUIET_AFTER",
    "RATE_LIMIT",
    "REDACT",
    "REDACT_PATTERNS",
    "RETENTION_DAYS",
    "RUN_RETENTION_DAYS",
    "WEBSOCKET_PORT",
    "WEB_UI_PORT",
  ]);
  expect(readConfig(sample)).toEqual(readConfig({}));
  for (const name of Object.keys(sample)) expect(read("README.md")).toContain(name);
});

test("every dependency has an exact version", () => {
  const versions = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("the lockfile holds no address of a registry", () => {
  expect(read("bun.lock")).not.toMatch(/https?:\/\//);
});

test("each invariant of ARCHITECTURE.md has a test with its number", () => {
  const numbers = [...read("ARCHITECTURE.md").matchAll(/^(\d+)\. /gm)].map((match) => match[1]!);
  expect(numbers).toHaveLength(14);
  const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => read(join("test", name)))
    .join("\n");
  expect(numbers.filter((number) => !tests.includes(`"invariant ${number}: `))).toEqual([]);
});
