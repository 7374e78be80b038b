/** Where a command prints to. */
export type Output = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Width of the terminal; a pipe has none and cuts nothing. */
  readonly columns: () => number;
  readonly rows: () => number;
};

/** The world of a command: where it prints, whether somebody answers questions, and what it was told by variables. */
export type Terminal = {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Somebody sits there: questions may be asked. */
  readonly isInteractive: boolean;
  /** Resolves when all that was written has been taken. */
  flush(): Promise<void>;
};

/**
 * The terminal of this process. What is written to a pipe is taken by and by: a process that exits before `flush` cuts it
 * off. A reader that has gone (`orchestrator logs | head`) ends the process quietly.
 */
export function processTerminal(): Terminal {
  const pending = new Set<Promise<void>>();
  const output = (stream: NodeJS.WriteStream): Output => {
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
    return {
      write(text) {
        if (text === "") return;
        const written = new Promise<void>((resolve) => {
          stream.write(text, () => resolve());
        }).finally(() => pending.delete(written));
        pending.add(written);
      },
      isTerminal: stream.isTTY === true,
      columns: () => (stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY),
      rows: () => (stream.isTTY === true ? stream.rows || 24 : Number.POSITIVE_INFINITY),
    };
  };
  const stdout = output(process.stdout);
  return {
    stdout,
    stderr: output(process.stderr),
    isInteractive: stdout.isTerminal && process.stdin.isTTY === true,
    async flush() {
      await Promise.all(pending);
    },
  };
}
