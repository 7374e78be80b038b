import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PlannedFile } from "./plan.ts";

export type ApplyOptions = {
  /** Called when all files are written aside, before the first is moved to its place. */
  readonly onStaged?: (folder: string) => void;
  /** Called after each move. */
  readonly onMoved?: (path: string) => void;
};

/** What is to be moved: whole folders where the target has none of that name, else single files. */
type Move = { readonly from: string; readonly to: string; readonly isFolder: boolean };

/**
 * Writes files below `target`, all or none. They are written aside first, in a folder of the same file system, and then
 * moved to their places: one move for a target that does not exist, one for each folder or file that is new in it. What
 * stands there is never replaced, also not when it comes to stand there meanwhile. Any failure takes the moves back.
 */
export function applyFiles(target: string, files: readonly PlannedFile[], options: ApplyOptions = {}): void {
  if (files.length === 0) return;
  const [first, ...others] = stagingPlaces(target);
  try {
    applyThrough(first!, target, files, options);
  } catch (error) {
    // Another file system after all (a bind mount): nothing has been moved yet.
    if ((error as NodeJS.ErrnoException).code !== "EXDEV" || others.length === 0) throw error;
    applyThrough(others.at(-1)!, target, files, options);
  }
}

/** Where to write aside: a process that is killed leaves its folder there, so the system's own place for that is best. */
function stagingPlaces(target: string): string[] {
  const home = existsSync(target) ? target : dirname(target);
  const isNear = statSync(tmpdir()).dev === statSync(home).dev;
  return isNear ? [tmpdir(), home] : [home];
}

function applyThrough(place: string, target: string, files: readonly PlannedFile[], options: ApplyOptions): void {
  const stage = mkdtempSync(join(place, ".orchestrator-"));
  const done: Move[] = [];
  try {
    const tree = join(stage, "tree");
    for (const file of files) stageFile(tree, file);
    options.onStaged?.(tree);
    for (const move of movesFor(tree, target)) {
      if (move.isFolder) moveFolder(move);
      else placeFile(move);
      done.push(move);
      options.onMoved?.(move.to);
    }
  } catch (error) {
    for (const { to } of done.toReversed()) rmSync(to, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function stageFile(tree: string, { path, content, mode }: PlannedFile): void {
  const staged = join(tree, path);
  mkdirSync(dirname(staged), { recursive: true });
  writeFileSync(staged, content, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
}

function movesFor(from: string, to: string): Move[] {
  const standing = lstatSync(to, { throwIfNoEntry: false });
  if (standing === undefined) return [{ from, to, isFolder: lstatSync(from).isDirectory() }];
  if (!standing.isDirectory()) throw new Error(`${to} stands in the way`);
  return readdirSync(from).flatMap((name) => movesFor(join(from, name), join(to, name)));
}

/** Fails when a folder with anything in it has come to stand there; an empty one is replaced. */
function moveFolder({ from, to }: Move): void {
  renameSync(from, to);
}

/** Fails when anything has come to stand there. */
function placeFile({ from, to }: Move): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // A file system without hard links.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
