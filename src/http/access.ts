import type { TokenStore } from "#src/database/manager.ts";
import { Problem } from "#src/domain/problem.ts";
import { covers, type Credential, type Principal, type Scope } from "#src/domain/token.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { hashSecret, isSameHash, prefixOf } from "#src/platform/token-secret.ts";

/** A token is marked as used at most this often. */
const USED_EVERY_MS = 60_000;
const RETRY_MS = 1_000;

/** The token of the environment, as whoever asks with it is called. */
const ENVIRONMENT: Principal = { id: "API_TOKEN", name: "API_TOKEN", scope: "admin", expiresMs: null };

export type AccessDeps = {
  readonly tokens: TokenStore;
  readonly clock: Clock;
  readonly log: Log;
  /** An admin token that is not stored; null for none. */
  readonly apiToken: string | null;
  /** Whether only programs of this machine get here: then no token is needed as long as there is none. */
  readonly isLoopback: boolean;
};

/** Who may do what: the tokens, held in memory and read anew when they change. */
export type Access = {
  /** Whether there is a token that has not expired. */
  readonly hasToken: boolean;
  /** Who asks; null for nobody in particular, where no token is needed. Throws `unauthorized` when one is. */
  identify(request: Request): Principal | null;
  /** Whether a stream that was opened by them may go on. */
  mayStay(principal: Principal | null): boolean;
  /** Calls the listener when tokens were made or revoked. */
  onChange(listener: () => void): () => void;
  close(): void;
};

/** Reads the tokens and follows their changes. */
export async function openAccess({ tokens, clock, log, apiToken, isLoopback }: AccessDeps): Promise<Access> {
  const listeners = new Set<() => void>();
  const apiHash = apiToken === null ? null : hashSecret(apiToken);
  let byPrefix = new Map<string, Known>();
  let ids = new Set<string>();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  async function load(): Promise<void> {
    const credentials = await tokens.credentials();
    const wasClosed = byPrefix.size > 0;
    byPrefix = new Map(credentials.map((credential) => [credential.prefix, { ...credential }]));
    ids = new Set(credentials.map(({ id }) => id));
    if (wasClosed && isOpen()) log.warn("the last token was revoked: every local program may use this server again");
    for (const listener of listeners) listener();
  }

  async function reload(): Promise<void> {
    clearTimeout(retry);
    try {
      await load();
    } catch (error) {
      if (isClosed) return;
      log.error("the tokens could not be read; trying again", { error });
      retry = setTimeout(() => void reload(), RETRY_MS);
    }
  }

  const isOpen = () => isLoopback && apiHash === null && byPrefix.size === 0;
  const isAlive = ({ expiresMs }: Pick<Credential, "expiresMs">) => expiresMs === null || clock() < expiresMs;

  function bearerOf(request: Request): Principal {
    const secret = secretOf(request);
    const hash = hashSecret(secret);
    if (apiHash !== null && isSameHash(hash, apiHash)) return ENVIRONMENT;
    const known = byPrefix.get(prefixOf(secret));
    if (known === undefined || !isSameHash(hash, known.hash)) {
      throw unauthorized("The token is not one of this server's: it may have been revoked.", "invalid_token");
    }
    if (!isAlive(known)) throw unauthorized("The token has expired: make a new one.", "invalid_token");
    note(known);
    return known;
  }

  function note(known: Known): void {
    const now = clock();
    if (now - (known.lastUsedMs ?? 0) < USED_EVERY_MS) return;
    known.lastUsedMs = now;
    tokens.used(known.id, now).catch((error: unknown) => {
      log.debug("the use of a token could not be noted", { token: known.id, error });
    });
  }

  await load();
  const stopListening = tokens.onChange(reload);
  return {
    get hasToken() {
      return apiHash !== null || [...byPrefix.values()].some(isAlive);
    },
    identify: (request) => (isOpen() ? null : bearerOf(request)),
    mayStay(principal) {
      if (principal === null) return isOpen();
      return principal === ENVIRONMENT || (ids.has(principal.id) && isAlive(principal));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      isClosed = true;
      clearTimeout(retry);
      stopListening();
    },
  };
}

type Known = Omit<Credential, "lastUsedMs"> & { lastUsedMs: number | null };

/** A socket may say its token as a subprotocol beside ours, because a page cannot set its headers. */
const OURS = /(?:^|,)\s*orchestrator\s*(?:,|$)/;
const SUBPROTOCOL = /(?:^|,)\s*bearer\.([!-+\--~]+)\s*(?:,|$)/;
const BEARER = /^Bearer +([!-~]+) *$/i;

function secretOf({ headers }: Request): string {
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
