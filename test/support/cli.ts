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
  readonly rows?: number;
  readonly hasColor?: boolean;
  /** Ends a command that runs until it is told to stop. */
  readonly signal?: AbortSignal;
  /** Called with all that has been printed to stdout so far. */
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
  /** Resolves when the reader of stdout has taken what was printed. */
  readonly flush?: () => Promise<void>;
};

/** Runs a command in this process, with nothing of this process's own environment. Nobody answers questions. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliExit> {
  const { cli, printed } = testCli(options);
  const code = await runCommand(args, cli);
  return { code, ...printed };
}

/** What a command may use of a world that is made for a test, and what it printed there. */
export function testCli(options: CliOptions = {}): { readonly cli: Cli; readonly printed: Omit<CliExit, "code"> } {
  const { env = {}, now = Date.now, columns, rows = 24, hasColor = false, signal, flush = async () => {} } = options;
  const heard = { stdout: options.onStdout ?? (() => {}), stderr: options.onStderr ?? (() => {}) };
  const printed = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr", isTerminal: boolean): Output => ({
    write(text) {
      printed[name] += text;
      heard[name](printed[name]);
    },
    isTerminal,
    columns: () => columns ?? Number.POSITIVE_INFINITY,
    rows: () => (columns === undefined ? Number.POSITIVE_INFINITY : rows),
  });
  const cli: Cli = {
    terminal: {
      stdout: output("stdout", columns !== undefined),
      stderr: output("stderr", false),
      canRedraw: columns !== undefined,
      isInteractive: false,
      flush,
      outliveReaders: () => {},
    },
    paint: createPaint(hasColor),
    notePaint: createPaint(false),
    now,
    environment: () => env,
    interrupted: () => signal ?? new AbortController().signal,
  };
  return { cli, printed };
}

/** The same against the server at `url`. */
export function cliOf(url: string, options: CliOptions = {}): (...args: readonly string[]) => Promise<CliExit> {
  return (...args) => runCli(args, { ...options, env: { ORCHESTRATOR_URL: url, ...options.env } });
}
