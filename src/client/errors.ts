import type { Fault, ProblemCode } from "#src/domain/problem.ts";

/** What an answer that is an error says: a problem document (RFC 9457), or what is known where the server sent none. */
export type ApiProblem = {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code?: ProblemCode;
  readonly request_id?: string;
  readonly errors?: readonly Fault[];
  /** Legal next states, on a 409 for an illegal transition. */
  readonly allowed?: readonly string[];
  readonly [member: string]: unknown;
};

/** The server answered, and refused or failed. `message` is the problem's `detail`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: ApiProblem;
  /** HTTP status. */
  readonly status: number;
  /** Milliseconds to wait before trying again, where the server said so (`Retry-After`). */
  readonly retryAfterMs: number | null;

  constructor(problem: ApiProblem, retryAfterMs: number | null = null) {
    super(problem.detail);
    this.problem = problem;
    this.status = problem.status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No Orchestrator answered: nothing listens there, the connection broke, it took too long, or something else answered. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Statuses that say "not now": the same request may pass later. */
const TRANSIENT = new Set([408, 425, 429]);

/** Whether trying again may help; what the server refused for good is thrown on. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  if (!(error instanceof ApiError)) return false;
  // Without a code it is no problem document: whoever answered, it was not asked what it refuses.
  return error.problem.code === undefined || error.status >= 500 || TRANSIENT.has(error.status);
}
