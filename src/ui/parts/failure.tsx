import { ApiError } from "#src/client/client.ts";
import { useNow } from "./time.tsx";

type Props = {
  readonly error: Error;
  /** What could not be done: "Costs could not be read". */
  readonly what: string;
  readonly onRetry?: () => void;
  /** What stands on the button that tries it again. */
  readonly retry?: string;
};

/** What went wrong, in the server's own words, and the way to try again. */
export function Failure({ error, what, onRetry, retry = "Try again" }: Props) {
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <div class="notice notice-bad" role="alert">
      <p>
        <strong>{what}.</strong> {error.message}
      </p>
      {problem?.request_id === undefined ? null : (
        <p class="muted">
          {problem.status} {problem.title} · request <code>{problem.request_id}</code>
        </p>
      )}
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          {retry}
        </button>
      )}
    </div>
  );
}

/** Seconds until a moment, as it comes nearer. */
export function Countdown({ to }: { readonly to: number }) {
  return <>{Math.max(0, Math.ceil((to - useNow()) / 1000))} s</>;
}
