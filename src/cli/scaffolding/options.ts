import { type Command, Option } from "commander";
import { portNumber } from "#src/cli/options.ts";
import { ARCHITECTURES, LANGUAGES } from "#src/scaffold/stacks.ts";

export type ScaffoldOptions = {
  readonly language?: string;
  readonly framework?: string;
  readonly packageManager?: string;
  readonly architecture?: string;
  readonly port?: number;
  readonly webUiPort?: number;
  readonly dir: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

/** Adds the options that `new` and `init` share. */
export function withScaffoldOptions(command: Command): Command {
  const offers = Object.values(LANGUAGES);
  const every = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())];
  return command
    .addOption(new Option("--language <language>", "of the project").choices(Object.keys(LANGUAGES)))
    .addOption(
      new Option("--framework <framework>", "default none").choices(every(offers.map(({ frameworks }) => frameworks))),
    )
    .addOption(
      new Option("--package-manager <name>", "default the usual one of the language").choices(
        every(offers.map(({ packageManagers }) => packageManagers)),
      ),
    )
    .addOption(new Option("--architecture <name>", "default simple").choices(ARCHITECTURES))
    .option("--port <port>", "where the project's orchestrator listens; default 8000", portNumber)
    .option("--web-ui-port <port>", "port of a front end under development; default 5173", portNumber)
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--yes", "do not ask")
    .option("--json", "print the plan as JSON");
}
