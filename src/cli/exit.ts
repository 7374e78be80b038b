import { CommanderError } from "commander";
import { ApiError, UnreachableError } from "#src/client/client.ts";

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: one line for stderr, and the exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = EXIT.failure) {
    super(message);
    this.code = code;
  }
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
export function explain(error: unknown): { readonly message: string; readonly code: ExitCode } | null {
  if (error instanceof CommandError) return { message: error.message, code: error.code };
  if (error instanceof UnreachableError) return { message: error.message, code: EXIT.unreachable };
  if (error instanceof ApiError) return { message: apiMessage(error), code: BY_STATUS[error.status] ?? EXIT.failure };
  if (error instanceof CommanderError) return { message: commanderMessage(error), code: EXIT.usage };
  return null;
}

function apiMessage({ status, message, problem }: ApiError): string {
  if (status === 401) return `${message} (set ORCHESTRATOR_TOKEN to a valid token)`;
  const more = (problem.errors ?? []).slice(1).map(({ pointer, detail }) => `; ${pointer}: ${detail}`);
  return message + more.join("");
}

function commanderMessage({ message }: CommanderError): string {
  const line = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  return line.includes("Did you mean") ? line : `${line} (see --help)`;
}
