import { join } from "node:path";

/** The command line that runs this very program with these arguments, from source or as an executable. */
function ownProgram(...args: readonly string[]): string[] {
  return [process.execPath, ...(Bun.isStandaloneExecutable ? [] : [join(import.meta.dir, "../main.ts")]), ...args];
}

export type OwnRun = {
  readonly signal: AbortSignal;
  /** Gets each line that it prints, as it comes. */
  readonly onLine: (line: string) => void;
  /** Asked when the signal aborts: whether it may be killed at this moment. It may always, without. */
  readonly mayKill?: () => boolean;
};

/** How it ended: its exit code, or the signal that killed it, and what it wrote on stderr. */
export type OwnEnd = { readonly how: number | NodeJS.Signals; readonly complaint: string };

/**
 * Runs this program with these arguments in a process of its own, for work that would hold this thread. It is killed when
 * the signal aborts; null when that was so before it began.
 */
export async function runOwnProgram(args: readonly string[], run: OwnRun): Promise<OwnEnd | null> {
  const { signal, onLine, mayKill = () => true } = run;
  if (signal.aborted) return null;
  const child = Bun.spawn(ownProgram(...args), { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const stop = () => {
    if (mayKill()) child.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const complaint = new Response(child.stderr).text();
    for await (const line of linesOf(child.stdout)) onLine(line);
    const [code, text] = await Promise.all([child.exited, complaint]);
    return { how: child.signalCode ?? code, complaint: text.trim() };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
