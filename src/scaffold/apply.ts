import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { moveInto } from "./moves.ts";
import type { PlannedFile } from "./plan.ts";

/** The hidden command that moves what was written aside: `place STAGE TARGET`, see `placeWhenTold`. */
export const PLACE = "place";
/** What the other process is told when all is written. */
const GO = "go";
/** Within the folder in which files are written aside: they, and what tells it from any other folder. */
const TREE = "tree";
const MARK = "orchestrator-stage";
const STAGE_NAME = /^\.orchestrator-\w{6}$/;

/** The error of a file system, as the other process told it. */
export class PlaceError extends Error {
  override readonly name = "PlaceError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Writes files below `target`, all or none, whatever fails and whenever this process is killed. They are written aside
 * first, in a folder of the same file system. A second process, which no signal to this one reaches, waits until all are
 * there, and then moves them to their places within a moment; when this one ends before, it removes what was written.
 * `prepare` may still change what was written aside.
 */
export async function applyFiles(
  target: string,
  files: readonly PlannedFile[],
  prepare: (tree: string) => void = () => {},
): Promise<void> {
  const [first, ...others] = stagingPlaces(target);
  try {
    await applyThrough(first!, target, files, prepare);
  } catch (error) {
    // Another file system after all (a bind mount): nothing has been moved.
    if (!(error instanceof PlaceError && error.code === "EXDEV") || others.length === 0) throw error;
    await applyThrough(others[0]!, target, files, prepare);
  }
}

/** Where to write aside: the system's own place for that, where it is on the same device. */
function stagingPlaces(target: string): string[] {
  const home = existsSync(target) ? target : dirname(target);
  const isNear = statSync(tmpdir(), { throwIfNoEntry: false })?.dev === statSync(home).dev;
  return isNear ? [tmpdir(), home] : [home];
}

async function applyThrough(
  place: string,
  target: string,
  files: readonly PlannedFile[],
  prepare: (tree: string) => void,
): Promise<void> {
  const stage = join(place, `.orchestrator-${randomBytes(3).toString("hex")}`);
  // Before there is anything to remove: from here on, whenever this process is killed, somebody is there to remove it.
  await using mover = startMover(stage, target);
  mkdirSync(stage, { mode: 0o700 });
  try {
    writeFileSync(join(stage, MARK), "");
    const tree = join(stage, TREE);
    const made = new Set<string>();
    for (const file of files) stageFile(tree, file, made);
    prepare(tree);
    await mover.move();
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** @param made folders that stand already: there are far more files than folders */
function stageFile(tree: string, { path, content, mode }: PlannedFile, made: Set<string>): void {
  const staged = join(tree, path);
  const folder = dirname(staged);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  writeFileSync(staged, content, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
}

type Mover = AsyncDisposable & { move(): Promise<void> };

function startMover(stage: string, target: string): Mover {
  const program = Bun.isStandaloneExecutable ? [] : [join(import.meta.dir, "../main.ts")];
  const child = Bun.spawn([process.execPath, ...program, PLACE, stage, target], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    // A session of its own: Ctrl+C goes to every process of a terminal.
    detached: true,
  });
  async function tell(word: string): Promise<void> {
    try {
      child.stdin.write(word);
      await child.stdin.end();
    } catch (error) {
      // It is gone: seen by how it ended.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    }
  }

  return {
    async move() {
      await tell(GO);
      const told = await child.stdout.text();
      if ((await child.exited) === 0) return;
      // It was killed: what it began is finished here, or taken back.
      if (told === "") return moveInto(join(stage, TREE), target);
      const { code, message } = JSON.parse(told) as { code: string; message: string };
      throw new PlaceError(code, message);
    },
    async [Symbol.asyncDispose]() {
      await tell("");
      await child.exited;
    },
  };
}

/**
 * The second process: waits for the word of the first, on stdin, and then moves. When the first ends without it, nothing
 * is moved. Either way what was written aside is gone in the end. Returns the error of the file system, null when done.
 * Throws, with nothing touched, when `stage` is no folder that `applyFiles` made.
 */
export async function placeWhenTold(stage: string, target: string): Promise<PlaceError | null> {
  if (!STAGE_NAME.test(basename(stage))) throw new PlaceError("EINVAL", NO_STAGE);
  const word = await Bun.stdin.text();
  if (!existsSync(join(stage, MARK))) return withoutMark(stage);
  try {
    if (word === GO) moveInto(join(stage, TREE), target);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return new PlaceError(code, message);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The first process was gone before its folder had a mark, or had made it: an empty one may go, any other is not ours. */
function withoutMark(stage: string): null {
  if (!existsSync(stage)) return null;
  try {
    rmdirSync(stage);
    return null;
  } catch (error) {
    throw new PlaceError("EINVAL", NO_STAGE, { cause: error });
  }
}

const NO_STAGE = "not a folder in which files were written aside: `new` and `init` call this, not people";
