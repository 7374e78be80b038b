import { join } from "node:path";

/** The entry of the program. */
export const MAIN = join(import.meta.dir, "../../src/main.ts");
/** A program that hangs is killed after this; what waits for it then fails. */
const DEADLINE_MS = 25_000;

export type Exit = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The program itself, in a process of its own. */
export type Program = AsyncDisposable & {
  /** Its address, once it has printed it; rejects with its stderr when it ends before. */
  readonly url: Promise<string>;
  /** What it has printed to stdout so far. */
  printed(): string;
  /** How it ended, and all that it printed. */
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
};

/** Starts the program in a folder, with these variables only (and the PATH). @param deadlineMs when it counts as hanging */
export function startProgram(
  cwd: string,
  environment: Readonly<Record<string, string>> = { PORT: "0" },
  args: readonly string[] = [],
  deadlineMs = DEADLINE_MS,
): Program {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: deadlineMs,
    killSignal: "SIGKILL",
  });
  const url = Promise.withResolvers<string>();
  // Who does not wait for the address does not mind that there is none.
  url.promise.catch(() => {});
  let printed = "";
  const stdout = collect(child.stdout, (text) => {
    printed = text;
    const address = /http:\/\/[^\s/]+(?=\s)/.exec(text);
    if (address !== null) url.resolve(address[0]);
  });
  const stderr = collect(child.stderr, () => {});
  const exited = Promise.all([child.exited, stdout, stderr]).then(([code, out, err]) => {
    url.reject(new Error(`the program ended with ${code}: ${err}`));
    return { code, stdout: out, stderr: err };
  });
  return {
    url: url.promise,
    printed: () => printed,
    exited,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs the program to its end. */
export async function runProgram(...start: Parameters<typeof startProgram>): Promise<Exit> {
  await using program = startProgram(...start);
  return await program.exited;
}

async function collect(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    onText(text);
  }
  return text;
}
