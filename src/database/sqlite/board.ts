import { setImmediate as nextTick } from "node:timers/promises";
import { type BoardAgent, type BoardFilter, MOST_LOGS_LOOKED_AT, TELLING_LOG_TYPES } from "#src/domain/board.ts";
import { type AgentSummary, summaryOf } from "#src/domain/change.ts";
import type { Cursor } from "#src/domain/listing.ts";
import type { BoardStore } from "#src/database/board.ts";
import type { Page, Read } from "#src/database/manager.ts";
import { mostUrgentSql, SUMMARY_COLUMNS } from "./current-agents.ts";
import { createList, isAnyOf } from "./list.ts";
import { createPromptSums, type PromptSums } from "./prompt-sums.ts";
import type { Reader } from "./reader.ts";
import { asText, type Stored, toAgent, toAgentLog } from "./rows.ts";

/** Agents whose logs are read at a stretch: a message may be long, and all of it is read to cut it. */
const SLICE = 32;
const READ_MS = 5;

const COLUMNS = `${SUMMARY_COLUMNS}, rowid as r`;
const CURRENT = mostUrgentSql(COLUMNS);
const BY_ID = `select ${COLUMNS} from agents where id in (select value from json_each($ids))
  and ($sessions is null or session_id in (select value from json_each($sessions)))
  order by started_ms desc, id desc limit $limit`;

/** The newest that is so among the newest few: how many others stand before it nobody knows. */
const newestLog = (isSo: string) => `(select id from (
    select id, log_type, created_ms from agent_logs indexed by agent_logs_by_agent where agent_id = a.id
    order by created_ms desc, id desc limit ${MOST_LOGS_LOOKED_AT})
  where ${isSo} order by created_ms desc, id desc limit 1)`;
const TELLING = `log_type in (${TELLING_LOG_TYPES.map((type) => `'${type}'`).join(", ")})`;
const DETAILS = `select a.rowid as r, substr(cast(d.name as text), 1, 2000) as definition,
    substr(cast(d.agent_type as text), 1, 2000) as agent_type, l.id, l.log_level, l.log_type,
    substr(cast(l.message as text), 1, 2000) as message, l.created_at
  from agents a left join orchestrator_agents d on d.id = a.orchestrator_agent_id
  left join agent_logs l on l.id = coalesce(${newestLog(TELLING)}, ${newestLog("log_type = 'state_change'")})
  where a.rowid in (select value from json_each($rowids))`;

/** `id` is the stored one, which may be any value. */
type Found = { readonly r: number; readonly id: string; readonly summary: AgentSummary };
type Details = Pick<BoardAgent, "definition" | "agent_type" | "last_log">;

/** Those of an agent that was deleted meanwhile. */
const GONE: Details = { definition: null, agent_type: null, last_log: null };

export function createBoardStore(reader: Reader): BoardStore {
  const prompts = createPromptSums(reader);
  const listOfSessions = createList(reader, {
    table: "agents",
    columns: `${SUMMARY_COLUMNS}, t.rowid as r, started_ms as walk_ms`,
    time: "started_ms",
    id: "id",
    conditions: { session_id: isAnyOf("session_id", "session_id", "agents_by_session") },
    toRow: toFound,
  });

  /** A page ends where too much was examined: pages up to the limit. */
  async function ofSessions(sessions: string[], limit: number): Promise<Read<Found[]>> {
    const rows: Found[] = [];
    let seq: number | null = null;
    let cursor: Cursor | null = null;
    do {
      const page: Read<Page<Found>> = await listOfSessions(
        { session_id: sessions },
        { limit: limit - rows.length, ...(cursor === null ? {} : { cursor }) },
      );
      seq ??= page.seq;
      rows.push(...page.value.rows);
      cursor = page.value.next;
      await nextTick();
    } while (cursor !== null && rows.length < limit);
    return { value: rows, seq };
  }

  async function find(filter: BoardFilter, endedSince: number, limit: number): Promise<Read<Found[]>> {
    const { agent_id: ids, session_id: sessions } = filter;
    if (ids === undefined && sessions !== undefined) return ofSessions(sessions, limit);
    const bindings = { ids: JSON.stringify(ids ?? null), sessions: sessions ? JSON.stringify(sessions) : null, limit };
    return reader.snapshot(() =>
      ids === undefined
        ? reader.prepare<Stored>(CURRENT).all({ endedSince, limit }).map(toFound)
        : reader.prepare<Stored>(BY_ID).all(bindings).map(toFound),
    );
  }

  async function detailsOf(found: readonly Found[]): Promise<Map<number, Details>> {
    const details = new Map<number, Details>();
    let end = performance.now() + READ_MS;
    for (let at = 0; at < found.length; at += SLICE) {
      const rowids = JSON.stringify(found.slice(at, at + SLICE).map(({ r }) => r));
      const rows = await reader.read(() => reader.prepare<Stored>(DETAILS).all({ rowids }));
      for (const row of rows) details.set(row["r"] as number, toDetails(row));
      if (performance.now() <= end) continue;
      await nextTick();
      end = performance.now() + READ_MS;
    }
    return details;
  }

  return {
    async agents(filter, endedSince, limit) {
      const { value: found, seq } = await find(filter, endedSince, limit);
      await nextTick();
      const details = await detailsOf(found);
      await nextTick();
      const sums = await prompts.each(found.map(({ id }) => id));
      await nextTick();
      return { seq, value: found.map((each, at) => toBoardAgent(each, details.get(each.r) ?? GONE, sums[at]!)) };
    },
  };
}

function toFound(row: Stored): Found {
  return { r: row["r"] as number, id: row["id"] as string, summary: summaryOf(toAgent(row)) };
}

function toDetails(row: Stored): Details {
  const names = { definition: asText(row["definition"]), agent_type: asText(row["agent_type"]) };
  if (row["id"] === null) return { ...names, last_log: null };
  const { id, log_level, log_type, message, created_at } = toAgentLog(row);
  return { ...names, last_log: { id, log_level, log_type, message, created_at } };
}

function toBoardAgent({ summary }: Found, details: Details, { total }: PromptSums): BoardAgent {
  const { prompts, tokens_input, tokens_output } = total;
  const { last_log, ...names } = details;
  return { ...summary, ...names, prompts, tokens_input, tokens_output, last_log };
}
