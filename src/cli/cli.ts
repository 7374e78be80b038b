import type { Command } from "commander";
import { type Client, createClient } from "#src/client/client.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Environment } from "#src/platform/config.ts";
import { usageError } from "./exit.ts";
import { formatCount } from "./format.ts";
import type { Paint } from "./paint.ts";
import { readServerConfig } from "./project-config.ts";
import type { Terminal } from "./terminal.ts";
import { visibleJson } from "#src/domain/visible.ts";

/** What a command may use of the world. */
export type Cli = {
  readonly terminal: Terminal;
  readonly paint: Paint;
  /** The same for stderr, which may go elsewhere. */
  readonly notePaint: Paint;
  readonly now: Clock;
  /** The variables, with those of a file (`--env-file`) for what the environment does not set. */
  readonly environment: (envFile?: string) => Environment;
  /** Aborts when the user asks to stop (Ctrl+C); asked for by commands that run until then. */
  readonly interrupted: () => AbortSignal;
};

/** Adds one command to the program: its arguments, options, help and action. */
export type AddCommand = (program: Command, cli: Cli) => void;

/** Options of every command that asks a server. */
export type ServerOptions = { readonly url?: string; readonly envFile?: string; readonly json?: true };

/** Adds the options by which a command finds its server. */
export function withServer(command: Command, jsonPrints = "print the API's document"): Command {
  return command
    .option(
      "--url <url>",
      "address of the server; default ORCHESTRATOR_URL, then that of the project here or of `serve`",
    )
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--json", jsonPrints);
}

/** @param timeoutMs until a request that is not answered fails */
export function connect(cli: Cli, options: ServerOptions, timeoutMs?: number): Client {
  const config = readServerConfig(cli.environment(options.envFile), options.url);
  // It could not be sent. It is never printed.
  if (/[^!-~]/.test(config.token ?? "")) {
    throw usageError("ORCHESTRATOR_TOKEN holds what no token may: a blank, a line end or a letter beyond ASCII");
  }
  return createClient({ ...config, timeoutMs });
}

/** Prints lines to stdout. */
export function print(cli: Cli, lines: string | readonly string[]): void {
  const text = typeof lines === "string" ? lines : lines.join("\n");
  if (text !== "") cli.terminal.stdout.write(`${text}\n`);
}

/** Prints what is no result (hints, notices) to stderr. */
export function note(cli: Cli, text: string): void {
  cli.terminal.stderr.write(`${text}\n`);
}

/** Prints a document of the API as it came. */
export function printJson(cli: Cli, value: unknown): void {
  print(cli, visibleJson(value, 2));
}

/** Says that a list was cut off. */
export function noteMore(
  cli: Cli,
  { rows, cursor }: { readonly rows: readonly unknown[]; readonly cursor: unknown },
): void {
  if (cursor !== null) note(cli, `only the newest ${formatCount(rows.length)} are shown; --limit shows more`);
}

/** Help text with examples, one command line each. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}
