import { writeSync } from "node:fs";
import type { Command } from "commander";
import type { Cli } from "#src/cli/cli.ts";
import { CommandError } from "#src/cli/exit.ts";
import { COPY, REPLACE, type Told } from "#src/database/apart.ts";
import type { Copied, Restored } from "#src/database/copies.ts";
import { StoreBusy, StoreFull } from "#src/database/manager.ts";
import { backUpDatabase, restoreDatabase } from "#src/database/open.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";

/**
 * `copy-database` and `replace-database`: the work of `backup` and `restore`, which start them as processes of their own.
 * They print steps and result as lines of JSON.
 */
export function addCopy(program: Command, cli: Cli): void {
  program
    .command(COPY, { hidden: true })
    .argument("<database>")
    .argument("<partial>")
    .argument("<target>")
    .option("--force")
    .action((path: string, partial: string, target: string, { force: mayReplace = false }: { force?: boolean }) =>
      work((tell) => backUpDatabase({ path, partial, target, mayReplace }, tell)),
    );
  program
    .command(REPLACE, { hidden: true })
    .argument("<from>")
    .argument("<database>")
    .argument("<partial>")
    .action((from: string, path: string, partial: string) =>
      work((tell) => restoreDatabase({ from, path, partial, nowMillis: cli.now() }, tell)),
    );
}

type Result = Copied | "taken" | Restored;

async function work(run: (tell: (told: Told<Result>) => void) => Result): Promise<void> {
  // Ctrl+C, and the end of a terminal, reach all that run in it: it is for the command that started this one to end it.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  // At once, in the midst of work that gives nothing else a turn; it fails when nobody is there any more to be told.
  const tell = (told: Told<Result>) => void writeSync(process.stdout.fd, `${JSON.stringify(told)}\n`);
  try {
    tell({ done: run(tell) });
  } catch (error) {
    const isKnown = error instanceof DatabaseUnusable || error instanceof StoreFull || error instanceof StoreBusy;
    throw isKnown ? new CommandError(error.message) : error;
  }
}
