import type { Context } from "hono";
import { Problem } from "#src/domain/problem.ts";
import type { NeededScope } from "#src/domain/token.ts";
import { type Access, requireScope } from "./access.ts";
import type { Asked, Audit } from "./audit.ts";
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
  /** Leaves a trace of what was refused (any error), and of what only few may do. */
  note(request: Request, bindings: Env["Bindings"], outcome: Problem | number): void;
};

export function createGuard(deps: GuardDeps): Guard {
  const checkSource = createSourceCheck(deps);
  const limit = deps.rateLimit;
  const buckets = limit === 0 ? null : createBuckets(limit, limit, () => performance.now());

  function limitRate(key: string): void {
    const wait = buckets?.take(key) ?? 0;
    if (wait === 0) return;
    const detail = `Only ${limit} commands a second are taken here (RATE_LIMIT). Nothing was stored; try again.`;
    throw new Problem("too_many_requests", detail, {}, { "Retry-After": String(Math.ceil(wait / 1000)) });
  }

  return {
    checkSource(request) {
      checkSource(request.headers);
      if (request.url.length > MOST_URL) {
        throw new Problem("uri_too_long", `An address may have ${MOST_URL} characters: filter by less at once.`);
      }
    },
    admit(c, needed) {
      const { env } = c;
      env.needed = needed;
      if (needed === "public") return;
      env.principal = deps.access.identify(c.req.raw);
      requireScope(env.principal, needed);
      if (buckets !== null && env.method !== "GET" && env.method !== "HEAD") {
        limitRate(env.principal?.id ?? clientOf(env, c.req.raw) ?? "");
      }
    },
    note(request, bindings, outcome) {
      if (typeof outcome === "number") {
        if (isPrivileged(bindings, outcome)) deps.audit.privileged(asked(request, bindings), outcome);
      } else if (outcome.code === "unauthorized" || outcome.code === "forbidden") {
        deps.audit.refused(asked(request, bindings), outcome.message);
      }
    },
  };
}

/** What changes tokens always; what else takes more than `ingest` where there is somebody to name. */
function isPrivileged({ needed, principal, method }: Env["Bindings"], status: number): boolean {
  if (status >= 400 || method === "GET" || method === "HEAD") return false;
  return needed === "admin" || (needed === "control" && principal !== null);
}

function asked(request: Request, { method, requestId, principal, ...bindings }: Env["Bindings"]): Asked {
  const path = pathOf(request.url).slice(0, SHOWN);
  return {
    method: method.slice(0, SHOWN),
    path,
    request_id: requestId,
    client: clientOf(bindings, request),
    token: principal === null ? null : { id: principal.id, name: principal.name },
  };
}

/** Without the query, where people put secrets. */
function pathOf(url: string): string {
  return (URL.parse(url)?.pathname ?? "").toWellFormed();
}

function clientOf({ server }: Pick<Env["Bindings"], "server">, request: Request): string | null {
  // A request that a test asks comes over no connection.
  return server?.requestIP(request)?.address ?? null;
}
