import { ownProgram } from "#src/platform/own-program.ts";
import type { Copied, CopyStep, Restored } from "./copies.ts";
import { DatabaseUnusable } from "./unusable.ts";

/** The hidden commands that do the work: `COPY DATABASE PARTIAL`, `REPLACE BACKUP DATABASE PARTIAL`. */
export const COPY = "copy-database";
export const REPLACE = "replace-database";

/** What they print, one JSON document a line. */
export type Told<Result> = CopyStep | { readonly done: Result };

/** Copies a store in a process of its own; see `copyDatabase`. Null when the signal has ended it. */
export function copyApart(path: string, partial: string, onStep: OnStep, signal: AbortSignal): Promise<Copied | null> {
  return runApart<Copied>([COPY, path, partial], onStep, signal);
}

/** Replaces a store in a process of its own; see `restoreDatabase`. Null when the signal has ended it: nothing is replaced. */
export function replaceApart(
  from: string,
  path: string,
  partial: string,
  onStep: OnStep,
  signal: AbortSignal,
): Promise<Restored | null> {
  return runApart<Restored>([REPLACE, from, path, partial], onStep, signal);
}

type OnStep = (step: CopyStep) => void;

/** Killed when the signal aborts, but not while it moves a copy to its place. Throws `DatabaseUnusable` with what it said. */
async function runApart<Result>(args: readonly string[], onStep: OnStep, signal: AbortSignal): Promise<Result | null> {
  if (signal.aborted) return null;
  const child = Bun.spawn(ownProgram(...args), { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let isPlacing = false;
  let result: Result | null = null;
  const stop = () => {
    if (!isPlacing) child.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const complaint = child.stderr.text();
    for await (const line of linesOf(child.stdout)) {
      const told = JSON.parse(line) as Told<Result>;
      if ("done" in told) {
        result = told.done;
        continue;
      }
      isPlacing = told.step === "placing";
      onStep(told);
    }
    const [code, text] = await Promise.all([child.exited, complaint]);
    if (result !== null || signal.aborted) return result;
    throw new DatabaseUnusable(text.trim() || `the copy ended with ${child.signalCode ?? code}`);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
