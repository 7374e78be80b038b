import { addRemoved, countRemoved, type Removed, type Remover } from "#src/domain/storage.ts";
import type { Reader } from "./reader.ts";

/** Kept in the store until a system log tells of it: who removed it may be killed before. */
const KEY = (who: Remover) => `untold:${who}`;

const UNTOLD = "select value from orchestrator_meta where key = $key";
const KEEP = `
  insert into orchestrator_meta (key, value) values ($key, $value)
  on conflict (key) do update set value = excluded.value`;
const FORGET = "delete from orchestrator_meta where key = $key";

type Prepare = Pick<Reader, "prepare">;

export function untold(at: Prepare, who: Remover): Removed {
  const kept = at.prepare<{ value: string }>(UNTOLD).get({ key: KEY(who) });
  return kept === null ? {} : (JSON.parse(kept.value) as Removed);
}

/** Inside the write that removes. */
export function addUntold(writer: Prepare, who: Remover, removed: Removed): void {
  if (countRemoved(removed) === 0) return;
  const value = JSON.stringify(addRemoved(untold(writer, who), removed));
  writer.prepare(KEEP).run({ key: KEY(who), value });
}

/** Inside the write that tells. */
export function forgetUntold(writer: Prepare, who: Remover): void {
  writer.prepare(FORGET).run({ key: KEY(who) });
}
