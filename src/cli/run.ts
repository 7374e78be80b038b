import { type Command, CommanderError } from "commander";
import { COMMIT, VERSION } from "#src/assets.ts";
import { systemClock } from "#src/platform/clock.ts";
import { ConfigError, readEnvironment, wantsColor } from "#src/platform/config.ts";
import type { Cli } from "./cli.ts";
import { EXIT, explain } from "./exit.ts";
import { interruptSignal } from "./interrupt.ts";
import { createPaint } from "./paint.ts";
import { createProgram } from "./program.ts";
import { type Output, processTerminal } from "./terminal.ts";
import { visible } from "./visible.ts";

/** Runs the command line of this process; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
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
  const program = createProgram(cli);
  try {
    const named = withCommand(args, program);
    refuseGroupAlone(named, program);
    await program.parseAsync(named, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    // Help was asked for and has been printed.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    return tell(error, cli);
  }
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

/** Options may stand before the command; without a command it is `serve`. */
function withCommand(args: readonly string[], program: Command): readonly string[] {
  const [first] = args;
  if (first === undefined) return ["serve"];
  if (!first.startsWith("-") || first === "-h" || first === "--help") return args;
  const names = new Set(program.commands.map((command) => command.name()));
  const place = args.findIndex((arg) => names.has(arg));
  if (place === -1) return ["serve", ...args];
  return [args[place]!, ...args.slice(0, place), ...args.slice(place + 1)];
}

function refuseGroupAlone(args: readonly string[], program: Command): void {
  const group = program.commands.find((command) => command.name() === args[0]);
  if (group === undefined || group.commands.length === 0 || args.length > 1) return;
  const names = group.commands.map((command) => command.name()).join(", ");
  throw new CommanderError(EXIT.usage, "orchestrator.noSubcommand", `${group.name()} needs one of: ${names}`);
}
