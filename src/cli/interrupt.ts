import { EXIT } from "./exit.ts";

/** Aborts when the user asks to stop; the reason is the exit code. A second request ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, code] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.terminated],
  ] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(code);
    });
  }
  return controller.signal;
}
