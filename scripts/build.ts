/**
 * Builds what is released: executables (of this platform, or with `--all` of every one) and the client, into dist/, with
 * their checksums.
 */
import { mkdirSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { $ } from "bun";
import { packPage, PAGE_ARCHIVE } from "#src/page-files.ts";
import { ARCHIVE, packSource, readRepository } from "#src/scaffold/source.ts"; // scaffolder
import { buildClient } from "./build-client.ts";

const ROOT = join(import.meta.dir, "..");
const DIST = join(ROOT, "dist");

const FLAGS = [
  "--compile",
  "--minify",
  "--bytecode",
  "--format=esm",
  "--sourcemap=inline",
  // The executable runs anywhere: it must not pick up the settings of the folder it is started in.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--compile-exec-argv=--disallow-code-generation-from-strings=strict",
];

/** Targets of Bun, and the executable that each makes. */
const RELEASES = {
  "bun-linux-x64": "orchestrator-linux-x64",
  "bun-linux-arm64": "orchestrator-linux-arm64",
  "bun-darwin-x64": "orchestrator-darwin-x64",
  "bun-darwin-arm64": "orchestrator-darwin-arm64",
  "bun-windows-x64": "orchestrator-windows-x64.exe",
} as const;

const isAll = process.argv.includes("--all");
const folder = isAll ? join(DIST, "release") : DIST;
if (isAll) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

await Bun.write(join(DIST, PAGE_ARCHIVE), await packPage(ROOT));
await Bun.write(join(DIST, ARCHIVE), await packSource(readRepository(ROOT))); // scaffolder
const built: string[] = [];
if (isAll) {
  for (const [target, name] of Object.entries(RELEASES)) built.push(await compile(name, [`--target=${target}`]));
} else {
  built.push(await compile("orchestrator", []));
}
rmSync(join(DIST, PAGE_ARCHIVE));
rmSync(join(DIST, ARCHIVE)); // scaffolder
built.push(await buildClient(ROOT, join(DIST, "client"), folder));

const sums = await Promise.all(built.map(async (path) => `${await sha256(path)}  ${basename(path)}\n`));
await Bun.write(join(folder, "SHA256SUMS"), sums.join(""));
console.log(`built: ${built.map((path) => relative(ROOT, path)).join(", ")}, with SHA256SUMS beside`);
if (isAll) {
  console.log("macOS refuses unsigned programs: sign both on a Mac (codesign --sign ID FILE), then renew SHA256SUMS.");
}

async function compile(name: string, more: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const commit = await currentCommit();
  const defines = commit === null ? [] : ["--define", `BUILD_COMMIT=${JSON.stringify(commit)}`];
  const assets = ["--asset", join(DIST, PAGE_ARCHIVE)];
  assets.push("--asset", join(DIST, ARCHIVE)); // scaffolder
  await $`${process.execPath} build ${FLAGS} ${more} ${defines} ${assets} src/main.ts --outfile ${path}`
    .cwd(ROOT)
    .quiet();
  // It is inside of the executable; beside it, it would only be in the way.
  rmSync(`${path}.map`, { force: true });
  return path;
}

/** The commit, marked when the files differ from it; null outside of a repository. */
async function currentCommit(): Promise<string | null> {
  const head = await $`git rev-parse --short=12 HEAD`.cwd(ROOT).quiet().nothrow();
  if (head.exitCode !== 0) return null;
  const changes = await $`git status --porcelain`.cwd(ROOT).quiet().text();
  return head.text().trim() + (changes === "" ? "" : "-modified");
}

async function sha256(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest("hex");
}
