import type { Command } from "commander";
import { type Cli, print } from "#src/cli/cli.ts";
import { CommandError } from "#src/cli/exit.ts";
import { checkDatabase } from "#src/database/open.ts";

/** `check FILE` (named in `upkeep/check.ts`): what is wrong with a file, for the server, which starts it as a process of its own. */
export function addCheck(program: Command, cli: Cli): void {
  program
    .command("check", { hidden: true })
    .argument("<file>")
    .action((file: string) => {
      try {
        print(cli, JSON.stringify(checkDatabase(file)));
      } catch (error) {
        throw new CommandError(`cannot check ${file}: ${(error as Error).message}`);
      }
    });
}
