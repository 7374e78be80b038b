import type { Database } from "bun:sqlite";
import { sizeOf } from "#src/database/journals.ts";
import type { Measurement, StorageFacts, StorageStore } from "#src/database/upkeep.ts";
import { HEAD_SEQ, type Reader } from "./reader.ts";
import { UNREADABLE_MS } from "./rows.ts";
import type { Writer } from "./writer.ts";

const MEASURED = "select value from orchestrator_meta where key = 'measured'";
const KEEP_MEASUREMENT = `
  insert into orchestrator_meta (key, value) values ('measured', $value)
  on conflict (key) do update set value = excluded.value`;

const COUNTS = `
  select name, rows from orchestrator_counts
  union all
  select 'changes', ${HEAD_SEQ} + 1 - ifnull((select min(seq) from changes), ${HEAD_SEQ} + 1)`;

const OLDEST = (table: string, time: string) => `(select min(${time}) from ${table} where ${time} > ${UNREADABLE_MS})`;
const OLDEST_ROWS = `
  select ${OLDEST("agent_logs", "created_ms")} as agent_log, ${OLDEST("system_logs", "created_ms")} as system_log,
    ${OLDEST("prompts", "created_ms")} as prompt, ${OLDEST("agents", "started_ms")} as agent,
    (select at_ms from changes order by seq limit 1) as change`;

export type FileFacts = {
  readonly db: Database;
  /** Of the file itself: no link. */
  readonly path: string;
  readonly limitBytes: number | null;
};

/** @param file the connection that reads, and the file it is of */
export function createStorageStore(reader: Reader, writer: Writer, file: FileFacts): StorageStore {
  const free = file.db.prepare<{ freelist_count: number }, []>("pragma freelist_count");
  const { page_size: pageBytes } = file.db.query<{ page_size: number }, []>("pragma page_size").get()!;

  return {
    facts: async () => {
      const { value } = await reader.snapshot((): StorageFacts => {
        const kept = reader.prepare<{ value: string }>(MEASURED).get({});
        return {
          bytes: sizeOf(file.path),
          walBytes: sizeOf(`${file.path}-wal`),
          freeBytes: free.get()!.freelist_count * pageBytes,
          limitBytes: file.limitBytes,
          rows: Object.fromEntries(
            reader
              .prepare<{ name: string; rows: number }>(COUNTS)
              .all({})
              .map(({ name, rows }) => [name, rows]),
          ),
          measurement: kept === null ? null : (JSON.parse(kept.value) as Measurement),
          oldest: reader.prepare<StorageFacts["oldest"]>(OLDEST_ROWS).get({})!,
        };
      });
      return value;
    },
    keepMeasurement: (measurement) =>
      writer.write(() => void writer.prepare(KEEP_MEASUREMENT).run({ value: JSON.stringify(measurement) }), {
        background: true,
      }),
  };
}
