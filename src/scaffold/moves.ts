import { constants, copyFileSync, linkSync, lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What is to be moved: whole folders where the target has none of that name, else single files. */
type Move = { readonly from: string; readonly to: string; readonly isFolder: boolean };

/**
 * Moves everything in `tree` to its place at or below `target`, all or nothing: one move for a target that does not exist,
 * one for each folder or file that is new in it. Nothing that stands there is replaced, also not when it came to stand
 * there a moment ago. A failure takes back what was moved, and is thrown. What was cut off half-way goes on when called
 * again.
 *
 * @param link in place of the file system's hard links
 */
export function moveInto(tree: string, target: string, link: typeof linkSync = linkSync): void {
  const done: Move[] = [];
  try {
    for (const move of movesFor(tree, target)) {
      if (move.isFolder) moveFolder(move);
      else placeFile(move, link);
      done.push(move);
    }
  } catch (error) {
    for (const { to } of done.toReversed()) rmSync(to, { recursive: true, force: true });
    throw error;
  }
}

function movesFor(from: string, to: string): Move[] {
  const isFolder = lstatSync(from).isDirectory();
  const standing = lstatSync(to, { throwIfNoEntry: false });
  // A link could lead elsewhere: that move fails.
  if (standing === undefined || !isFolder || !standing.isDirectory()) return [{ from, to, isFolder }];
  return readdirSync(from).flatMap((name) => movesFor(join(from, name), join(to, name)));
}

/** Fails when a folder with anything in it has come to stand there; an empty one is replaced. */
function moveFolder({ from, to }: Move): void {
  renameSync(from, to);
}

const NO_LINKS = /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/;

/** Fails when anything has come to stand there. */
function placeFile({ from, to }: Move, link: typeof linkSync): void {
  try {
    link(from, to);
  } catch (error) {
    // Placed already, by a process that was cut off.
    if (isSameFile(from, to)) return;
    if (!NO_LINKS.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    copyFile(from, to);
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return second !== undefined && first!.ino === second.ino && first!.dev === second.dev;
}

/** For file systems without hard links. A copy that fails leaves nothing. */
function copyFile(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(to, { force: true });
    throw error;
  }
}
