import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { CommandError, EXIT, usageError } from "#src/cli/exit.ts";
import { StackError } from "#src/scaffold/stacks.ts";

/** A stack error is a matter of usage. */
export function orUsage<Value>(resolve: () => Value): Value {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof StackError) throw usageError(error.message);
    throw error;
  }
}

/** The folder itself, where `dir` may be a link to it. */
export function requireFolder(dir: string): string {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return realpathSync(dir);
  throw new CommandError(`there is no folder ${dir}`, EXIT.notFound);
}

/** Fails when something stands at `target` that is no empty folder. */
export function requireFree(target: string): void {
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new CommandError(`${target} exists and is no folder`, EXIT.conflict);
  if (readdirSync(target).length === 0) return;
  throw new CommandError(
    `${target} is not empty: take another name, or run \`orchestrator init\` in it`,
    EXIT.conflict,
  );
}
