import { lstatSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Standing } from "./plan.ts";

/** Looks what stands at paths below a root. Links are not followed: they could lead out of it. */
export function standingBelow(root: string): (path: string) => Standing {
  const folders = new Map<string, "folder" | "nothing" | "blocked">();

  function folderAt(path: string): "folder" | "nothing" | "blocked" {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const stats = statOf(join(root, path));
    const found = stats === null ? "nothing" : stats.isDirectory() ? "folder" : "blocked";
    folders.set(path, found);
    return found;
  }

  return (path) => {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join("/");
      const found = folderAt(folder);
      if (found === "nothing") return { kind: "nothing" };
      if (found === "blocked") return { kind: "blocked", by: folder };
    }
    const stats = statOf(join(root, path));
    if (stats === null) return { kind: "nothing" };
    if (stats.isFile()) return readFile(join(root, path));
    return { kind: "other", what: stats.isDirectory() ? "a folder" : stats.isSymbolicLink() ? "a link" : "no file" };
  };
}

function statOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function readFile(path: string): Standing {
  try {
    return { kind: "file", content: readFileSync(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES")
      return { kind: "other", what: "a file that cannot be read" };
    throw error;
  }
}
