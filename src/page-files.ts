import { join } from "node:path";
import { VERSION } from "./assets.ts";

/** Name of the archive that the build puts into the executable, beside its modules. */
export const PAGE_ARCHIVE = "dashboard.tar.gz";
/** Where the files of the page are asked for. */
const PAGE_ASSETS = "/dashboard/assets/";
const ROOT = join(import.meta.dir, "..");

/** The files of the dashboard by their names: `index.html`, and what it loads, whose names change with what is in them. */
export type PageFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

let page: Promise<PageFiles> | undefined;

/** The dashboard: bundled from its source, or in the executable the archive of that; once in a process. */
export function readPage(): Promise<PageFiles> {
  page ??= makePage().catch((error: unknown) => {
    page = undefined;
    throw error;
  });
  return page;
}

function makePage(): Promise<PageFiles> {
  return Bun.isStandaloneExecutable ? readArchive(join(import.meta.dir, PAGE_ARCHIVE)) : bundlePage(ROOT);
}

/** Bundles the page of the repository at `root`: a few scripts, one stylesheet, and the document that names them. */
async function bundlePage(root: string): Promise<PageFiles> {
  const naming = "[name]-[hash].[ext]";
  const { outputs } = await Bun.build({
    entrypoints: [join(root, "src/ui/index.html")],
    target: "browser",
    format: "esm",
    minify: true,
    // What the first view does not need is loaded when it is.
    splitting: true,
    publicPath: PAGE_ASSETS,
    naming: { entry: naming, chunk: naming, asset: naming },
    define: { PAGE_VERSION: JSON.stringify(VERSION), "process.env.NODE_ENV": '"production"' },
  });
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const output of outputs) {
    const name = output.path.replace(/^\.\//, "");
    files.set(name.endsWith(".html") ? "index.html" : name, new Uint8Array(await output.arrayBuffer()));
  }
  return files;
}

async function readArchive(path: string): Promise<PageFiles> {
  const files = await new Bun.Archive(await Bun.file(path).bytes()).files();
  return new Map(await Promise.all([...files].map(async ([name, file]) => [name, await file.bytes()] as const)));
}

/** Packs the page of the repository at `root` for the executable. */
export async function packPage(root: string): Promise<Uint8Array> {
  return new Bun.Archive(Object.fromEntries(await bundlePage(root)), { compress: "gzip" }).bytes();
}
