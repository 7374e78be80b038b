import type { Command } from "commander";
import { type Cli, print } from "#src/cli/cli.ts";
import { CommandError } from "#src/cli/exit.ts";
import { measureDatabase } from "#src/database/open.ts";

/** `measure FILE` (named in `upkeep/measurement.ts`): bytes by table, for the server, which starts it in a process of its own. */
export function addMeasure(program: Command, cli: Cli): void {
  program
    .command("measure", { hidden: true })
    .argument("<file>")
    .action((file: string) => {
      try {
        print(cli, JSON.stringify(measureDatabase(file)));
      } catch (error) {
        throw new CommandError(`cannot measure ${file}: ${(error as Error).message}`);
      }
    });
}
