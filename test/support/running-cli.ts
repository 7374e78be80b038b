import { type CliExit, type CliOptions, runCli } from "./cli.ts";
import { until } from "./until.ts";

/** A command that runs until it is told to stop, in this process. */
export type RunningCli = AsyncDisposable & {
  /** What it printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until stdout holds this, and returns all of it. */
  prints(what: string | RegExp): Promise<string>;
  /** The same of stderr. */
  notes(what: string | RegExp): Promise<string>;
  /** Tells it to stop, as Ctrl+C does, and waits for its end. */
  stop(): Promise<CliExit>;
  /** Its end, whatever brings it. */
  readonly ended: Promise<CliExit>;
};

export function startCli(args: readonly string[], url: string, options: CliOptions = {}): RunningCli {
  const controller = new AbortController();
  const printed = { stdout: "", stderr: "" };
  let isEnded = false;
  const ended = runCli(args, {
    signal: controller.signal,
    ...options,
    env: { ORCHESTRATOR_URL: url, ...options.env },
    onStdout: (text) => void (printed.stdout = text),
    onStderr: (text) => void (printed.stderr = text),
  }).finally(() => {
    isEnded = true;
  });
  ended.catch(() => {});

  async function waitFor(stream: "stdout" | "stderr", what: string | RegExp): Promise<string> {
    const holds = () => (typeof what === "string" ? printed[stream].includes(what) : what.test(printed[stream]));
    await until(`${what} on ${stream}`, () => {
      if (holds()) return true;
      if (isEnded) throw new Error(`the command ended: ${JSON.stringify(printed)}`);
      return false;
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(printed)}`);
    });
    return printed[stream];
  }

  const stop = () => {
    controller.abort();
    return ended;
  };
  return {
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    prints: (what) => waitFor("stdout", what),
    notes: (what) => waitFor("stderr", what),
    stop,
    ended,
    async [Symbol.asyncDispose]() {
      await stop().catch(() => {});
    },
  };
}
