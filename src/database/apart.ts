import { runOwnProgram } from "#src/platform/own-program.ts";
import type { BackupOrder, Copied, CopyStep, Restored } from "./copies.ts";
import { DatabaseUnusable } from "./unusable.ts";

/** The hidden commands that do the work: `COPY DATABASE PARTIAL TARGET [--force]`, `REPLACE BACKUP DATABASE PARTIAL`. */
export const COPY = "copy-database";
export const REPLACE = "replace-database";

/** What they print, one JSON document a line. */
export type Told<Result> = CopyStep | { readonly done: Result };

/** Backs a store up in a process of its own; see `backUpDatabase`. Null when the signal has ended it: nothing was placed. */
export function backUpApart(
  { path, partial, target, mayReplace }: BackupOrder,
  onStep: OnStep,
  signal: AbortSignal,
): Promise<Copied | "taken" | null> {
  return runApart([COPY, ...(mayReplace ? ["--force"] : []), path, partial, target], onStep, signal);
}

/** Replaces a store in a process of its own; see `restoreDatabase`. Null when the signal has ended it: nothing is replaced. */
export function replaceApart(
  from: string,
  path: string,
  partial: string,
  onStep: OnStep,
  signal: AbortSignal,
): Promise<Restored | null> {
  return runApart([REPLACE, from, path, partial], onStep, signal);
}

type OnStep = (step: CopyStep) => void;

/** Killed when the signal aborts, but not while it moves a copy to its place. Throws `DatabaseUnusable` with what it said. */
async function runApart<Result>(args: readonly string[], onStep: OnStep, signal: AbortSignal): Promise<Result | null> {
  let isPlacing = false;
  let result: Result | null = null;
  function onLine(line: string): void {
    const told = JSON.parse(line) as Told<Result>;
    if ("done" in told) {
      result = told.done;
      return;
    }
    isPlacing = told.step === "placing";
    onStep(told);
  }
  const end = await runOwnProgram(args, { signal, onLine, mayKill: () => !isPlacing });
  if (end === null || result !== null || signal.aborted) return result;
  throw new DatabaseUnusable(end.complaint || `the copy ended with ${end.how}`);
}
