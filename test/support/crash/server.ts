import { existsSync } from "node:fs";
import type { Random } from "#test/support/random.ts";
import { type Exit, type Program, startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

/** A server hangs when it has not ended by then. */
const DEADLINE_MS = 120_000;
/** What a shell says of a program that SIGKILL has ended. */
const KILLED = 128 + 9;
/** A start on a file that is there is over by then, on most machines. */
export const START_MS = 300;
const PORT_TAKEN = /port|in use|listen/i;

/** The program on one file, that is killed and comes back at the same port where that can be had. */
export type CrashingServer = AsyncDisposable & {
  readonly url: string;
  /** How often it was killed; one that had just ended by itself was not. */
  readonly kills: number;
  start(): Promise<void>;
  /** Starts it and kills it before it can be of use, and within so many milliseconds; whether it was not up yet. */
  killAtStart(random: Random, mostMs?: number): Promise<boolean>;
  /** Whether it was still there to be killed. */
  kill(): Promise<boolean>;
  /** Asks it to stop, and does not wait. */
  askToStop(): void;
  /** Asks it to stop, and waits. */
  stop(): Promise<Exit>;
};

export function createCrashingServer(cwd: string, path: string): CrashingServer {
  let program: Program | null = null;
  let url = "";
  let port = "0";
  let kills = 0;

  const spawn = (onPort: string) =>
    startProgram(
      cwd,
      {
        DATABASE_PATH: path,
        PORT: onPort,
        // Only what the test makes old is ever removed.
        RETENTION_DAYS: "30",
        RUN_RETENTION_DAYS: "0",
        CHANGES_KEEP: "0",
        MAX_DATABASE_MB: "0",
        LOG_LEVEL: "warn",
      },
      ["serve"],
      DEADLINE_MS,
    );

  async function start(): Promise<void> {
    program = spawn(port);
    const before = program;
    url = await before.url.catch(async (error: Error) => {
      if (port === "0" || !PORT_TAKEN.test(error.message)) throw error;
      program = spawn("0");
      return program.url;
    });
    port = new URL(url).port;
  }

  async function kill(): Promise<boolean> {
    if (program === null) return false;
    program.kill("SIGKILL");
    const { code } = await program.exited;
    program = null;
    if (code !== KILLED) return false;
    kills += 1;
    return true;
  }

  return {
    get url() {
      return url;
    },
    get kills() {
      return kills;
    },
    start,
    async killAtStart(random, mostMs = START_MS) {
      const started = spawn(port);
      program = started;
      const isNew = !existsSync(path);
      const isUp = started.url.then(
        () => true,
        () => true,
      );
      let over = false;
      void isUp.then(() => (over = true));
      // A new file is migrated at once; one that is there is read, and its log recovered, some time after the start.
      if (isNew) await until("the file", () => over || existsSync(path));
      const at = performance.now() + random.below(isNew ? 60 : mostMs);
      await until("a moment of the start", () => over || performance.now() >= at);
      const wasUp = over;
      return (await kill()) && !wasUp;
    },
    kill,
    askToStop: () => program?.kill("SIGTERM"),
    async stop() {
      if (program === null) throw new Error("there is no server to stop");
      program.kill("SIGTERM");
      const exit = await program.exited;
      program = null;
      return exit;
    },
    async [Symbol.asyncDispose]() {
      await program?.[Symbol.asyncDispose]();
    },
  };
}
