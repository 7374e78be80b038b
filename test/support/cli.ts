import { runCommand } from "#src/cli/run.ts";
import { createPaint } from "#src/cli/paint.ts";
import type { Cli } from "#src/cli/cli.ts";
import type { Output } from "#src/cli/terminal.ts";

export type CliExit = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  /** Columns of a terminal; without, stdout is a pipe. */
  readonly columns?: number;
  readonly hasColor?: boolean;
  /** Ends a command that runs until it is told to stop. */
  readonly signal?: AbortSignal;
  /** Called with all that has been printed to stdout so far. */
  readonly onStdout?: (text: string) => void;
};

/** Runs a command in this process, with nothing of this process's own environment. Nobody answers questions. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliExit> {
  const { env = {}, now = Date.now, columns, hasColor = false, signal, onStdout = () => {} } = options;
  const printed = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr", isTerminal: boolean): Output => ({
    write(text) {
      printed[name] += text;
      if (name === "stdout") onStdout(printed.stdout);
    },
    isTerminal,
    columns: () => columns ?? Number.POSITIVE_INFINITY,
    rows: () => (columns === undefined ? Number.POSITIVE_INFINITY : 24),
  });
  const cli: Cli = {
    terminal: {
      stdout: output("stdout", columns !== undefined),
      stderr: output("stderr", false),
      isInteractive: false,
      flush: async () => {},
    },
    paint: createPaint(hasColor),
    notePaint: createPaint(false),
    now,
    environment: () => env,
    interrupted: () => signal ?? new AbortController().signal,
  };
  const code = await runCommand(args, cli);
  return { code, ...printed };
}
