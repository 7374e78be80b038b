import type { Removed } from "#src/domain/storage.ts";
import { movingTotals } from "./purged-totals.ts";
import { UNREADABLE_MS } from "./rows.ts";
import type { Writer } from "./writer.ts";

type Prepare = Pick<Writer, "prepare">;

const EXAMINED = 100;

const NEXT = `
  select rowid as row, created_ms as ms, id, not exists (select 1 from agents where id = p.agent_id) as orphaned
  from prompts p where (created_ms, id) > ($ms, $id) and created_ms < $before
  order by created_ms, id limit ${EXAMINED}`;
const TAKE = "insert into purging_rows values ($row)";
const DELETE = "delete from prompts where rowid = $row";
const RELEASE = "delete from purging_rows";

type Candidate = { readonly row: number; readonly ms: number; readonly id: string; readonly orphaned: number };

/** Removes old prompts of agents that other programs deleted without them: nothing else leads there. */
export type OrphanPurge = {
  /** Inside a write: removes until the time of `performance.now()`. */
  step(end: number): { readonly removed: Removed; readonly done: boolean };
  /** The write was undone. */
  undone(): void;
};

export function createOrphanPurge(writer: Prepare, before: number): OrphanPurge {
  let place = { ms: UNREADABLE_MS + 1, id: "" };
  let saved = place;

  function remove(row: number): void {
    writer.prepare(TAKE).run({ row });
    movingTotals(writer, null, "prompts", () => void writer.prepare(DELETE).run({ row }));
    writer.prepare(RELEASE).run({});
  }

  return {
    step(end) {
      saved = place;
      let prompts = 0;
      const candidates = writer.prepare<Candidate>(NEXT).all({ ...place, before });
      for (const { row, ms, id, orphaned } of candidates) {
        if (orphaned === 1) {
          remove(row);
          prompts += 1;
        }
        place = { ms, id };
        if (performance.now() > end) break;
      }
      return { removed: { prompts }, done: candidates.length === 0 };
    },
    undone() {
      place = saved;
    },
  };
}
