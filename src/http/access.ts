import type { TokenStore } from "#src/database/manager.ts";
import type { Credential, Principal } from "#src/domain/token.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { hashSecret, isSameHash, prefixOf } from "#src/platform/token-secret.ts";
import { secretOf, unauthorized } from "./bearer.ts";

/** A token is marked as used at most this often. */
const USED_EVERY_MS = 60_000;
const RETRY_MS = 1_000;

/** The token of the environment, as whoever asks with it is called. */
const ENVIRONMENT: Principal = { id: "API_TOKEN", name: "API_TOKEN", scope: "admin", prefix: "", expiresMs: null };

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
  let loading = Promise.resolve();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  async function load(): Promise<void> {
    const credentials = await tokens.credentials();
    const wasClosed = byPrefix.size > 0;
    byPrefix = new Map(credentials.map((credential) => [credential.prefix, { ...credential }]));
    if (wasClosed && isOpen()) log.warn("the last token was revoked: every local program may use this server again");
    for (const listener of listeners) listener();
  }

  /** One after another: an answer of before must not bring back what was revoked. */
  function reload(): Promise<void> {
    clearTimeout(retry);
    loading = loading.then(load).catch((error: unknown) => {
      if (isClosed) return;
      log.error("the tokens could not be read; trying again", { error });
      retry = setTimeout(() => void reload(), RETRY_MS);
    });
    return loading;
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
      if (principal === ENVIRONMENT) return true;
      return byPrefix.get(principal.prefix)?.id === principal.id && isAlive(principal);
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
