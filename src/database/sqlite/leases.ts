import type { LeaseStore } from "#src/database/upkeep.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Writer } from "./writer.ts";

/** Further ahead than any lease reaches: a clock that was set back since must not keep everybody out. */
const TOO_FAR_MS = 60 * 60 * 1000;

const TAKE = `
  insert into orchestrator_leases (name, owner, until_ms) values ($name, $owner, $now + $millis)
  on conflict (name) do update set owner = excluded.owner, until_ms = excluded.until_ms
    where owner = excluded.owner or until_ms <= $now or until_ms > $now + ${TOO_FAR_MS}`;
const RELEASE = "delete from orchestrator_leases where name = $name and owner = $owner";

/** Takes leases inside a write, for what is done in the same transaction. */
export type Leases = LeaseStore & {
  /** Inside a write: takes or renews; false while another owner holds it. */
  hold(name: string, millis: number): boolean;
};

/** @param owner names this opening of the store among all */
export function createLeases(writer: Writer, clock: Clock, owner: string): Leases {
  const hold = (name: string, millis: number) =>
    writer.prepare(TAKE).run({ name, owner, now: clock(), millis }).changes > 0;
  return {
    hold,
    take: (name, millis) => writer.write(() => hold(name, millis), { background: true }),
    release: (name) => writer.write(() => void writer.prepare(RELEASE).run({ name, owner }), { background: true }),
  };
}
