import type { Removed } from "#src/domain/storage.ts";
import { HEAD_SEQ } from "./reader.ts";
import { UNREADABLE_MS } from "./rows.ts";
import { EPOCH_MS, FIRST_MS, LAST_MS, LAST_NUMBER } from "./text-sources.ts";
import type { Writer } from "./writer.ts";

type Prepare = Pick<Writer, "prepare">;

/** Statuses that end an agent or a prompt. */
export const FINISHED = "'completed', 'failed', 'cancelled'";

/** Rows that one statement takes: some hold a megabyte, and a batch looks at the time between two statements. */
const FEW = 12;
const FEW_CHANGES = 64;
const EXAMINED = 200;

/**
 * The ends of the feed, and how far the text index has read it: nothing behind that may go, and nothing at all when there is
 * no index.
 */
const FEED = `
  select ${HEAD_SEQ} as head, (select min(seq) from changes) as oldest,
    cast((select value from orchestrator_meta where key = 'text_seq') as integer) as "read"`;
const OLDEST_CHANGES = "select seq, at_ms from changes order by seq limit $few";
const DELETE_CHANGES = "delete from changes where seq <= $last";

export type FeedEnds = { readonly head: number; readonly oldest: number | null; readonly read: number | null };

/** The last change that may go when so many of the newest stay; smaller than the oldest when none may. */
export function lastPrunable({ head, read }: FeedEnds, keep: number): number {
  return Math.min(head - keep, read ?? 0);
}

export function feedEnds(at: Prepare): FeedEnds {
  return at.prepare<FeedEnds>(FEED).get({})!;
}

/** Deletes a few of the oldest changes, but for the newest `keep` and those from `before` on; how many. */
export function pruneChanges(writer: Prepare, keep: number, before = Number.POSITIVE_INFINITY): number {
  const ends = feedEnds(writer);
  const limit = lastPrunable(ends, keep);
  if (ends.oldest === null || ends.oldest > limit) return 0;
  const oldest = writer.prepare<{ seq: number; at_ms: number }>(OLDEST_CHANGES).all({ few: FEW_CHANGES });
  // Only from the front: the feed has no gaps.
  const firstKept = oldest.findIndex(({ seq, at_ms: at }) => seq > limit || at >= before);
  const gone = firstKept === -1 ? oldest : oldest.slice(0, firstKept);
  const last = gone.at(-1)?.seq;
  if (last !== undefined) writer.prepare(DELETE_CHANGES).run({ last });
  return gone.length;
}

export type LogTable = "agent_logs" | "system_logs";

/**
 * Logs from before a time, and with them those whose own time cannot be read: they are as old as their numbers, and go when
 * the oldest log that stays was written after them.
 */
export const OLD_LOGS = (table: LogTable, most: number) => [
  `select id from ${table} where created_ms < $before and created_ms > ${UNREADABLE_MS} order by created_ms, id limit ${most}`,
  `select id from ${table} where created_ms = ${UNREADABLE_MS}
    and id < (select id from ${table} where created_ms >= $before order by created_ms, id limit 1) order by id limit ${most}`,
];

/** Deletes a few of the oldest logs from before that time; how many. */
export function pruneLogs(writer: Prepare, table: LogTable, before: number): number {
  for (const old of OLD_LOGS(table, FEW)) {
    const { changes } = writer.prepare(`delete from ${table} where id in (${old})`).run({ before });
    if (changes > 0) return changes;
  }
  return 0;
}

/** Where a transaction began: what was written in it is none of what may go for it. */
export type Before = { readonly agent_logs: number; readonly system_logs: number; readonly seq: number };

/** Nothing was written yet. */
export const ALL_OF_IT: Before = {
  agent_logs: Number.MAX_SAFE_INTEGER,
  system_logs: Number.MAX_SAFE_INTEGER,
  seq: Number.MAX_SAFE_INTEGER,
};

const BEFORE = `select ifnull(max(case name when 'agent_logs' then seq end), 0) as agent_logs,
    ifnull(max(case name when 'system_logs' then seq end), 0) as system_logs,
    ifnull(max(case name when 'changes' then seq end), 0) as seq from sqlite_sequence`;

/** At the begin of a transaction. */
export function placeOf(at: Prepare): Before {
  return at.prepare<Before>(BEFORE).get({})!;
}

const OLDEST_LOGS = `select
    (select created_ms from agent_logs where id <= $agent_logs order by created_ms, id limit 1) as agent,
    (select created_ms from system_logs where id <= $system_logs order by created_ms, id limit 1) as system`;

