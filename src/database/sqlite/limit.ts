import type { Database } from "bun:sqlite";
import { StoreAtLimit } from "#src/database/manager.ts";
import { addRemoved, type Removed } from "#src/domain/storage.ts";
import { logBytes } from "./checkpoint.ts";
import { createAnswerPruner, FIRST_ANSWER, passNeedless, pruneChanges, pruneOldestLogs } from "./prune.ts";
import type { Writer } from "./writer.ts";

/** At the limit so many of the newest changes stay. */
const LEAST_CHANGES = 10_000;
/** How long one transaction may go on removing what it has added; the rest is made up for before the next. */
const MAKE_UP_MS = 10;

/**
 * Keeps the file within its limit: a transaction that would leave more pages in use than may be removes as much before it
 * commits. A file that was too large when it was opened does not grow; upkeep makes it smaller (`shrink`).
 */
export type Limit = {
  /** At the begin of a transaction. `owing`: the time went to what the last one had added; commit, and begin another. */
  begin(isAlone: boolean): "ready" | "owing";
  /** Before the commit. The error to answer with when the store would be too large and nothing can be removed. */
  settle(): StoreAtLimit | null;
  /** The transaction was undone. */
  undone(): void;
  /** Inside a write: removes for so many milliseconds what lies above the limit; true when nothing more is to be done. */
  shrink(millis: number): { readonly removed: Removed; readonly done: boolean };
  /** Bytes in use above the limit; none where it is so little that writes make up for it. */
  over(): number;
  /** Pages of the file above the limit, in use or not. */
  pagesAbove(): number;
  /** Looks for more to remove among what was passed over before. */
  lookAgain(): void;
  /** What `begin` and `settle` have removed since this was last asked. */
  takeRemoved(): Removed;
};

type Pages = Record<"page_count" | "freelist_count", number>;

export function createLimit(db: Database, prepare: Writer["prepare"], limitBytes: number): Limit {
  const count = db.prepare<Pages, []>("pragma page_count");
  const free = db.prepare<Pages, []>("pragma freelist_count");
  const inUse = () => count.get()!.page_count - free.get()!.freelist_count;
  const { page_size: pageBytes } = db.query<{ page_size: number }, []>("pragma page_size").get()!;
  // The rest is the log's.
  const most = Math.floor((limitBytes - logBytes(limitBytes)) / pageBytes);
  // Writes that come one after another are never all made up for.
  const slack = most / 64;
  const writer = { prepare };
  const answers = createAnswerPruner(writer);
  let allowed = Math.max(most, inUse());
  let owing = false;
  let inUseBefore: number | null = null;
  let placeBefore = answers.place;
  let removedBefore: Removed = {};
  let removed: Removed = {};

  /** One step of the order in which things go; null when nothing is left. */
  function removeSome(): Removed | null {
    const changes = pruneChanges(writer, LEAST_CHANGES);
    if (changes > 0) return { changes };
    if (passNeedless(writer, LEAST_CHANGES)) return {};
    const logs = pruneOldestLogs(writer);
    if ((logs.agent_logs ?? 0) + (logs.system_logs ?? 0) > 0) return logs;
    const emptied = answers.prune();
    return emptied === null ? null : { answers: emptied };
  }

  function removeUntil(pages: number, end: number): { outcome: "enough" | "late" | "nothing left"; removed: Removed } {
    let sum: Removed = {};
    while (inUse() > pages) {
      if (performance.now() > end) return { outcome: "late", removed: sum };
      const some = removeSome();
      if (some === null) return { outcome: "nothing left", removed: sum };
      sum = addRemoved(sum, some);
    }
    return { outcome: "enough", removed: sum };
  }

  /** For a caller's write: counts what went, and remembers what is still too much. */
  function makeUp(): "enough" | "late" | "nothing left" {
    const made = removeUntil(allowed, performance.now() + MAKE_UP_MS);
    removed = addRemoved(removed, made.removed);
    owing = made.outcome === "late";
    return made.outcome;
  }

  return {
    begin(isAlone) {
      placeBefore = answers.place;
      removedBefore = removed;
      if (owing) {
        makeUp();
        return "owing";
      }
      inUseBefore = isAlone ? inUse() : null;
      return "ready";
    },
    settle() {
      const now = inUse();
      if (now <= allowed) {
        allowed = Math.max(most, now);
        return null;
      }
      // By itself it adds nothing: it may be what makes room.
      if (inUseBefore !== null && now <= inUseBefore) return null;
      return makeUp() === "nothing left" ? new StoreAtLimit("nothing is left that may be removed") : null;
    },
    undone() {
      answers.place = placeBefore;
      removed = removedBefore;
    },
    shrink(millis) {
      const { outcome, removed: made } = removeUntil(most, performance.now() + millis);
      allowed = Math.max(most, Math.min(allowed, inUse()));
      return { removed: made, done: outcome !== "late" || inUse() - most <= slack };
    },
    over() {
      const pages = inUse() - most;
      return pages > slack ? pages * pageBytes : 0;
    },
    pagesAbove: () => Math.max(0, count.get()!.page_count - most),
    lookAgain() {
      answers.place = FIRST_ANSWER;
    },
    takeRemoved() {
      const taken = removed;
      removed = {};
      return taken;
    },
  };
}
