import type { DatabaseManager } from "#src/database/manager.ts";
import type { RetentionPolicy } from "#src/domain/storage.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { type BackupPolicy, backupKeeper } from "./backups.ts";
import { checkStore } from "./check.ts";
import { idleTurnsJob } from "./idle-turns.ts";
import { measureStorage } from "./measurement.ts";
import { limitKeeper, purgeOld } from "./retention.ts";
import { type Scheduler, startScheduler, type Wait, wait } from "./scheduler.ts";
import { silenceJob, type SilencePolicy } from "./silence.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Soon, but not while everybody comes back to a server that has just started. */
const CHECK_FIRST_MS = 30 * SECOND;
/** Where nobody is ever called quiet, turns end all the same. */
const IDLE_AFTER_MS = 5 * MINUTE;

export type UpkeepDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
  readonly policy: RetentionPolicy;
  /** Null or nothing for no scheduled backups. */
  readonly backups?: BackupPolicy | null;
  /** Nothing where silence is not looked for. */
  readonly silence?: SilencePolicy;
  readonly waitFor?: Wait;
};

/** What the server does by itself; closing it ends what is under way. */
export type Upkeep = {
  /** Begins a purge soon; another one when one is under way. */
  purgeSoon(): void;
  close(): Promise<void>;
};

/** Starts the jobs that run behind the server's back. */
export function startUpkeep(deps: UpkeepDeps): Upkeep {
  const { db, clock, log, path, policy, backups = null, silence, waitFor = wait } = deps;
  const retention = { db, clock, policy, wait: waitFor };
  const keepLimit = limitKeeper(retention);
  const scheduler: Scheduler = startScheduler(
    [
      ...(silence === undefined ? [] : [silenceJob({ db, clock, policy: silence, wait: waitFor })]),
      idleTurnsJob({ db, clock, afterMs: silence?.quietAfterMs ?? IDLE_AFTER_MS, wait: waitFor }),
      {
        name: "retention",
        firstMs: 5 * SECOND,
        everyMs: HOUR,
        run: (signal) => purgeOld(retention, signal),
      },
      ...(policy.maxDatabaseMb === 0
        ? []
        : [{ name: "limit", firstMs: 10 * SECOND, everyMs: 10 * SECOND, run: keepLimit }]),
      {
        name: "measurement",
        firstMs: MINUTE,
        everyMs: 6 * HOUR,
        run: (signal) => measureStorage({ db, clock, path }, signal),
      },
      {
        name: "check",
        firstMs: CHECK_FIRST_MS,
        everyMs: DAY,
        run: (signal) => checkStore({ db, clock, log, path }, signal),
      },
      // It looks whether one is due, whatever ran before this server did.
      ...(backups === null
        ? []
        : [
            {
              name: "backup",
              firstMs: MINUTE,
              everyMs: MINUTE,
              run: backupKeeper({ db, clock, log, path, policy: backups }),
            },
          ]),
    ],
    log,
    waitFor,
  );
  return { purgeSoon: () => scheduler.trigger("retention"), close: () => scheduler.close() };
}
