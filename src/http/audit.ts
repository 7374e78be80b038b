import type { SystemLogStore } from "#src/database/manager.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { createBuckets } from "./buckets.ts";

const COMPONENT = "auth";
/** Whoever is refused may ask again and again: what is kept of it must not fill the store. */
const REFUSED = { perSecond: 0.1, burst: 20 };
const PRIVILEGED = { perSecond: 10, burst: 100 };

/** What was asked, and by whom. Text of the request is cut by whoever fills it in. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly request_id: string;
  /** Address of the client; null where it is not known. */
  readonly client: string | null;
  /** Name and id of the token; null when there was none. */
  readonly token: { readonly id: string; readonly name: string } | null;
};

/** Leaves system logs (component `auth`) of what was refused and of what only few may do. */
export type Audit = {
  refused(asked: Asked, why: string): void;
  privileged(asked: Asked, status: number): void;
};

export function createAudit(systemLogs: Pick<SystemLogStore, "append">, clock: Clock, log: Log): Audit {
  const refusals = createKind(REFUSED);
  const privileges = createKind(PRIVILEGED);

  function write(kind: Kind, level: LogLevel, message: string, details: object): void {
    if (kind.buckets.take("") > 0) {
      kind.left += 1;
      return;
    }
    const more = kind.left === 0 ? {} : { not_logged_before: kind.left };
    kind.left = 0;
    const row = { log_level: level, component: COMPONENT, message, created_at: toTimestamp(clock()) };
    systemLogs.append({ ...row, details: { ...details, ...more } }).catch((error: unknown) => {
      log.warn("what was refused or privileged could not be kept", { message, error });
    });
  }

  return {
    refused: (asked, why) =>
      write(refusals, "WARNING", `Refused: ${asked.method} ${asked.path}: ${why}`, { event: "refused", ...asked }),
    privileged: (asked, status) =>
      write(privileges, "INFO", `${asked.method} ${asked.path} by ${asked.token?.name ?? "a local program"}`, {
        event: "privileged",
        ...asked,
        status,
      }),
  };
}

type Kind = { readonly buckets: ReturnType<typeof createBuckets>; left: number };

function createKind({ perSecond, burst }: typeof REFUSED): Kind {
  return { buckets: createBuckets(perSecond, burst, () => performance.now()), left: 0 };
}
