import type { SystemLogStore } from "#src/database/manager.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import type { Scope } from "#src/domain/token.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { type Buckets, createBuckets } from "./buckets.ts";

/** No other program may write under this name on a server that asks for tokens. */
export const AUDIT_COMPONENT = "auth";
/** Whoever is refused may ask again and again: what is kept of it must not fill the store, nor hide what others do. */
const REFUSED = { each: { perSecond: 0.1, burst: 20 }, all: { perSecond: 1, burst: 100 } };
const PRIVILEGED = { each: { perSecond: 10, burst: 100 }, all: { perSecond: 20, burst: 200 } };

/** What was asked, and by whom. Text of the request is cut by whoever fills it in. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly request_id: string;
  /** Address of the client; null where it is not known. */
  readonly client: string | null;
  /** Name and id of the token; null when there was none. */
  readonly token: { readonly id: string; readonly name: string } | null;
  /** The token that was made or revoked. */
  readonly subject?: Subject;
};

export type Subject = { readonly id: string; readonly name?: string; readonly scope?: Scope };

/** Leaves system logs (component `auth`) of what was refused and of what only few may do. */
export type Audit = {
  refused(asked: Asked, why: string): void;
  privileged(asked: Asked, status: number): void;
};

export function createAudit(systemLogs: Pick<SystemLogStore, "append">, clock: Clock, log: Log): Audit {
  const refusals = createKind(REFUSED);
  const privileges = createKind(PRIVILEGED);

  function write(
    kind: Kind,
    level: LogLevel,
    message: string,
    details: Asked & { readonly event: string; readonly status?: number },
  ): void {
    if (kind.each.take(details.token?.id ?? details.client ?? "") > 0 || kind.all.take("") > 0) {
      kind.left += 1;
      return;
    }
    const more = kind.left === 0 ? {} : { not_logged_before: kind.left };
    kind.left = 0;
    const row = { log_level: level, component: AUDIT_COMPONENT, message, created_at: toTimestamp(clock()) };
    systemLogs.append({ ...row, details: { ...details, ...more } }).catch((error: unknown) => {
      log.warn("what was refused or privileged could not be kept", { message, error });
    });
  }

  return {
    refused: (asked, why) =>
      write(refusals, "WARNING", `Refused: ${asked.method} ${asked.path}: ${why}`, { ...asked, event: "refused" }),
    privileged: (asked, status) =>
      write(privileges, "INFO", `${asked.method} ${asked.path} by ${asked.token?.name ?? "a local program"}`, {
        ...asked,
        event: "privileged",
        status,
      }),
  };
}

/** `left`: what was not kept since something was. */
type Kind = { readonly each: Buckets; readonly all: Buckets; left: number };

function createKind({ each, all }: typeof REFUSED): Kind {
  const buckets = ({ perSecond, burst }: typeof each) => createBuckets(perSecond, burst, () => performance.now());
  return { each: buckets(each), all: buckets(all), left: 0 };
}
