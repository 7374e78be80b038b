import { SILENCE_STATUSES } from "#src/domain/runtime-agent.ts";
import type { SilenceStore, SilenceTimes } from "#src/database/upkeep.ts";
import { inSteps } from "./mutate.ts";
import type { Bindings, Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** In the words of the partial indexes on silence (migration 0009). */
const MAY_BE_SILENT = `status in (${SILENCE_STATUSES.map((status) => `'${status}'`).join(", ")})`;

/** How many agents of a session `t` are quiet (1) or lost (2). */
export const silentIn = (silence: 1 | 2) => `(select count(*) from agents s indexed by agents_silent
  where s.session_id = t.session_id and s.silence = ${silence} and s.silence <> 0 and s.${MAY_BE_SILENT})`;

/** What is to be said of whom: each is one range of an index, in which all that stands is to be changed. */
type Verdict = { readonly silence: number; readonly find: string };

const among = (silence: number, range: string) =>
  `select rowid from agents indexed by agents_by_silence where silence = ${silence} and ${range} and ${MAY_BE_SILENT}`;

const SILENT: readonly Verdict[] = [
  { silence: 2, find: among(0, "last_activity_ms <= $lostBefore") },
  { silence: 2, find: among(1, "last_activity_ms <= $lostBefore") },
  { silence: 1, find: among(0, "last_activity_ms > $lostBefore and last_activity_ms <= $quietBefore") },
];
/** Said under other times than these. */
const ANEW: readonly Verdict[] = [
  { silence: 0, find: among(1, "last_activity_ms > $quietBefore and last_activity_ms > $lostBefore") },
  { silence: 0, find: among(2, "last_activity_ms > $quietBefore and last_activity_ms > $lostBefore") },
  { silence: 1, find: among(2, "last_activity_ms > $lostBefore and last_activity_ms <= $quietBefore") },
];

const update = ({ silence, find }: Verdict) =>
  `update agents set silence = ${silence} where rowid in (${find} limit $few)`;
const anyOf = (verdicts: readonly Verdict[]) =>
  `select 1 from (select 1) where ${verdicts.map(({ find }) => `exists (${find})`).join(" or ")}`;

const STATEMENTS = {
  later: { look: anyOf(SILENT), updates: SILENT.map(update) },
  anew: { look: anyOf([...SILENT, ...ANEW]), updates: [...SILENT, ...ANEW].map(update) },
};

/** The triggers tell of each verdict, and take it back with the next activity. */
export function createSilenceStore(reader: Reader, writer: Writer): SilenceStore {
  return {
    async judge(times) {
      const { look, updates } = STATEMENTS[times.anew ? "anew" : "later"];
      const bindings = bindingsOf(times);
      const isAny = await reader.read(() => reader.prepare(look).get(bindings) !== null);
      // Nearly always nobody: then nothing is locked.
      return isAny ? writer.write(() => inSteps(writer, updates, bindings), { background: true }) : true;
    },
  };
}

function bindingsOf({ quietBefore, lostBefore }: SilenceTimes): Bindings {
  return { quietBefore: quietBefore ?? Number.MIN_SAFE_INTEGER, lostBefore: lostBefore ?? Number.MIN_SAFE_INTEGER };
}
