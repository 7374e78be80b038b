import { existsSync } from "node:fs";
import type { Command } from "commander";
import { StoreBusy, StoreDamaged, StoreFull } from "#src/database/manager.ts";
import { rebuildTotals } from "#src/database/open.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { type Cli, examples, print, printJson } from "#src/cli/cli.ts";
import { databaseFile, type FileOptions } from "#src/cli/database-file.ts";
import { CommandError, EXIT } from "#src/cli/exit.ts";
import { formatCount } from "#src/cli/format.ts";

type Options = FileOptions & { readonly json?: true };

/** `rebuild`: the kept totals anew, from the rows. */
export function addRebuild(program: Command, cli: Cli): void {
  program
    .command("rebuild")
    .description("fill the totals of sessions and stats anew from the rows of the database")
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--database <file>", "in place of DATABASE_PATH, and of that of the project here")
    .option("--json", "print the numbers as JSON")
    .addHelpText(
      "after",
      "\nTotals are kept with every write, whoever writes: nobody needs this until a file was repaired or restored in" +
        "\nparts, or rows were written with its triggers off. Then it makes them right; otherwise it changes nothing. A" +
        "\nserver may run meanwhile: its writes wait, and what would wait for longer than 5 seconds is refused (503).",
    )
    .addHelpText("after", examples("orchestrator rebuild", "orchestrator rebuild --database ~/agents.db"))
    .action((options: Options) => rebuild(cli, options));
}

/** `fill` does the work: a file that is busy is waited for. */
export async function rebuild(cli: Cli, options: Options, fill = rebuildTotals): Promise<void> {
  const path = databaseFile(cli, options);
  if (!existsSync(path)) throw new CommandError(`there is no database at ${path}`, EXIT.notFound);
  const rebuilt = await fill(path).catch((error: unknown) => {
    throw faultOf(error, path);
  });
  if (options.json === true) return printJson(cli, rebuilt);
  print(
    cli,
    `${formatCount(rebuilt.totals)} totals rebuilt; ${formatCount(rebuilt.wrong)} ${rebuilt.wrong === 1 ? "was" : "were"} wrong`,
  );
}

function faultOf(error: unknown, path: string): unknown {
  if (error instanceof StoreBusy) return new CommandError(`another program keeps ${path} locked; try again`);
  if (error instanceof StoreDamaged) {
    return new CommandError(`cannot use the database ${path}: ${error.message}`);
  }
  if (error instanceof StoreFull || error instanceof DatabaseUnusable) return new CommandError(error.message);
  return error;
}
