import type { Context } from "hono";
import { Problem } from "#src/domain/problem.ts";
import type { NeededScope, Scope } from "#src/domain/token.ts";
import type { Access } from "./access.ts";
import type { Asked, Audit } from "./audit.ts";
import { requireScope, unauthorized } from "./bearer.ts";
import { createBuckets } from "./buckets.ts";
import type { Env } from "./env.ts";
import { createSourceCheck, type SourceRules } from "./source.ts";

/** Characters of an address; what is longer is no use of this API. */
const MOST_URL = 8_192;
/** Characters of what a request says that are repeated in a log. */
const SHOWN = 200;

export type GuardDeps = SourceRules & {
  readonly access: Access;
  readonly audit: Audit;
  /** Commands a second that one token, or address without one, may send; 0 is no limit. */
  readonly rateLimit: number;
};

/** Stands before every route: what it refuses has had no effect. */
export type Guard = {
  /** Refuses requests of foreign pages and under foreign names, before anything else is looked at. */
  checkSource(request: Request): void;
  /** Refuses who may not use the route, and remembers who asks. */
  admit(c: Context<Env>, needed: NeededScope): void;
  /** Refuses whose token has ended since they were admitted: a body may take its time to arrive. */
  confirm(c: Context<Env>): void;
  /**
   * For the messages of a socket, each of which is a command: throws when one more is too many, when the token has ended,
   * and when it may not do what the scope says.
   */
  meter(c: Context<Env>, needed: Scope): () => void;
  /** Leaves a trace of what was refused (any error), and of what only few may do. */
  note(bindings: Env["Bindings"], outcome: Problem | number): void;
};

export function createGuard(deps: GuardDeps): Guard {
  const checkSource = createSourceCheck(deps);
  const limit = deps.rateLimit;
  const buckets = limit === 0 ? null : createBuckets(limit, limit, () => performance.now());

  /** @param key of whom */
  function limitRate(key: string): void {
    const wait = buckets === null ? 0 : buckets.take(key);
    if (wait === 0) return;
    const detail = `Only ${limit} commands a second are taken here (RATE_LIMIT). Nothing was stored; try again.`;
    throw new Problem("too_many_requests", detail, {}, { "Retry-After": String(Math.ceil(wait / 1000)) });
  }

  return {
    checkSource(request) {
      checkSource(request);
      if (request.url.length > MOST_URL) {
        throw new Problem("uri_too_long", `An address may have ${MOST_URL} characters: filter by less at once.`);
      }
    },
    admit({ env }, needed) {
      env.needed = needed;
      if (needed === "public") return;
      try {
        env.principal = deps.access.identify(env.received);
      } catch (error) {
        // Whoever tries tokens is held up as whoever sends commands.
        limitRate(keyOf(env));
        throw error;
      }
      // First: whoever asks for what they may not is held up too.
      if (env.method !== "GET" && env.method !== "HEAD") limitRate(keyOf(env));
      requireScope(env.principal, needed);
    },
    confirm({ env }) {
      if (env.needed === "public" || deps.access.mayStay(env.principal)) return;
      throw unauthorized("The token ended while this was sent.", "invalid_token");
    },
    meter({ env }, needed) {
      // Of the request nothing else is kept as long as its socket.
      const { principal } = env;
      const key = keyOf(env);
      return () => {
        limitRate(key);
        if (!deps.access.mayStay(principal)) throw unauthorized("The token has ended.", "invalid_token");
        requireScope(principal, needed);
      };
    },
    note(bindings, outcome) {
      if (typeof outcome === "number") {
        if (isPrivileged(bindings, outcome)) deps.audit.privileged(asked(bindings), outcome);
      } else if (outcome.code === "unauthorized" || outcome.code === "forbidden") {
        deps.audit.refused(asked(bindings), outcome.message);
      }
    },
  };
}

/** Whose bucket it is: the token's; the address's, where there is none. */
function keyOf(env: Env["Bindings"]): string {
  return env.principal?.id ?? clientOf(env) ?? "";
}

/** What changes tokens always; what else takes more than `ingest` where there is somebody to name. */
function isPrivileged({ needed, principal, method }: Env["Bindings"], status: number): boolean {
  if (status >= 400 || method === "GET" || method === "HEAD") return false;
  return needed === "admin" || (needed === "control" && principal !== null);
}

function asked({ method, requestId, principal, subject, ...bindings }: Env["Bindings"]): Asked {
  return {
    method: method.slice(0, SHOWN),
    path: pathOf(bindings.received.url).slice(0, SHOWN),
    request_id: requestId,
    client: clientOf(bindings),
    token: principal === null ? null : { id: principal.id, name: principal.name },
    ...(subject === null ? {} : { subject }),
  };
}

/** Without the query, where people put secrets; as it was meant, so that one in the path is seen for what it is. */
function pathOf(url: string): string {
  const path = URL.parse(url)?.pathname ?? "";
  return visible(decoded(path).toWellFormed());
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\u{FFFD}");
}

function clientOf({ server, received }: Pick<Env["Bindings"], "server" | "received">): string | null {
  // A request that a test asks comes over no connection.
  return server?.requestIP(received)?.address ?? null;
}
