import { hashSecret, newTokenSecret, prefixOf } from "#src/platform/token-secret.ts";
import { notFound } from "#src/domain/problem.ts";
import { type CreatedToken, type CreateToken, issueToken } from "#src/domain/token.ts";
import type { CommandDeps } from "./deps.ts";

/** Makes a token, whose secret nobody can tell again. */
export async function createToken(deps: CommandDeps, command: CreateToken): Promise<CreatedToken> {
  const secret = newTokenSecret();
  const token = issueToken(command, deps.newId(), prefixOf(secret), deps.clock());
  const stored = await deps.db.tokens.insert({ ...token, hash: hashSecret(secret) });
  return { ...stored, secret };
}

/** Revokes a token: it is refused from now on, and its sockets and streams close. */
export async function deleteToken(deps: CommandDeps, id: string): Promise<void> {
  if (!(await deps.db.tokens.remove(id))) throw notFound("token", id);
}
