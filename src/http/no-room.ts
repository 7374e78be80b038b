import { Problem } from "#src/domain/problem.ts";

const RETRY_AFTER_S = "10";

/** 503 for one more socket or stream than the server holds. */
export function noRoom(): Problem {
  const detail = "As many sockets and streams are open as this server holds. Close some, or try again.";
  return new Problem("unavailable", detail, {}, { "Retry-After": RETRY_AFTER_S });
}
