import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { BACKEND_FOLDERS, isBackendFile } from "./backend.ts";

/** Files by their path below the root of this repository, with slashes. */
export type Source = ReadonlyMap<string, Uint8Array>;

export const TEMPLATES = "src/scaffold/templates/";

/** Name of the archive that the build puts into the executable, beside its modules. */
export const ARCHIVE = "scaffold.tar.gz";
const ROOT = join(import.meta.dir, "../..");

/** What projects are made from: this repository's own files, or in the executable the archive of them. */
export async function readSource(): Promise<Source> {
  return Bun.isStandaloneExecutable ? readArchive(join(import.meta.dir, ARCHIVE)) : readRepository(ROOT);
}

/** The same from the files of a repository at `root`; the build packs them. */
export function readRepository(root: string): Source {
  const isWanted = (path: string) => isBackendFile(path) || path.startsWith(TEMPLATES);
  const below = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, "/").length).replaceAll(sep, "/"));
  const rootFiles = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = [...rootFiles.map(({ name }) => name), ...BACKEND_FOLDERS.flatMap(below)].filter(isWanted);
  return new Map(paths.toSorted().map((path) => [path, readFileSync(join(root, path))]));
}

async function readArchive(path: string): Promise<Source> {
  const files = await new Bun.Archive(await Bun.file(path).bytes()).files();
  return new Map(await Promise.all([...files].map(async ([name, file]) => [name, await file.bytes()] as const)));
}

/** Packs a repository's files for the executable. */
export async function packSource(source: Source): Promise<Uint8Array> {
  return new Bun.Archive(Object.fromEntries(source), { compress: "gzip" }).bytes();
}
