import { writeSync } from "node:fs";

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
  /** Whether lines can be drawn over. A terminal that calls itself dumb knows no such sequences. */
  readonly canRedraw: boolean;
  /** Somebody sits there: questions may be asked. */
  readonly isInteractive: boolean;
  /** Resolves when all that was written has been taken. */
  flush(): Promise<void>;
  /** From now on nothing that happens to what is printed ends this process: who reads it may go before a server does. */
  outliveReaders(): void;
};

/**
 * The terminal of this process. What is written to a pipe is taken by and by: a process that exits before `flush` cuts it
 * off. A reader that has gone (`orchestrator logs | head`) ends the process quietly, a full disk does not.
 *
 * @param isDumb whether `TERM` says so
 */
export function processTerminal(isDumb: boolean): Terminal {
  const pending = new Set<Promise<void>>();
  let isOutliving = false;
  const fail = (error: NodeJS.ErrnoException): void => {
    if (!isOutliving) endWith(error);
  };
  const output = (stream: NodeJS.WriteStream): Output => {
    stream.on("error", fail);
    return {
      write(text) {
        if (text === "") return;
        const written = new Promise<void>((resolve) => {
          stream.write(text, (error) => {
            if (error) fail(error);
            resolve();
          });
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
    canRedraw: stdout.isTerminal && !isDumb,
    isInteractive: stdout.isTerminal && process.stdin.isTTY === true && !isDumb,
    async flush() {
      await Promise.all(pending);
    },
    outliveReaders() {
      isOutliving = true;
    },
  };
}

function endWith(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") process.exit(0);
  try {
    writeSync(process.stderr.fd, `the output cannot be written: ${error.message}\n`);
  } finally {
    process.exit(1);
  }
}
