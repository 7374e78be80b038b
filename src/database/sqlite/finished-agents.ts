import type { Removed } from "#src/domain/storage.ts";
import { FINISHED } from "./prune.ts";
import { movingTotals } from "./purged-totals.ts";
import { UNREADABLE_MS } from "./rows.ts";
import type { Writer } from "./writer.ts";

type Prepare = Pick<Writer, "prepare">;

const FEW = 16;
const EXAMINED = 100;
/** Of the agents below one so many are looked at; where there are more it waits until some of them have gone. */
const BELOW = 32;
const STATUSES = FINISHED.split(", ");

/** When it ended; other programs often never say: then its last change. Null, and never old, when no time can be read. */
const ENDED = (a: string) => `coalesce(
  case when cast(${a}.completed_at as text) glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
    cast(strftime('%s', substr(${a}.completed_at, 1, 19) || case when ${a}.completed_at glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(${a}.completed_at, -6) else '' end) as integer) * 1000
  end, nullif(${a}.updated_ms, ${UNREADABLE_MS}), nullif(${a}.started_ms, ${UNREADABLE_MS}))`;
/** While one below it stays, so does what it hangs on. */
export const DUE = `${ENDED("a")} < $before and (
  with recursive below (id) as (
    select a.id union select c.id from below cross join agents c on c.parent_agent_id = below.id limit ${BELOW}
  )
  select count(*) < ${BELOW} and total((b.status in (${FINISHED}) and ${ENDED("b")} < $before) is not true) = 0
  from below cross join agents b on b.id = below.id)`;
/** Newest first: agents start after those they hang on. */
const NEXT = (status: string) => `
  select rowid as row, started_ms as ms, id from agents
  where status = ${status} and (started_ms, id) < ($ms, $id)
  order by started_ms desc, id desc limit ${EXAMINED}`;
/** The lowest first. What is due after those is below itself: agents that are each other's parents. */
const IS_DUE = {
  lowest: `select 1 from agents a where rowid = $row and ${ENDED("a")} < $before
    and not exists (select 1 from agents c where c.parent_agent_id = a.id and c.id is not a.id)`,
  any: `select 1 from agents a where rowid = $row and ${DUE}`,
};

const OF = "(select id from agents where rowid = $agent)";
const TAKE_PROMPTS = `insert into purging_rows select rowid from prompts where agent_id = ${OF} limit ${FEW}`;
const TAKEN = "select row from purging_rows";
const RELEASE = "delete from purging_rows";
const DELETE_PROMPT = "delete from prompts where rowid = $row";
const DELETE_LOGS = `delete from agent_logs where id in (select id from agent_logs where agent_id = ${OF} limit ${FEW})`;
const DELETE_CHAT = `delete from orchestrator_chat where rowid in (select rowid from orchestrator_chat where agent_id = ${OF} limit ${FEW})`;
const DELETE_KEYS = `delete from orchestrator_ingest_keys where (conversation_id, key) in (
  select k.conversation_id, k.key from orchestrator_conversations o cross join orchestrator_ingest_keys k on k.conversation_id = o.id
  where o.agent_id = ${OF} limit ${FEW})`;
const DELETE_CALLS = `delete from orchestrator_calls where (conversation_id, rank, call) in (
  select c.conversation_id, c.rank, c.call from orchestrator_conversations o cross join orchestrator_calls c on c.conversation_id = o.id
  where o.agent_id = ${OF} limit ${FEW})`;
const DELETE_AGENT = "delete from agents where rowid = $agent";

type Candidate = { readonly row: number; readonly ms: number; readonly id: string };
type Place = { readonly which: keyof typeof IS_DUE; readonly status: number; readonly ms: number; readonly id: string };

/** Removes agents that finished before a time, bottom-up: what belongs to them, then themselves. */
export type AgentPurge = {
  /** Inside a write: removes until the time of `performance.now()`. */
  step(end: number): { readonly removed: Removed; readonly done: boolean };
  /** The write was undone. */
  undone(): void;
};

export function createAgentPurge(writer: Prepare, before: number): AgentPurge {
  const start = { ms: before, id: "" };
  let place: Place = { which: "lowest", status: 0, ...start };
  let removedInPass = 0;
  let saved = { place, removedInPass };

  /** The next status; after the last one the first again, for agents whose children have gone meanwhile. */
  function nextWalk(): boolean {
    const isLast = place.status === STATUSES.length - 1;
    const isOver = isLast && removedInPass === 0;
    if (isOver && place.which === "any") return false;
    if (isLast) removedInPass = 0;
    place = { which: isOver ? "any" : place.which, status: isLast ? 0 : place.status + 1, ...start };
    return true;
  }

  return {
    step(end) {
      saved = { place, removedInPass };
      const removed: Required<Pick<Removed, "agents" | "prompts" | "agent_logs">> = {
        agents: 0,
        prompts: 0,
        agent_logs: 0,
      };
      for (;;) {
        const { ms, id } = place;
        const candidates = writer.prepare<Candidate>(NEXT(STATUSES[place.status]!)).all({ before, ms, id });
        for (const candidate of candidates) {
          if (writer.prepare(IS_DUE[place.which]).get({ row: candidate.row, before }) !== null) {
            if (!removeAgent(writer, candidate.row, removed, end)) return { removed, done: false };
            removedInPass += 1;
          }
          place = { ...place, ms: candidate.ms, id: candidate.id };
          if (performance.now() > end) return { removed, done: false };
        }
        if (candidates.length === 0 && !nextWalk()) return { removed, done: true };
        if (performance.now() > end) return { removed, done: false };
      }
    },
    undone() {
      ({ place, removedInPass } = saved);
    },
  };
}

/** False when its time was up before all of it was removed. */
function removeAgent(
  writer: Prepare,
  agent: number,
  removed: { agents: number; prompts: number; agent_logs: number },
  end: number,
): boolean {
  for (let some = removePrompts(writer, agent, end); some > 0; some = removePrompts(writer, agent, end)) {
    removed.prompts += some;
    if (performance.now() > end) return false;
  }
  for (const sql of [DELETE_LOGS, DELETE_CHAT, DELETE_KEYS, DELETE_CALLS]) {
    const statement = writer.prepare(sql);
    for (let { changes } = statement.run({ agent }); changes > 0; { changes } = statement.run({ agent })) {
      if (sql === DELETE_LOGS) removed.agent_logs += changes;
      if (performance.now() > end) return false;
    }
  }
  movingTotals(writer, agent, "agent", () => void writer.prepare(DELETE_AGENT).run({ agent }));
  removed.agents += 1;
  return true;
}

/** A few of its prompts, one at least; how many. */
function removePrompts(writer: Prepare, agent: number, end: number): number {
  if (writer.prepare(TAKE_PROMPTS).run({ agent }).changes === 0) return 0;
  let some = 0;
  movingTotals(writer, agent, "prompts", () => {
    for (const { row } of writer.prepare<{ row: number }>(TAKEN).all({})) {
      some += writer.prepare(DELETE_PROMPT).run({ row }).changes;
      if (performance.now() > end) break;
    }
  });
  writer.prepare(RELEASE).run({});
  return some;
}
