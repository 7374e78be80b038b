import type { Command } from "commander";
import { PLACE, PlaceError, placeWhenTold } from "#src/scaffold/apply.ts";
import { type Cli, print } from "#src/cli/cli.ts";
import { CommandError, usageError } from "#src/cli/exit.ts";

/** `place STAGE TARGET`: the moves of `new` and `init`, in a process that outlives them. Tells a failure as JSON. */
export function addPlace(program: Command, cli: Cli): void {
  program
    .command(PLACE, { hidden: true })
    .argument("<stage>")
    .argument("<target>")
    .action(async (stage: string, target: string) => {
      const failure = await placeWhenTold(stage, target).catch((error: unknown) => {
        if (error instanceof PlaceError) throw usageError(error.message);
        throw error;
      });
      if (failure === null) return;
      print(cli, JSON.stringify({ code: failure.code, message: failure.message }));
      throw new CommandError("");
    });
}
