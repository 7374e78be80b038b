import type { Argument, Command, Option } from "commander";

/** What may stand in place of the last of `words` (those behind the program's name): commands, options, their values. */
export function completionsOf(program: Command, words: readonly string[]): string[] {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { command, operands } = walk(program, before);
  const awaited = command.options.find((option) => takesValue(option) && isNamed(option, before.at(-1)));
  const candidates = awaited === undefined ? possible(command, operands, last) : (awaited.argChoices ?? []);
  return candidates.filter((candidate) => candidate.startsWith(last));
}

/** Follows the words to the command they name; counts those that are neither command nor option. */
function walk(program: Command, words: readonly string[]): { command: Command; operands: number } {
  let command = program;
  let operands = 0;
  for (const [index, word] of words.entries()) {
    const isValue = command.options.some((option) => takesValue(option) && isNamed(option, words[index - 1]));
    if (word.startsWith("-") || isValue) continue;
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) operands += 1;
    else command = next;
  }
  return { command, operands };
}

function possible(command: Command, operands: number, last: string): readonly string[] {
  if (last.startsWith("-"))
    return command
      .createHelp()
      .visibleOptions(command)
      .map((option) => option.long ?? option.flags);
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
  const argument: Argument | undefined = command.registeredArguments[operands];
  return [...commands, ...(argument?.argChoices ?? [])];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function isNamed(option: Option, word: string | undefined): boolean {
  return word !== undefined && (word === option.long || word === option.short);
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
compdef _orchestrator orchestrator`,
  fish: `function __orchestrator_complete
  set -l words (commandline -opc)
  orchestrator complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c orchestrator -a '(__orchestrator_complete)'`,
};

/** The script that a shell loads. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
