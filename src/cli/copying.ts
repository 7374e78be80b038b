import { statSync } from "node:fs";
import { type Copied, type CopyStep, rowsOf } from "#src/database/copies.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { megabytes } from "#src/platform/megabytes.ts";
import type { Cli } from "./cli.ts";
import { CommandError } from "./exit.ts";
import { formatCount } from "./format.ts";
import { createScreen } from "./screen.ts";

const REDRAW_MS = 200;

/** Shows on a terminal how far a copy is; anywhere else nothing. */
export type CopyingScreen = Disposable & { readonly onStep: (step: CopyStep) => void };

export function showCopying(cli: Cli, partial: string, isWanted: boolean): CopyingScreen {
  if (!isWanted || !cli.terminal.canRedraw) return { onStep() {}, [Symbol.dispose]() {} };
  let now: CopyStep | undefined;
  const screen = createScreen(cli, {
    draw: () => (now === undefined ? [] : [lineOf(now, partial)]),
    isLive: true,
    pauseMs: 0,
  });
  const timer = setInterval(() => screen.redraw(), REDRAW_MS);
  return {
    onStep(step) {
      now = step;
      screen.redraw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      screen.close();
    },
  };
}

function lineOf(step: CopyStep, partial: string): string {
  if (step.step === "checking") return "checking the copy";
  if (step.step === "placing") return "moving it to its place";
  const written = statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  return `copying: ${megabytes(written)} of about ${megabytes(step.bytes)}`;
}

/** A copy in a few words. */
export function copyFacts(copied: Copied): string {
  const { bytes, headSeq, orphans } = copied;
  const parts = [megabytes(bytes), `${formatCount(rowsOf(copied))} rows`];
  if (headSeq !== null) parts.push(`feed up to ${headSeq}`);
  if (orphans > 0) parts.push(`${formatCount(orphans)} of them refer to rows that are not there`);
  return parts.join(", ");
}

/** The same as JSON. */
export function copyDocument(copied: Copied): object {
  const { bytes, headSeq, schema, orphans, tables } = copied;
  return { bytes, rows: rowsOf(copied), head_seq: headSeq, schema, orphans, tables };
}

/** A fault of a copy as a command tells it: what the process that copies has said, or what the system has. */
export function copyFault(error: unknown): unknown {
  if (error instanceof DatabaseUnusable) return new CommandError(error.message);
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return new CommandError(`the copy cannot be made: ${message}`);
}
