import type { Cli } from "./cli.ts";
import { CommandError, EXIT, usageError } from "./exit.ts";

// Loaded when the first question is asked: most commands ask none.
const clack = () => import("@clack/prompts");

/** Asks for a text; where nobody sits there, says which flag gives it. */
export async function askText(
  cli: Cli,
  message: string,
  flag: string,
  faultOf: (text: string) => string | null = () => null,
  placeholder = "",
): Promise<string> {
  if (!cli.terminal.isInteractive) throw usageError(`${flag} is missing`);
  const { text } = await clack();
  const validate = (value: string | undefined) =>
    value === undefined || value === "" ? "It must not be empty." : (faultOf(value) ?? undefined);
  return answered(await text({ message, placeholder, validate }));
}

/** Asks for one of several; where nobody sits there, says which flag gives it. */
export async function askChoice(
  cli: Cli,
  message: string,
  flag: string,
  choices: readonly string[],
  initial?: string,
): Promise<string> {
  if (!cli.terminal.isInteractive) throw usageError(`${flag} is missing: ${choices.join(", ")}`);
  const { select } = await clack();
  const options = choices.map((value) => ({ value, label: value }));
  return answered(await select({ message, options, ...(initial === undefined ? {} : { initialValue: initial }) }));
}

/** Asks whether to go on, where somebody sits there; a no ends the command. */
export async function confirm(cli: Cli, message: string): Promise<void> {
  if (!cli.terminal.isInteractive) return;
  const prompts = await clack();
  if (!answered(await prompts.confirm({ message, initialValue: false }))) throw cancelled();
}

function answered<Value>(value: Value): Exclude<Value, symbol> {
  if (typeof value === "symbol") throw cancelled();
  return value as Exclude<Value, symbol>;
}

function cancelled(): CommandError {
  return new CommandError("cancelled, nothing was changed", EXIT.interrupted);
}
