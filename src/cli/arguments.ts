import type { Command, CommanderError, Option } from "commander";
import { usageError } from "./exit.ts";

/** What was typed: the command it names, and the words as the parser takes them. */
export type Arguments = { readonly command: Command; readonly args: readonly string[] };

/**
 * Puts options that stand before the command behind it; `help NAME` is `NAME --help`; without a command it is `serve`.
 * What does not exist stays, for the parser to refuse.
 */
export function arrange(words: readonly string[], program: Command): Arguments {
  let command = program;
  let isHelp = false;
  const path: string[] = [];
  const others: string[] = [];
  let index = 0;
  for (; index < words.length && command.commands.length > 0; index += 1) {
    const word = words[index]!;
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) {
      path.push(word);
      command = next;
    } else if (word === "help" || word === "--help" || word === "-h") {
      isHelp = true;
    } else if (word.startsWith("-")) {
      others.push(word);
      // What follows is no command, even when it is the name of one.
      if (takesValue(program, word) && index + 1 < words.length) others.push(words[(index += 1)]!);
    } else {
      return { command, args: [...path, word] };
    }
  }
  others.push(...words.slice(index));
  if (isHelp) return { command, args: [...path, "--help"] };
  if (path.length === 0) return arrange(["serve", ...others], program);
  if (command.commands.length > 0) {
    const names = command.commands.map((each) => each.name()).join(", ");
    throw usageError(`${nameOf(command)} needs one of: ${names}`);
  }
  return { command, args: [...path, ...others] };
}

/** Whether a word is an option, of any command, that takes the word behind it. */
export function takesValue(program: Command, word: string): boolean {
  return everyOption(program).some((option) => isValued(option) && (word === option.long || word === option.short));
}

/** Whether an option takes a value. */
export function isValued({ required, optional }: Option): boolean {
  return required || optional;
}

function everyOption(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(everyOption)];
}

/** Says in one line what is wrong with the arguments of a command. */
export function argumentFault({ message }: CommanderError, command: Command): string {
  const line = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  if (line.includes("Did you mean")) return line;
  const [, option, held, argument, allowed] = WRONG_VALUE.exec(line) ?? [];
  if (held === undefined) return `${line.replace(/\.$/, "")} (see \`${nameOf(command)} --help\`)`;
  const may = allowed!
    .replace(/^Allowed choices are /, "it may be ")
    .replace(/^I/, "i")
    .replace(/\.$/, "");
  return `${option ?? `<${argument}>`} holds ${JSON.stringify(held)}; ${may}`;
}

/** How the parser says that an option or argument may not hold what it holds. */
const WRONG_VALUE =
  /^(?:option '(?:-\w, )?(--\S+)[^']*' argument|command-argument value) '(.*)' is invalid(?: for argument '(.*?)')?\. (.*)$/;

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
