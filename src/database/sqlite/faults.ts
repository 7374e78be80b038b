import { dirname } from "node:path";
import { StoreAtLimit, StoreDamaged, StoreFull } from "#src/database/manager.ts";
import type { Damage, WriteRefusal } from "#src/database/store-health.ts";
import { damageAdvice } from "#src/domain/damage-advice.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { isAboutFull, isFailedWrite } from "./errors.ts";
import { damagedIndexes } from "./index-damage.ts";

const ADVICE = "what lies there cannot be served; look with `orchestrator doctor`, and restore a backup";

/** What has gone wrong with the store since it was opened. */
export type Faults = {
  /** Looks at an error before it is answered with; gives back what to answer with. */
  seen(error: unknown): unknown;
  /** Damage that was found in another way. */
  noteDamage(what: string): void;
  readonly damage: Damage | null;
  /** Why the last write was refused that a caller may not simply try again; null once one has gone through. */
  readonly refusal: Extract<WriteRefusal, "disk_full" | "at_limit"> | null;
  /** A write has gone through. */
  stored(): void;
};

export function createFaults(path: string, clock: Clock, log: Log): Faults {
  let damage: Damage | null = null;
  let refusal: Faults["refusal"] = null;

  /** Each is answered with its own problem; the log tells of the first. */
  function noteDamage(what: string, error?: unknown): void {
    if (damage !== null) return;
    const indexes = damagedIndexes(path, what);
    damage = { at: clock(), what, ...(indexes === null ? {} : { indexes }) };
    const advice = indexes === null ? ADVICE : damageAdvice(indexes);
    log.error(`the database is damaged, or its disk fails: ${advice}`, { path, found: what, error });
  }

  function asFull(error: StoreDamaged): StoreDamaged | StoreFull {
    const isFull = isFailedWrite(error.cause) && isAboutFull(dirname(path));
    return isFull ? new StoreFull("the disk is full", { cause: error.cause, isUnknown: error.isUnknown }) : error;
  }

  return {
    seen(given) {
      const error = given instanceof StoreDamaged ? asFull(given) : given;
      if (error instanceof StoreDamaged) noteDamage(error.message, error);
      else if (error instanceof StoreFull) refusal = "disk_full";
      else if (error instanceof StoreAtLimit) refusal = "at_limit";
      return error;
    },
    noteDamage: (what) => noteDamage(what),
    get damage() {
      return damage;
    },
    get refusal() {
      return refusal;
    },
    stored() {
      refusal = null;
    },
  };
}
