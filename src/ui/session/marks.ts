import type { Change } from "#src/client/client.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionFilter } from "./session-filter.ts";
import { millisOf } from "./timeline-geometry.ts";

/** A call of a tool, or an error, at a moment (UTC milliseconds). */
export type Mark = {
  readonly id: number;
  readonly at: number;
  readonly isError: boolean;
  /** The beginning of its message. */
  readonly text: string;
};

export type Marks = {
  /** By agent, in order of time. */
  readonly byAgent: ReadonlyMap<string, readonly Mark[]>;
  readonly count: number;
  /** Whether there are older ones. */
  readonly isCut: boolean;
};

/** Shown at the most. */
export const MOST_MARKS = 5_000;
const PAGE = 1_000;
/** A page may hold fewer: at about 4 MB, or when much was examined, it ends. */
const PAGES = 20;
const MOST_TEXT = 200;
const TYPES = ["tool_call", "error"] as const;

type Row = Pick<AgentLog, "id" | "agent_id" | "log_type" | "message" | "created_at">;

export function marksSource(sessionId: string): Source<Marks> {
  return {
    key: `marks ${sessionId}`,
    async load(client, options) {
      const filter = await sessionFilter(client, sessionId, options);
      const rows: Row[] = [];
      let seq: number | null = null;
      let cursor: string | null = null;
      for (let pages = 0; pages < PAGES && rows.length < MOST_MARKS && (pages === 0 || cursor !== null); pages += 1) {
        const query = { ...filter, log_type: TYPES, limit: PAGE, cursor };
        const page = await client.listAgentLogs(query, options);
        for (const row of page.rows) rows.push(row);
        seq ??= page.seq;
        cursor = page.cursor;
      }
      const isCut = cursor !== null || rows.length > MOST_MARKS;
      return { seq: seq!, value: withRows({ byAgent: new Map(), count: 0, isCut }, rows.slice(0, MOST_MARKS)) };
    },
    reduce: (value, changes) => reduceMarks(value, changes, sessionId),
  };
}

export function reduceMarks(value: Marks, changes: readonly Change[], sessionId: string): Marks {
  const rows: Row[] = [];
  const gone = new Set<string>();
  for (const change of changes) {
    if (change.type === "agent.deleted") gone.add(String(change.id));
    if (change.type !== "agent_log.created" || change.session_id !== sessionId || change.data === null) continue;
    if ((TYPES as readonly string[]).includes(change.data.log_type)) rows.push(change.data);
  }
  const next = rows.length === 0 ? value : withRows(value, rows);
  return without(next, gone);
}

function without(value: Marks, ids: ReadonlySet<string>): Marks {
  const byAgent = new Map(value.byAgent);
  let { count } = value;
  for (const id of ids) {
    count -= byAgent.get(id)?.length ?? 0;
    byAgent.delete(id);
  }
  return byAgent.size === value.byAgent.size ? value : { ...value, byAgent, count };
}

/** Puts rows in, in whatever order; beyond what is shown, an agent loses its oldest. */
function withRows(value: Marks, rows: readonly Row[]): Marks {
  const added = new Map<string, Mark[]>();
  for (const row of rows) {
    const at = millisOf(row.created_at);
    if (at === null) continue;
    const mark = { id: row.id, at, isError: row.log_type === "error", text: row.message.slice(0, MOST_TEXT) };
    const marks = added.get(row.agent_id);
    if (marks === undefined) added.set(row.agent_id, [mark]);
    else marks.push(mark);
  }
  const byAgent = new Map(value.byAgent);
  let { count } = value;
  for (const [agent, marks] of added) {
    const known = byAgent.get(agent) ?? [];
    const all = inOrder([...known, ...marks]);
    byAgent.set(agent, all);
    count += all.length - known.length;
  }
  if (count <= MOST_MARKS) return { byAgent, count, isCut: value.isCut };
  return newest(byAgent);
}

/** Each once: what came while the list was read is in both. */
function inOrder(marks: readonly Mark[]): readonly Mark[] {
  const sorted = marks.toSorted((a, b) => a.at - b.at || a.id - b.id);
  return sorted.filter(({ id }, index) => index === 0 || sorted[index - 1]!.id !== id);
}

/** Leaves the newest, and room for a tenth more before the next time. */
function newest(byAgent: ReadonlyMap<string, readonly Mark[]>): Marks {
  const times = [...byAgent.values()].flatMap((marks) => marks.map(({ at }) => at)).toSorted((a, b) => b - a);
  const oldest = times[Math.floor(MOST_MARKS * 0.9)]!;
  const left = new Map<string, readonly Mark[]>();
  let count = 0;
  for (const [agent, marks] of byAgent) {
    const kept = marks.filter(({ at }) => at > oldest);
    if (kept.length > 0) left.set(agent, kept);
    count += kept.length;
  }
  return { byAgent: left, count, isCut: true };
}