/** Deletes a few of the oldest logs, whichever table they are in; what of which. */
export function pruneOldestLogs(writer: Prepare, { agent_logs, system_logs }: Before): Removed {
  const oldest = writer.prepare<{ agent: number | null; system: number | null }>(OLDEST_LOGS);
  const { agent, system } = oldest.get({ agent_logs, system_logs })!;
  if (agent === null && system === null) return {};
  const table = system === null || (agent !== null && agent <= system) ? "agent_logs" : "system_logs";
  const other = table === "agent_logs" ? system : agent;
  // Of the same time at least: it is the oldest.
  const end = Math.max(other ?? Number.MAX_SAFE_INTEGER, (table === "agent_logs" ? agent! : system!) + 1);
  const last = table === "agent_logs" ? agent_logs : system_logs;
  const keys = writer.prepare<{ ms: number; id: number }>(OLDEST_OF(table)).all({ before: end, last });
  writer.prepare(DELETE_OF(table)).run({ ids: JSON.stringify(keys.map(({ id }) => id)) });
  writer.prepare(FORGET_OF(table)).run({ keys: JSON.stringify(keys.map(({ ms, id }) => [ms, id])) });
  return { [table]: keys.length };
}

const OLDEST_OF = (table: LogTable) =>
  `select created_ms as ms, id from ${table} where created_ms < $before and id <= $last order by created_ms, id limit ${FEW}`;
const DELETE_OF = (table: LogTable) => `delete from ${table} where id in (select value from json_each($ids))`;
/** There is nothing to take back from the text index of a log that it never came to. */
const FORGET_OF = (table: LogTable) => `
  delete from orchestrator_stale_texts where source = '${table.slice(0, -1)}' and doc in (
    select (min(max((value ->> 0) - ${EPOCH_MS}, ${FIRST_MS}), ${LAST_MS}) << 22) | ((value ->> 1) & ${LAST_NUMBER})
    from json_each($keys)
  ) and not exists (select 1 from ${table}_text_docsize d where d.id = ~orchestrator_stale_texts.doc)`;

/** The next changes that the text index has to read, and whether each is of a log that is there no more. */
const UNREAD = `
  select seq, case entity
      when 'agent_log' then not exists (select 1 from agent_logs where id = entity_id)
      when 'system_log' then not exists (select 1 from system_logs where id = entity_id)
      else op = 'deleted' or entity in ('agent', 'workflow') end as needless
  from changes where seq > $read order by seq limit ${FEW_CHANGES}`;
const SET_READ = "update orchestrator_meta set value = cast($seq as text) where key = 'text_seq'";

/**
 * Passes, for the text index, over the next changes that hold nothing for it: logs that went before it came to them. True
 * when there were some: they may go too.
 */
export function passNeedless(writer: Prepare, keep: number): boolean {
  const { head, oldest, read } = feedEnds(writer);
  if (read === null || oldest === null || read >= head - keep) return false;
  const unread = writer.prepare<{ seq: number; needless: number }>(UNREAD).all({ read });
  const needed = unread.findIndex(({ needless }) => needless === 0);
  const seq = (needed === -1 ? unread : unread.slice(0, needed)).at(-1)?.seq;
  if (seq !== undefined) writer.prepare(SET_READ).run({ seq });
  return seq !== undefined;
}

const NEXT_ANSWERS = `
  select rowid as row, created_ms, id, response_text is not null and status in (${FINISHED})
    and not exists (select 1 from changes c where c.seq > $seq and c.entity = 'prompt' and c.entity_id = prompts.id) as full
  from prompts where (created_ms, id) > ($ms, $id) order by created_ms, id limit ${EXAMINED}`;
const EMPTY = "update prompts set response_text = null where rowid = $row";

/**
 * Empties answers of finished prompts, oldest first. It remembers how far it came: what lies before is empty already, or
 * was not finished.
 */
export type AnswerPruner = {
  /** Empties a few; null when there is none left. */
  prune(before: Before): number | null;
  /** How far it came; setting it back is for a transaction that was undone, or for looking at all of them again. */
  place: AnswerPlace;
};

export type AnswerPlace = { readonly ms: number; readonly id: string };

export const FIRST_ANSWER: AnswerPlace = { ms: -Number.MAX_SAFE_INTEGER - 1, id: "" };

export function createAnswerPruner(writer: Prepare): AnswerPruner {
  type Row = { row: number; created_ms: number; id: string; full: number };
  const pruner: AnswerPruner = {
    place: FIRST_ANSWER,
    prune({ seq }) {
      const rows = writer.prepare<Row>(NEXT_ANSWERS).all({ ...pruner.place, seq });
      if (rows.length === 0) return null;
      let emptied = 0;
      for (const { row, created_ms: ms, id, full } of rows) {
        if (emptied === FEW) break;
        pruner.place = { ms, id };
        if (full === 1) emptied += writer.prepare(EMPTY).run({ row }).changes;
      }
      return emptied;
    },
  };
  return pruner;
}
