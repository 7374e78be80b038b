import { type IdempotencyStore, type KeptAnswer, type KeyedCommand, KeyTaken } from "#src/database/idempotency.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Bindings, Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;
/** How long one batch of deletes goes on, and rows of one statement: an answer may have 8 MB. */
const BATCH_MS = 0.5;
const FEW = 4;

/** A time far ahead is that of a clock which was set back since. */
const IS_KEPT = "created_ms > $now - $keptMs and created_ms < $now + $keptMs";
const FIND = `select request, status, body, location, row_id from orchestrator_idempotency where key = $key and ${IS_KEPT}`;
const IS_TAKEN = `select 1 from orchestrator_idempotency where key = $key and ${IS_KEPT}`;
const FORGET_KEY = "delete from orchestrator_idempotency where key = $key";
const INSERT = `
  insert into orchestrator_idempotency (key, request, status, body, location, row_id, created_ms)
    values ($key, $request, $status, $body, $location, $rowId, $now)`;
const OLD = ["created_ms <= $now - $keptMs", "created_ms >= $now + $keptMs"].map(
  (when) => `select number from orchestrator_idempotency where ${when} limit ${FEW}`,
);
const LONG = `
  select number from orchestrator_idempotency where length(body) > 1000
    and created_ms < (select max(created_ms) from orchestrator_idempotency) order by created_ms limit ${FEW}`;
const LET_GO = `update orchestrator_idempotency set body = null where number in (${LONG})`;

type Kept = Omit<KeptAnswer, "rowId"> & { readonly row_id: string | null; readonly request: string };

/** @param through the whole store, of which commands are written by another writer */
export function createIdempotencyStore(
  reader: Reader,
  writer: Writer,
  clock: Clock,
  through: (writer: Writer) => DatabaseManager,
): IdempotencyStore {
  const at = (): Bindings => ({ now: clock(), keptMs: KEPT_MS });

  /** Inside a write: its key is free, or it is undone. */
  function claim({ key }: KeyedCommand): void {
    if (writer.prepare(IS_TAKEN).get({ key, ...at() }) !== null) throw new KeyTaken("somebody was first with this key");
    writer.prepare(FORGET_KEY).run({ key });
  }

  /** Inside a write that has claimed the key. */
  function insert(command: KeyedCommand, answer: KeptAnswer): void {
    writer.prepare(INSERT).run({ ...command, ...answer, now: clock() });
  }

  function keepingWriter(command: KeyedCommand, answerTo: (written: unknown) => KeptAnswer): Writer {
    let isKept = false;
    return {
      ...writer,
      async write(run, load = {}) {
        if (isKept) return writer.write(run, load);
        // The answer is about as long as what is written.
        const weight = 2 * (load.weight ?? 1);
        const value = await writer.write(
          () => {
            claim(command);
            const written = run();
            insert(command, answerTo(written));
            return written;
          },
          { ...load, weight },
        );
        isKept = true;
        return value;
      },
    };
  }

  return {
    find: (command) =>
      reader.read(() => {
        const kept = reader.prepare<Kept>(FIND).get({ key: command.key, ...at() });
        if (kept === null) return null;
        const { request, row_id: rowId, ...answer } = kept;
        return { answer: { ...answer, rowId }, isSame: request === command.request };
      }),
    keeping: (command, answerTo) => through(keepingWriter(command, answerTo)),
    keep: (command, answer) =>
      writer.write(() => {
        claim(command);
        insert(command, answer);
      }),
    async forget() {
      const isOld = (sql: string) => reader.prepare(sql).get(at()) !== null;
      // Not a write each time that there is nothing to delete.
      if (!(await reader.read(() => OLD.some(isOld)))) return true;
      return writer.write(() => deleteOld(writer, at()), { background: true });
    },
  };
}

function deleteOld(writer: Writer, at: Bindings): boolean {
  const end = performance.now() + BATCH_MS;
  for (const old of OLD) {
    const statement = writer.prepare(`delete from orchestrator_idempotency where number in (${old})`);
    while (statement.run(at).changes > 0) if (performance.now() > end) return false;
  }
  return true;
}

/** Inside a write: lets a few of the long answers go, the oldest first; how many. That they were given is still known. */
export function letAnswersGo(at: Pick<Writer, "prepare">): number {
  return at.prepare(LET_GO).run({}).changes;
}
