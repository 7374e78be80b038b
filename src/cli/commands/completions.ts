import { Argument, type Command } from "commander";
import { type Cli, examples, print } from "#src/cli/cli.ts";
import { completionScript, completionsOf, type Shell, SHELLS } from "#src/cli/completion.ts";

/** `completions`: the script by which a shell completes commands, options and values; it asks `complete`. */
export function addCompletions(program: Command, cli: Cli): void {
  program
    .command("completions")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText(
      "after",
      examples(
        'eval "$(orchestrator completions bash)"                                  # in ~/.bashrc',
        'eval "$(orchestrator completions zsh)"                                   # in ~/.zshrc',
        "orchestrator completions fish > ~/.config/fish/completions/orchestrator.fish",
      ),
    )
    .action((shell: Shell) => print(cli, completionScript(shell)));

  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) => print(cli, completionsOf(program, words)));
}
