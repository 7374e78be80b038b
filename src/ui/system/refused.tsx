import type { Scope } from "#src/domain/token.ts";
import { Failure } from "#src/ui/parts/failure.tsx";
import { isForbidden } from "./use-refreshed.ts";

type Props = { readonly error: Error; readonly what: string; readonly scope: Scope };

/** Why a command was not done; where the token may not, which one may. */
export function Refused({ error, what, scope }: Props) {
  if (!isForbidden(error)) return <Failure error={error} what={what} />;
  return (
    <p class="notice notice-bad" role="alert">
      <span>
        <strong>{what}.</strong> It needs a token with the scope <code>{scope}</code>; that of this page may do less.
      </span>
    </p>
  );
}
