import { ALIVE_STATUSES } from "#src/domain/vocabulary.ts";

/** What a summary shows: text is cut as in a change, and the long fields are not read at all. */
export const SUMMARY_COLUMNS = `id, orchestrator_agent_id, session_id, parent_agent_id, substr(cast(name as text), 1, 2000) as name, status, started_at,
  updated_ms, completed_at, cost_usd, substr(cast(error_message as text), 1, 2000) as error_message,
  silence, last_activity_ms`;

/** The alive ones status by status, then those that changed since: two walks of an index, never the whole table. */
const ALIVE = ALIVE_STATUSES.map(
  (status) =>
    `select * from (select rowid as r from agents where status = '${status}' order by started_ms desc, id desc limit $limit)`,
).join(" union all ");

const CURRENT = `
    ${ALIVE}
    union all
    select * from (select rowid from agents where updated_ms >= $endedSince and status not in (${ALIVE_STATUSES.map((s) => `'${s}'`).join(", ")})
      and coalesce(cast(strftime('%s', completed_at) as integer) * 1000, updated_ms) >= $endedSince - 999
      order by updated_ms desc limit $limit)`;

/** Who needs somebody is never left out for who does not. */
const URGENCY = `case when status = 'waiting' then 0 when status in (${ALIVE_STATUSES.map((s) => `'${s}'`).join(", ")}) then 1 else 2 end`;

/** The same of those that wait first, then of those that are alive, each the newest; all of them the newest first. */
export function mostUrgentSql(columns: string): string {
  return `
  select ${columns} from agents where rowid in (
    select rowid from agents where rowid in (${CURRENT}) order by ${URGENCY}, started_ms desc, id desc limit $limit
  ) order by started_ms desc, id desc`;
}

/** Selects these columns of the newest `$limit` agents that are alive or ended after `$endedSince`. */
export function currentSql(columns: string): string {
  return `
  select ${columns} from agents where rowid in (${CURRENT}) order by started_ms desc, id desc limit $limit`;
}
