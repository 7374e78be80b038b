import { ApiError, UnreachableError } from "#src/client/client.ts";

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: one line for stderr, and the exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** One of `EXIT`, or that of a program that the command ran. */
  readonly code: number;

  constructor(message: string, code: number = EXIT.failure) {
    super(message);
    this.code = code;
  }
}

/** How a command ends that runs until it is told to stop; `signal` is that of `Cli.interrupted`. */
export function endedBy({ reason }: AbortSignal): CommandError {
  const code = [EXIT.terminated, EXIT.hungUp].find((each) => each === reason);
  return new CommandError("", code ?? EXIT.interrupted);
}

/** The command was called in a way that cannot work. */
export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}

const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  404: EXIT.notFound,
  409: EXIT.conflict,
  410: EXIT.notFound,
  422: EXIT.usage,
};

/** What to print and how to exit, for an error that a person can do something about; null for a defect of ours. */
export function explain(error: unknown): { readonly message: string; readonly code: number } | null {
  if (error instanceof CommandError) return { message: error.message, code: error.code };
  if (error instanceof UnreachableError) return { message: error.message, code: EXIT.unreachable };
  if (error instanceof ApiError) return { message: apiMessage(error), code: BY_STATUS[error.status] ?? EXIT.failure };
  return null;
}

function apiMessage({ status, message, problem }: ApiError): string {
  if (status === 401) return `${message} (set ORCHESTRATOR_TOKEN to a valid token)`;
  const more = (problem.errors ?? []).slice(1).map(({ pointer, detail }) => `; ${pointer}: ${detail}`);
  return message + more.join("");
}
