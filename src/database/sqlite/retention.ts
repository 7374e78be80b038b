import { countRemoved, type Cutoffs, type Removed, type Remover } from "#src/domain/storage.ts";
import type { PurgeRun, PurgeStep, RetentionStore } from "#src/database/upkeep.ts";
import { createAgentPurge } from "./finished-agents.ts";
import type { Leases } from "./leases.ts";
import type { Limit } from "./limit.ts";
import { createOrphanPurge } from "./orphaned-prompts.ts";
import { type LogTable, pruneChanges, pruneLogs } from "./prune.ts";
import { createPreview } from "./purge-preview.ts";
import { prepareMoves } from "./purged-totals.ts";
import type { Reader } from "./reader.ts";
import { insertSystemLog } from "./system-logs.ts";
import { addUntold, forgetUntold, untold } from "./untold.ts";
import type { Writer } from "./writer.ts";

/** How long one batch goes on, and of how many rows: what they have in indexes is many pages to commit. */
const BATCH_MS = 0.5;
const BATCH_ROWS = 24;
/** Who purges renews its lease with every batch; short, because others wait for it when a process was killed. */
const LEASE_MS = 10_000;
/** Free pages given back at a time. */
const VACUUM_PAGES = 24;

const SINCE = "select cast(value as integer) as since from orchestrator_meta where key = 'retention_since'";
const VACUUM = (pages: number) => `pragma incremental_vacuum(${pages})`;
const FREE = "pragma freelist_count";

/** One kind of what is removed; `step` runs inside a write until a time of `performance.now()`. */
type Rule = {
  step(end: number): { readonly removed: Removed; readonly done: boolean };
  undone?(): void;
};

export function createRetentionStore(
  reader: Reader,
  writer: Writer,
  limit: Limit | null,
  leases: Leases,
): RetentionStore {
  prepareMoves(writer);
  const preview = createPreview(reader);

  const repeat = (table: "changes" | LogTable, prune: () => number): Rule => ({
    step(end) {
      let rows = 0;
      for (;;) {
        const some = prune();
        rows += some;
        if (some === 0 || rows >= BATCH_ROWS || performance.now() > end)
          return { removed: { [table]: rows }, done: some === 0 };
      }
    },
  });

  function rulesOf({ logs, runs, changes }: Cutoffs): Rule[] {
    return [
      ...(logs === null ? [] : [repeat("agent_logs", () => pruneLogs(writer, "agent_logs", logs))]),
      ...(logs === null ? [] : [repeat("system_logs", () => pruneLogs(writer, "system_logs", logs))]),
      ...(changes === null ? [] : [repeat("changes", () => pruneChanges(writer, changes.keep, changes.before))]),
      ...(runs === null ? [] : [createAgentPurge(writer, runs), createOrphanPurge(writer, runs)]),
    ];
  }

  function begin(cutoffs: Cutoffs | null): PurgeRun {
    const who: Remover = cutoffs === null ? "limit" : "retention";
    const rules = cutoffs === null ? [] : rulesOf(cutoffs);
    if (cutoffs !== null) limit?.lookAgain();
    else if (limit !== null) rules.push({ step: (end) => limit.shrink(end - performance.now()) });
    return {
      step: async () => {
        const [rule] = rules;
        let attempts = 0;
        const step = await writer
          .write(
            (): PurgeStep => {
              // The writer may have undone an attempt of this.
              if (attempts > 0) rule?.undone?.();
              attempts += 1;
              if (!leases.hold(who, LEASE_MS)) return { held: false, done: false, removed: {} };
              if (rule === undefined) return { held: true, done: true, removed: {} };
              const made = rule.step(performance.now() + BATCH_MS);
              addUntold(writer, who, made.removed);
              return { held: true, ...made };
            },
            { background: true },
          )
          .catch((error: unknown) => {
            rule?.undone?.();
            throw error;
          });
        if (step.held && step.done) rules.shift();
        return { ...step, done: step.held && rules.length === 0 };
      },
      end: () => leases.release(who),
    };
  }

  function spare(which: "any" | "above the limit"): number {
    const free = writer.prepare<{ freelist_count: number }>(FREE).get({})!.freelist_count;
    return which === "any" ? free : Math.min(free, limit?.pagesAbove() ?? 0);
  }

  function giveBack(which: "any" | "above the limit"): number {
    const pages = Math.min(VACUUM_PAGES, spare(which));
    // 0 would be all of them.
    if (pages > 0) writer.prepare(VACUUM(pages)).run({});
    return spare(which);
  }

  function tell(who: Remover, write: Parameters<RetentionStore["tell"]>[1]): boolean {
    const removed = untold(writer, who);
    if (countRemoved(removed) === 0) return false;
    insertSystemLog(writer, write(removed));
    forgetUntold(writer, who);
    return true;
  }

  return {
    since: () => reader.read(() => reader.prepare<{ since: number }>(SINCE).get({})?.since ?? 0),
    preview: async (cutoffs) => (await reader.snapshot(() => preview(cutoffs, limit?.over() ?? 0))).value,
    begin,
    async giveBack(which) {
      if ((await reader.read(() => spare(which))) === 0) return 0;
      return writer.write(() => giveBack(which), { background: true });
    },
    overLimit: () => reader.read(() => limit?.over() ?? 0),
    takeLimitRemovals: () => limit?.takeRemoved() ?? {},
    noteRemoved: (who, removed) => writer.write(() => addUntold(writer, who, removed), { background: true }),
    async tell(who, write) {
      // Not a write each time that there is nothing to tell.
      if (countRemoved(await reader.read(() => untold(reader, who))) === 0) return false;
      return writer.write(() => tell(who, write), { background: true });
    },
  };
}
