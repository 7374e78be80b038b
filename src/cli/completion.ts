import type { Argument, Command, Option } from "commander";
import { isValued, takesValue } from "./arguments.ts";

/** What may stand in place of the last of `words` (those behind the program's name): commands, options, their values. */
export function completionsOf(program: Command, words: readonly string[]): string[] {
  const [last = "", ...before] = withoutEquals(words).toReversed();
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(last) ?? [];
  if (name !== undefined) {
    return completionsOf(program, [...before.toReversed(), name, value!]).map((each) => `${name}=${each}`);
  }
  const { command, operands } = walk(program, before.toReversed());
  const option = command.options.find((each) => isValued(each) && isNamed(each, before[0]));
  if (option !== undefined) return valuesOf(option, last);
  return possible(command, operands, last).filter((candidate) => candidate.startsWith(last));
}

/** Bash hands over `--option=value` as three words. */
function withoutEquals(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (word !== "=" || !words[index - 1]?.startsWith("--")) return [word];
    return index === words.length - 1 ? [""] : [];
  });
}

/** The choices of an option; of a list separated by commas, what may stand behind the last comma. */
function valuesOf({ argChoices = [] }: Option, last: string): string[] {
  const done = last.slice(0, last.lastIndexOf(",") + 1);
  const given = done.split(",");
  return argChoices
    .filter((choice) => choice.startsWith(last.slice(done.length)) && !given.includes(choice))
    .map((choice) => done + choice);
}

/** Follows the words to the command they name; counts those that are neither command nor option. */
function walk(program: Command, words: readonly string[]): { command: Command; operands: number } {
  let command = program;
  let operands = 0;
  for (const [index, word] of words.entries()) {
    if (word.startsWith("-") || takesValue(program, words[index - 1] ?? "")) continue;
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (word !== "help" || command.commands.length === 0) operands += 1;
  }
  return { command, operands };
}

function possible(command: Command, operands: number, last: string): readonly string[] {
  const help = command.createHelp();
  if (last.startsWith("-")) return help.visibleOptions(command).map((option) => option.long ?? option.flags);
  const argument: Argument | undefined = command.registeredArguments[operands];
  const commands = operands === 0 ? help.visibleCommands(command).map((each) => each.name()) : [];
  return [...commands, ...(argument?.argChoices ?? [])];
}

function isNamed({ long, short }: Option, word: string | undefined): boolean {
  return word !== undefined && (word === long || word === short);
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

// Each asks the program itself: a new command or option needs no new script. Where it knows nothing, files are completed.
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_orchestrator() {
  local IFS=$'\\n'
  COMPREPLY=($(orchestrator complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _orchestrator orchestrator`,
  zsh: `#compdef orchestrator
_orchestrator() {
  local -a found
  found=("\${(@f)$(orchestrator complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( $#found )); then compadd -- $found; else _files; fi
}
if [[ $funcstack[1] == _orchestrator ]]; then
  _orchestrator
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _orchestrator orchestrator
fi`,
  fish: `function __orchestrator_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (orchestrator complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c orchestrator -f -a '(__orchestrator_complete)'`,
};

/** The script that a shell loads. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
