import type { Database } from "bun:sqlite";
import { StoreAtLimit } from "#src/database/manager.ts";
import { addRemoved, type Removed } from "#src/domain/storage.ts";
import { type Checkpoints, logBytes } from "./checkpoint.ts";
import { letAnswersGo } from "./idempotency.ts";
import {
  ALL_OF_IT,
  createAnswerPruner,
  FIRST_ANSWER,
  passNeedless,
  placeOf,
  pruneChanges,
  pruneOldestLogs,
} from "./prune.ts";
import type { Writer } from "./writer.ts";

/** At the limit so many of the newest changes stay. */
const LEAST_CHANGES = 10_000;
/** How long one transaction may go on removing what it has added; the rest is made up for before the next. */
const MAKE_UP_MS = 10;
/** When nothing is left to remove, prompts are looked through again at most this often: it may be in vain, and takes long. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Keeps the file within its limit: a transaction that would leave more pages in use than may be removes as much before it
 * commits. A file that was too large when it was opened does not grow; upkeep makes it smaller (`shrink`).
 */
export type Limit = {
  /** Before a transaction. The error to answer with while the log is too large and cannot be cut, whatever is written. */
  refusal(): StoreAtLimit | null;
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

/** What one transaction may add to the log before it can be cut: large batches write many pages of indexes. */
function roomForOne(limitBytes: number): number {
  return Math.min(Math.max(limitBytes / 16, 4 * 1024 * 1024), limitBytes / 4);
}

type Pages = Record<"page_count" | "freelist_count", number>;

export function createLimit(
  db: Database,
  prepare: Writer["prepare"],
  limitBytes: number,
  checkpoints: Pick<Checkpoints, "copy" | "heldBytes">,
): Limit {
  const count = db.prepare<Pages, []>("pragma page_count");
  const free = db.prepare<Pages, []>("pragma freelist_count");
  const inUse = () => count.get()!.page_count - free.get()!.freelist_count;
  const { page_size: pageBytes } = db.query<{ page_size: number }, []>("pragma page_size").get()!;
  const most = Math.floor((limitBytes - logBytes(limitBytes) - roomForOne(limitBytes)) / pageBytes);
  // Writes that come one after another are never all made up for.
  const slack = most / 64;
  const writer = { prepare };
  const answers = createAnswerPruner(writer);
  let allowed = Math.max(most, inUse());
  let allowedBefore = allowed;
  // The pages to come down to before anything else is written.
  let owing: number | null = null;
  let looksAgain = false;
  let lookedAgainAt = Number.NEGATIVE_INFINITY;
  let inUseBefore: number | null = null;
  let before = ALL_OF_IT;
  let placeBefore = answers.place;
  let removedBefore: Removed = {};
  let removed: Removed = {};

  /** One step of the order in which things go; null when nothing is left. */
  function removeSome(): Removed | null {
    const changes = pruneChanges(writer, LEAST_CHANGES);
    if (changes > 0) return { changes };
    if (passNeedless(writer, LEAST_CHANGES)) return {};
    if (letAnswersGo(writer) > 0) return {};
    const logs = pruneOldestLogs(writer, before);
    if ((logs.agent_logs ?? 0) + (logs.system_logs ?? 0) > 0) return logs;
    const emptied = answers.prune(before);
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
  function makeUp(pages: number): "enough" | "late" | "nothing left" {
    const made = removeUntil(pages, performance.now() + MAKE_UP_MS);
    removed = addRemoved(removed, made.removed);
    owing = made.outcome === "late" ? pages : null;
    return made.outcome;
  }

  function isLogTooLarge(): boolean {
    const held = checkpoints.heldBytes();
    return held > logBytes(limitBytes) && count.get()!.page_count * pageBytes + held > limitBytes;
  }

  return {
    refusal() {
      if (!isLogTooLarge()) return null;
      // Whoever reads there may have gone.
      checkpoints.copy();
      return isLogTooLarge() ? new StoreAtLimit("what somebody reads keeps its write-ahead log from being cut") : null;
    },
    begin(isAlone) {
      placeBefore = answers.place;
      removedBefore = removed;
      allowedBefore = allowed;
      if (owing !== null) {
        makeUp(owing);
        return "owing";
      }
      before = placeOf(writer);
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
      if (makeUp(allowed) !== "nothing left") return null;
      looksAgain = performance.now() - lookedAgainAt > LOOK_AGAIN_MS;
      return new StoreAtLimit("nothing is left that may be removed");
    },
    undone() {
      answers.place = placeBefore;
      removed = removedBefore;
      allowed = allowedBefore;
      owing = null;
      if (!looksAgain) return;
      // Prompts that were passed over may have finished since: first a page is looked for, in a transaction of its own.
      looksAgain = false;
      lookedAgainAt = performance.now();
      answers.place = FIRST_ANSWER;
      owing = inUse() - 1;
    },
    shrink(millis) {
      const { place } = answers;
      try {
        const { outcome, removed: made } = removeUntil(most, performance.now() + millis);
        allowed = Math.max(most, Math.min(allowed, inUse()));
        return { removed: made, done: outcome !== "late" || inUse() - most <= slack };
      } catch (error) {
        // This write alone is undone.
        answers.place = place;
        throw error;
      }
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
