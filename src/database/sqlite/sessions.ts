import type { PageRequest } from "#src/domain/listing.ts";
import type { AgentStatus } from "#src/domain/runtime-agent.ts";
import type { Session } from "#src/domain/session.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { roundUsd } from "#src/domain/values.ts";
import type { SessionStore } from "#src/database/manager.ts";
import { createList } from "./list.ts";
import type { Reader } from "./reader.ts";
import { AGENT_COLUMNS, type Stored, toAgent } from "./rows.ts";

type Activity = { readonly sessionId: string; readonly first: number; readonly last: number };
type AgentTotals = { session_id: string; status: AgentStatus; agents: number; cost: number };
type PromptTotals = { session_id: string; prompts: number; tokens_input: number; tokens_output: number };

const COLUMNS = "session_id, first_ms, last_ms as walk_ms";
const GET = `select ${COLUMNS} from orchestrator_sessions where session_id = $sessionId
  and exists (select 1 from agents where agents.session_id = $sessionId)`;
const AGENTS = `select ${AGENT_COLUMNS} from agents where session_id = $sessionId order by started_ms desc, id desc limit $limit`;
const AGENT_TOTALS = `
  select session_id, status, count(*) as agents, total(case when cost_usd between 0 and 1e300 then cost_usd end) as cost
  from agents where session_id in (select value from json_each($ids)) group by session_id, status`;
const PROMPT_TOTALS = `
  select session_id, count(*) as prompts,
    total(case when tokens_input between 0 and 9007199254740991 then tokens_input end) as tokens_input,
    total(case when tokens_output between 0 and 9007199254740991 then tokens_output end) as tokens_output
  from prompts where session_id in (select value from json_each($ids)) group by session_id`;

export function createSessionStore(reader: Reader): SessionStore {
  const listActivity = createList(reader, {
    table: "orchestrator_sessions",
    columns: COLUMNS,
    time: "last_ms",
    id: "session_id",
    // A session whose agents have all been deleted is none.
    conditions: {
      hasAgents: {
        sql: "$hasAgents is not null and exists (select 1 from agents where agents.session_id = t.session_id)",
      },
    },
    toRow: toActivity,
  });
  return {
    async list(_filter, page: PageRequest) {
      const { value, seq } = await listActivity({ hasAgents: true }, page);
      return { value: { rows: addUp(reader, value.rows), next: value.next }, seq };
    },
    get: (sessionId, limit) =>
      reader.snapshot(() => {
        const row = reader.prepare<Stored>(GET).get({ sessionId });
        if (row === null) return null;
        const [session] = addUp(reader, [toActivity(row)]);
        const agents = reader.prepare<Stored>(AGENTS).all({ sessionId, limit: limit + 1 });
        return { session: session!, agents: agents.map(toAgent) };
      }),
  };
}

function toActivity(row: Stored): Activity {
  return { sessionId: row["session_id"] as string, first: row["first_ms"] as number, last: row["walk_ms"] as number };
}

/** The totals of these sessions: two queries for all of them. */
function addUp(reader: Reader, activities: readonly Activity[]): Session[] {
  const ids = JSON.stringify(activities.map(({ sessionId }) => sessionId));
  const sessions = new Map(
    activities.map((activity): [string, Session] => [activity.sessionId, emptySession(activity)]),
  );
  for (const row of reader.prepare<AgentTotals>(AGENT_TOTALS).all({ ids })) {
    const session = sessions.get(row.session_id)!;
    session.agents.by_status[row.status] = row.agents;
    session.agents.total += row.agents;
    session.cost_usd = roundUsd(session.cost_usd + row.cost);
  }
  for (const row of reader.prepare<PromptTotals>(PROMPT_TOTALS).all({ ids })) {
    const session = sessions.get(row.session_id)!;
    session.prompts = row.prompts;
    session.tokens_input = Math.trunc(row.tokens_input);
    session.tokens_output = Math.trunc(row.tokens_output);
  }
  return [...sessions.values()];
}

function emptySession({ sessionId, first, last }: Activity): Session {
  const time = (millis: number) => (Math.abs(millis) <= 8.64e15 ? toTimestamp(millis) : null);
  return {
    session_id: sessionId,
    agents: { total: 0, by_status: {} },
    prompts: 0,
    tokens_input: 0,
    tokens_output: 0,
    cost_usd: 0,
    first_activity_at: time(first),
    last_activity_at: time(last),
  };
}
