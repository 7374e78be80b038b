import type { Clock } from "#src/platform/clock.ts";
import { hashSecret, newTokenSecret, prefixOf } from "#src/platform/token-secret.ts";
import { notFound, Problem } from "#src/domain/problem.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { CreatedToken, CreateToken } from "#src/domain/token.ts";
import type { CommandDeps } from "./deps.ts";

/** Makes a token, whose secret nobody can tell again. */
export async function createToken(deps: CommandDeps, command: CreateToken): Promise<CreatedToken> {
  const secret = newTokenSecret();
  const token = {
    id: deps.newId(),
    name: command.name,
    scope: command.scope,
    prefix: prefixOf(secret),
    created_at: toTimestamp(deps.clock()),
    last_used_at: null,
    expires_at: expiryOf(command, deps.clock),
  };
  await deps.db.tokens.insert({ ...token, hash: hashSecret(secret) });
  return { ...token, secret };
}

function expiryOf({ expires_at: expiresMs }: CreateToken, clock: Clock): string | null {
  if (expiresMs === null || expiresMs === undefined) return null;
  if (expiresMs > clock()) return toTimestamp(expiresMs);
  const detail = "expected a time in the future";
  throw new Problem("validation", `The body is not valid: /expires_at: ${detail}.`, {
    errors: [{ pointer: "/expires_at", detail }],
  });
}

/** Revokes a token: it is refused from now on, and its sockets and streams close. */
export async function deleteToken(deps: CommandDeps, id: string): Promise<void> {
  if (!(await deps.db.tokens.remove(id))) throw notFound("token", id);
}
