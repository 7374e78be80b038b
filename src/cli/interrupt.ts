import { readFileSync } from "node:fs";
import { EXIT } from "./exit.ts";

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;

/** Aborts when the user asks to stop, or closes the terminal; the reason is the exit code. A second request ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, code] of Object.entries(CODES)) {
    // To listen is to no longer ignore it.
    if (signal === "SIGHUP" && outlivesTerminal()) continue;
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(code);
    });
  }
  return controller.signal;
}

/** Whether it was started to go on when its terminal is closed, as by `nohup`, which also takes its terminal away. */
export function outlivesTerminal(): boolean {
  try {
    const [, ignored] = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (ignored !== undefined) return (Number.parseInt(ignored.slice(-1), 16) & 1) === 1;
  } catch {
    // Only Linux tells.
  }
  return ![process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}
