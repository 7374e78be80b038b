import type { BoundedCount, Cutoffs, PurgePreview } from "#src/domain/storage.ts";
import { DUE } from "./finished-agents.ts";
import { feedEnds, FINISHED, lastPrunable, type LogTable, OLD_LOGS } from "./prune.ts";
import type { Reader } from "./reader.ts";

/** Counting ends here; of agents, so many of each status are looked at. */
const MOST = 10_000;
const EXAMINED_AGENTS = 1_000;

const COUNT_LOGS = (table: LogTable) =>
  `select ${OLD_LOGS(table, MOST + 1)
    .map((old) => `(select count(*) from (${old}))`)
    .join(" + ")} as rows`;

const EXAMINED = FINISHED.split(", ")
  .map(
    (status) =>
      `select * from (select id, status, started_ms, updated_ms, completed_at from agents where status = ${status} and started_ms < $before order by started_ms, id limit ${EXAMINED_AGENTS})`,
  )
  .join(" union all ");
const COUNT_AGENTS = `
  select count(*) filter (where ${DUE}) as rows, max(n) as examined
  from (select *, row_number() over (partition by status) as n from (${EXAMINED})) a`;
const COUNT_PROMPTS = `
  select count(*) as rows from (
    select 1 from (${EXAMINED}) a cross join prompts p on p.agent_id = a.id where ${DUE} limit ${MOST + 1})`;
const AT = "select at_ms from changes where seq = $seq";

const NONE: BoundedCount = { rows: 0, more: false };

function bounded(rows: number): BoundedCount {
  return { rows: Math.min(rows, MOST), more: rows > MOST };
}

/** Counts what a purge would remove, along indexes and to a bound. */
export function createPreview(reader: Reader): (cutoffs: Cutoffs, overLimitBytes: number) => PurgePreview {
  const count = (sql: string, before: number) => reader.prepare<{ rows: number }>(sql).get({ before })!.rows;

  function agents(before: number): Pick<PurgePreview, "agents" | "prompts"> {
    type Row = { rows: number; examined: number | null };
    const { rows, examined } = reader.prepare<Row>(COUNT_AGENTS).get({ before })!;
    const more = (examined ?? 0) >= EXAMINED_AGENTS;
    const prompts = bounded(count(COUNT_PROMPTS, before));
    return { agents: { rows, more }, prompts: { ...prompts, more: more || prompts.more } };
  }

  /** Changes are numbered without gaps in the order of their times: how many there are is a search for where they end. */
  function changes({ keep, before }: NonNullable<Cutoffs["changes"]>): BoundedCount {
    const ends = feedEnds(reader);
    if (ends.oldest === null) return NONE;
    const at = reader.prepare<{ at_ms: number }>(AT);
    let [first, end] = [ends.oldest, lastPrunable(ends, keep) + 1];
    while (first < end) {
      const middle = Math.floor((first + end) / 2);
      if ((at.get({ seq: middle })?.at_ms ?? before) < before) first = middle + 1;
      else end = middle;
    }
    return { rows: first - ends.oldest, more: false };
  }

  return ({ logs, runs, changes: feed }, overLimitBytes) => ({
    agent_logs: logs === null ? NONE : bounded(count(COUNT_LOGS("agent_logs"), logs)),
    system_logs: logs === null ? NONE : bounded(count(COUNT_LOGS("system_logs"), logs)),
    changes: feed === null ? NONE : changes(feed),
    ...(runs === null ? { agents: NONE, prompts: NONE } : agents(runs)),
    over_limit_bytes: overLimitBytes,
  });
}
