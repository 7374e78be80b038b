import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { $ } from "bun";

const TSC_FLAGS = [
  "--ignoreConfig",
  "--declaration",
  "--emitDeclarationOnly",
  "--module",
  "preserve",
  "--moduleResolution",
  "bundler",
  "--target",
  "esnext",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--skipLibCheck",
  "--allowImportingTsExtensions",
  "--types",
  "bun-types",
];

/** Builds `orchestrator/client` for Node and browsers: one module without imports, and its types. */
export async function buildClient(root: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entry = join(root, "src/client/client.ts");
  const result = await Bun.build({ entrypoints: [entry], target: "browser", format: "esm" });
  await Bun.write(join(folder, "client.js"), result.outputs[0]!);
  const types = join(folder, "types");
  await $`${process.execPath} run --bun tsc ${TSC_FLAGS} --rootDir src --outDir ${types} ${entry}`.cwd(root).quiet();
  for (const file of readdirSync(types, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".d.ts")) await rewriteImports(types, join(types, file));
  }
}

/** Types import each other as this repository does; outside of it only relative paths resolve. */
async function rewriteImports(types: string, file: string): Promise<void> {
  const text = await Bun.file(file).text();
  const toRoot = relative(dirname(file), types);
  const rewritten = text
    .replaceAll(/"#src\/([^"]+)\.ts"/g, (_found, path: string) => `"${toRoot}/${path}.js"`)
    .replaceAll(/"(\.\/[^"]+)\.ts"/g, '"$1.js"');
  await Bun.write(file, rewritten);
}
