import { constants } from "node:os";
import { CommandError } from "#src/cli/exit.ts";
import { outlivesTerminal } from "#src/cli/interrupt.ts";
import { type ChildOutput, openPipe, openTerminalOutput } from "./child-output.ts";

/** How a program ended. */
export type ProgramEnd = { readonly code: number; readonly signal: NodeJS.Signals | null };

/** Signals that are passed on; Ctrl+C and Ctrl+\ reach the child by themselves where there is a terminal. */
const PASSED = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
const OF_TERMINAL: ReadonlySet<string> = new Set(["SIGINT", "SIGQUIT"]);
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * Runs a program in our place: our input and errors are its own, what it writes is passed on as it comes.
 *
 * @param onOutput called with all that it writes; it must not keep it waiting
 */
export async function passThrough(
  command: readonly string[],
  onOutput: (bytes: Uint8Array) => void,
): Promise<ProgramEnd> {
  const output = openOutput();
  const child = spawn(command, output);
  output?.begin();
  const stop = passSignals(child);
  const exited = child.exited.then(() => output?.end());
  try {
    await pump(output, output === null ? (child.stdout as ReadableStream<Uint8Array>) : output.chunks(), onOutput);
    await exited;
  } finally {
    stop();
  }
  return { code: await child.exited, signal: child.signalCode as NodeJS.Signals | null };
}

function openOutput(): ChildOutput | null {
  const { stdout } = process;
  if (stdout.isTTY !== true) return openPipe();
  const screen = {
    columns: () => stdout.columns || 80,
    rows: () => stdout.rows || 24,
    onResize: (listener: () => void) => void stdout.on("resize", listener),
  };
  return openTerminalOutput(screen) ?? openPipe();
}

function spawn(command: readonly string[], output: ChildOutput | null) {
  try {
    return Bun.spawn(hardened(command), { stdin: "inherit", stdout: output?.fd ?? "pipe", stderr: "inherit" });
  } catch (error) {
    output?.close();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandError(`there is no command ${command[0]}`, NOT_FOUND);
    throw new CommandError(`${command[0]} cannot be run: ${message}`, NOT_EXECUTABLE);
  }
}

/** Bun gives a child the usual signals: one that is to outlive its terminal (`nohup`) must be told so again. */
function hardened(command: readonly string[]): string[] {
  const isLasting = process.platform === "linux" && outlivesTerminal();
  return isLasting ? ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", ...command] : [...command];
}

async function pump(
  output: ChildOutput | null,
  chunks: AsyncIterable<Uint8Array>,
  onOutput: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of chunks) {
    onOutput(chunk);
    if (await isWritten(chunk)) continue;
    // Whoever reads us has gone: the child is told so by its own next write.
    output?.close();
    return;
  }
}

function isWritten(chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(chunk, (error) => resolve(error === null || error === undefined));
  });
}

function passSignals(child: { kill(signal: NodeJS.Signals): void }): () => void {
  const { stdin, stdout, stderr } = process;
  const hasTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true);
  const listeners = PASSED.map((signal) => {
    const pass = () => {
      if (!hasTerminal || !OF_TERMINAL.has(signal)) child.kill(signal);
    };
    // To listen is to no longer ignore it.
    if (signal !== "SIGHUP" || !outlivesTerminal()) process.on(signal, pass);
    return { signal, pass };
  });
  return () => {
    for (const { signal, pass } of listeners) process.off(signal, pass);
  };
}

/** Signals by which a process may end itself without leaving a dump. */
const PLAIN: ReadonlySet<NodeJS.Signals> = new Set([
  "SIGTERM",
  "SIGHUP",
  "SIGINT",
  "SIGKILL",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
] as const);

/** As a shell tells it. */
export function exitCodeOf({ code, signal }: ProgramEnd): number {
  return signal === null ? code : 128 + constants.signals[signal];
}

/** Ends this process as the program ended, so that whoever waits for it sees the same. */
export async function endAs(end: ProgramEnd): Promise<void> {
  const { code, signal } = end;
  if (signal === null) {
    if (code === 0) return;
    throw new CommandError("", code);
  }
  if (PLAIN.has(signal)) {
    process.kill(process.pid, signal);
    // It comes at once, unless it is ignored.
    await Bun.sleep(1_000);
  }
  throw new CommandError("", exitCodeOf(end));
}
