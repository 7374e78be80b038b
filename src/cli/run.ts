import { CommanderError } from "commander";
import { COMMIT, VERSION } from "#src/assets.ts";
import { systemClock } from "#src/platform/clock.ts";
import { ConfigError, readEnvironment, wantsColor } from "#src/platform/config.ts";
import { argumentFault, arrange } from "./arguments.ts";
import type { AddCommand, Cli } from "./cli.ts";
import { addServe } from "./commands/serve.ts";
import { EXIT, explain, usageError } from "./exit.ts";
import { interruptSignal } from "./interrupt.ts";
import { createPaint } from "./paint.ts";
import { createProgram } from "./program.ts";
import { type Output, processTerminal } from "./terminal.ts";
import { visible } from "#src/domain/visible.ts";

/** Runs the command line of this process; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const terminal = processTerminal(readEnvironment()["TERM"] === "dumb");
  const paintOf = ({ isTerminal }: Output) => createPaint(wantsColor(readEnvironment(), isTerminal));
  let signal: AbortSignal | undefined;
  return runCommand(args, {
    terminal,
    paint: paintOf(terminal.stdout),
    notePaint: paintOf(terminal.stderr),
    now: systemClock,
    environment: readEnvironment,
    interrupted: () => (signal ??= interruptSignal()),
  });
}

/** Runs one command; errors that a person can do something about are told on stderr, one line each. */
export async function runCommand(args: readonly string[], cli: Cli): Promise<number> {
  const code = await outcome(args, cli);
  await cli.terminal.flush();
  return code;
}

async function outcome(args: readonly string[], cli: Cli): Promise<number> {
  const [first] = args;
  if (args.length === 1 && (first === "--version" || first === "--revision")) {
    const revision = first === "--revision" && COMMIT !== null ? `+${COMMIT}` : "";
    cli.terminal.stdout.write(`${VERSION}${revision}\n`);
    return EXIT.ok;
  }
  const program = createProgram(cli, await commandsFor(args));
  let command = program;
  try {
    const arranged = arrange(args, program);
    command = arranged.command;
    await program.parseAsync(arranged.args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error, cli);
    // Help was asked for and has been printed.
    if (error.exitCode === 0) return EXIT.ok;
    return tell(usageError(argumentFault(error, command)), cli);
  }
}

/** A server starts without the modules of the other commands. */
async function commandsFor([first]: readonly string[]): Promise<readonly AddCommand[]> {
  if (first === undefined || first === "serve") return [addServe];
  return (await import("./commands.ts")).COMMANDS;
}

function tell(error: unknown, { terminal, notePaint: paint }: Cli): number {
  if (error instanceof ConfigError) {
    for (const line of error.lines) terminal.stderr.write(`${paint.red(visible(line))}\n`);
    return EXIT.usage;
  }
  const explained = explain(error);
  if (explained === null) throw error;
  if (explained.message !== "") terminal.stderr.write(`${paint.red(visible(explained.message))}\n`);
  return explained.code;
}
