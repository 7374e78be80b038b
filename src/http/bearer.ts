import { Problem } from "#src/domain/problem.ts";
import { covers, type Principal, type Scope } from "#src/domain/token.ts";

/** A socket may say its token as a subprotocol beside ours, because a page cannot set its headers. */
const OURS = /(?:^|,)\s*orchestrator\s*(?:,|$)/;
const SUBPROTOCOL = /(?:^|,)\s*bearer\.([!-+\--~]+)\s*(?:,|$)/;
const BEARER = /^Bearer +([!-~]+) *$/i;

/** The token that a request was sent with. Throws `unauthorized` for none. */
export function secretOf({ headers }: Request): string {
  const authorization = headers.get("Authorization");
  if (authorization !== null) {
    const [, secret] = BEARER.exec(authorization) ?? [];
    if (secret !== undefined) return secret;
    throw unauthorized("The Authorization header holds no token: write it as `Bearer <token>`.");
  }
  const offered = headers.get("Upgrade") === null ? null : headers.get("Sec-WebSocket-Protocol");
  const [, secret] = SUBPROTOCOL.exec(offered ?? "") ?? [];
  if (secret !== undefined && OURS.test(offered!)) return secret;
  throw unauthorized(
    "This server asks for a token: send `Authorization: Bearer <token>`; `orchestrator token create` makes one.",
  );
}

/** @param error as RFC 6750 names it; none when there was no token */
export function unauthorized(detail: string, error?: string): Problem {
  return new Problem("unauthorized", detail, {}, { "WWW-Authenticate": challenge(error) });
}

/** Throws `forbidden` unless who asks may do what the scope says; nobody in particular may do everything. */
export function requireScope(principal: Principal | null, needed: Scope): void {
  if (principal === null || covers(principal.scope, needed)) return;
  const { name, scope } = principal;
  const detail = `The token "${name}" has the scope ${scope}; this needs ${needed}.`;
  const headers = { "WWW-Authenticate": `${challenge("insufficient_scope")}, scope="${needed}"` };
  throw new Problem("forbidden", detail, {}, headers);
}

function challenge(error?: string): string {
  return `Bearer realm="orchestrator"${error === undefined ? "" : `, error="${error}"`}`;
}
