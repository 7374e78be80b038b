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

/**
 * Builds the package of `orchestrator/client` for Node and browsers in `folder`: one module without imports, and its
 * types. Packs it into a file in `releases`, whose path is returned.
 */
export async function buildClient(root: string, folder: string, releases: string): Promise<string> {
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
  const manifest = clientManifest(await Bun.file(join(root, "package.json")).json());
  await Bun.write(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await Bun.write(join(folder, "LICENSE"), Bun.file(join(root, "LICENSE")));
  const packed = join(releases, `orchestrator-client-${manifest.version}.tgz`);
  await $`${process.execPath} pm pack --filename ${packed} --quiet`.cwd(folder).quiet();
  return packed;
}

type Manifest = { readonly version: string; readonly license: string; readonly dependencies: { readonly zod: string } };

/** The client alone: who installs it needs nothing of the server. Its types are those of its schemas. */
function clientManifest({ version, license, dependencies: { zod } }: Manifest) {
  return {
    name: "orchestrator",
    version,
    description: "Typed client of the Orchestrator",
    license,
    type: "module",
    engines: { node: ">=20" },
    exports: { "./client": { types: "./types/client/client.d.ts", default: "./client.js" } },
    dependencies: { zod },
  };
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
