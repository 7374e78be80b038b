import { Command } from "commander";
import { type AddCommand, type Cli, examples } from "./cli.ts";
import { VARIABLES } from "./commands/serve.ts";

/** The program with these commands. It throws instead of exiting, and prints where it is told to. */
export function createProgram(cli: Cli, commands: readonly AddCommand[]): Command {
  const program = new Command("orchestrator");
  program
    .description("The one local process that knows every AI coding agent you run.")
    .usage("[command] [options]")
    .option("--version", "print the version")
    .option("--revision", "print the version and the commit it was built from")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: cli.terminal.stdout.write,
      writeErr: cli.terminal.stderr.write,
      getOutHelpWidth: () => Math.min(120, cli.terminal.stdout.columns()),
      // Errors are printed in one place, see run.ts.
      outputError: () => {},
    })
    .addHelpText(
      "after",
      `\nWithout a command it serves, as \`serve\` does: [--env-file FILE] and the variables\n${VARIABLES}.`,
    )
    .addHelpText(
      "after",
      "\nOther commands find the server by --url, or ORCHESTRATOR_URL; their token is ORCHESTRATOR_TOKEN.\n" +
        "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 not found, 4 conflict, 5 no server.",
    )
    .addHelpText(
      "after",
      examples("orchestrator", "orchestrator status --watch", "orchestrator tail --types agent,agent_log"),
    );
  for (const addCommand of commands) addCommand(program, cli);
  return program;
}
