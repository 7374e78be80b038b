import type { PageRequest } from "#src/domain/listing.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import type { Session } from "#src/domain/session.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { DecisionOutdated, type SessionStore } from "#src/database/manager.ts";
import { createList } from "./list.ts";
import { loadOf } from "./queue.ts";
import type { Reader } from "./reader.ts";
import { AGENT_COLUMNS, json, type Stored, storedJson, toAgent } from "./rows.ts";
import { silentIn } from "./silence.ts";
import type { Writer } from "./writer.ts";

const NANO = 1e9;
const TOTALS = ["agents", ...AGENT_STATUSES, "prompts", "tokens_input", "tokens_output", "nano"] as const;
type Totals = Record<(typeof TOTALS)[number], number>;
type Activity = Totals & {
  readonly sessionId: string;
  readonly first: number;
  readonly last: number;
  readonly quiet: number;
  readonly lost: number;
  readonly config: unknown;
};

const COLUMNS = `session_id, first_ms, last_ms as walk_ms, ${TOTALS.join(", ")}, ${silentIn(1)} as quiet, ${silentIn(2)} as lost,
  (select c.config from orchestrator_session_configs c where c.session_id = t.session_id) as config`;
const PURGED = `select session_id, ${TOTALS.join(", ")} from orchestrator_purged_sessions
  where session_id in (select value from json_each($ids))`;
const HAS_AGENTS = `t.agents > 0 or exists (
  select 1 from orchestrator_purged_sessions p where p.session_id = t.session_id and p.agents > 0)`;
const GET = `select ${COLUMNS} from orchestrator_sessions t where session_id = $sessionId and (${HAS_AGENTS})`;
const CONFIGURE = `insert into orchestrator_session_configs (session_id, config, updated_ms) values ($sessionId, $config, $now)
  on conflict (session_id) do update set config = excluded.config, updated_ms = excluded.updated_ms`;
const UNCONFIGURE = "delete from orchestrator_session_configs where session_id = $sessionId";
const AGENTS = `select ${AGENT_COLUMNS} from agents where session_id = $sessionId order by started_ms desc, id desc limit $limit`;

/** Totals of sessions are kept by the triggers, beside those of what retention has removed: nothing is added up here. */
export function createSessionStore(reader: Reader, writer: Writer): SessionStore {
  const listActivity = createList(reader, {
    table: "orchestrator_sessions",
    columns: COLUMNS,
    time: "last_ms",
    id: "session_id",
    // A session whose agents have all been deleted is none.
    conditions: { hasAgents: { sql: `$hasAgents is not null and (${HAS_AGENTS})` } },
    toRow: toActivity,
  });
  return {
    async list(_filter, page: PageRequest) {
      const { value, seq } = await listActivity({ hasAgents: true }, page);
      return { value: { rows: withPurged(reader, value.rows).map(toSession), next: value.next }, seq };
    },
    get: (sessionId, limit) =>
      reader.snapshot(() => {
        const row = reader.prepare<Stored>(GET).get({ sessionId });
        if (row === null) return null;
        const [session] = withPurged(reader, [toActivity(row)]).map(toSession);
        const agents = reader.prepare<Stored>(AGENTS).all({ sessionId, limit: limit + 1 });
        return { session: session!, agents: agents.map(toAgent) };
      }),
    configure: (sessionId, config, now) =>
      writer.write(() => {
        const stored = storedJson(config);
        if (stored === null) writer.prepare(UNCONFIGURE).run({ sessionId });
        else writer.prepare(CONFIGURE).run({ sessionId, config: stored, now });
        const row = writer.prepare<Stored>(GET).get({ sessionId });
        if (row === null) throw new DecisionOutdated(`session ${sessionId} is gone`);
        return withPurged(writer, [toActivity(row)]).map(toSession)[0]!;
      }, loadOf({ config })),
  };
}

function toActivity(row: Stored): Activity {
  return {
    ...(row as Totals),
    sessionId: row["session_id"] as string,
    first: row["first_ms"] as number,
    last: row["walk_ms"] as number,
    quiet: row["quiet"] as number,
    lost: row["lost"] as number,
    config: json(row["config"]),
  };
}

/** With what retention has removed of them: one query for all. */
function withPurged(reader: Pick<Reader, "prepare">, activities: readonly Activity[]): readonly Activity[] {
  const ids = JSON.stringify(activities.map(({ sessionId }) => sessionId));
  const purged = new Map(
    reader
      .prepare<Totals & { session_id: string }>(PURGED)
      .all({ ids })
      .map((row) => [row.session_id, row]),
  );
  if (purged.size === 0) return activities;
  return activities.map((activity) => {
    const gone = purged.get(activity.sessionId);
    if (gone === undefined) return activity;
    const sums = TOTALS.map((name) => [name, activity[name] + gone[name]] as const);
    return { ...activity, ...(Object.fromEntries(sums) as Totals) };
  });
}

function toSession(activity: Activity): Session {
  const time = (millis: number) => (Math.abs(millis) <= 8.64e15 ? toTimestamp(millis) : null);
  const counted = AGENT_STATUSES.filter((status) => activity[status] !== 0);
  return {
    session_id: activity.sessionId,
    agents: {
      total: activity.agents,
      by_status: Object.fromEntries(counted.map((status) => [status, activity[status]])),
      quiet: activity.quiet,
      lost: activity.lost,
    },
    prompts: activity.prompts,
    tokens_input: activity.tokens_input,
    tokens_output: activity.tokens_output,
    cost_usd: activity.nano / NANO,
    first_activity_at: time(activity.first),
    last_activity_at: time(activity.last),
    config: activity.config,
  };
}
