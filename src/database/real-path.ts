import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** More links after another than any system follows. */
const MOST_LINKS = 40;

/**
 * Where a file itself lies, or would be made, whatever links lead to it: what belongs to it stands beside that. A path that is
 * no link stays as it is.
 */
export function realPath(path: string): string {
  let found = path;
  for (let links = 0; links < MOST_LINKS && isLink(found); links += 1) {
    if (existsSync(found)) return realpathSync(found);
    found = resolve(realpathSync(dirname(found)), readlinkSync(found));
  }
  return found;
}

/** Whether a path is a link, which may lead to nothing. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
