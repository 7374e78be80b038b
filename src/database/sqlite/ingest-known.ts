import type {
  ConversationQuery,
  IngestQuery,
  Known,
  KnownConversation,
  KnownKey,
  KnownTurn,
} from "#src/database/ingest.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { ALIVE_STATUSES } from "#src/domain/vocabulary.ts";
import { readTimestamp, toMillis } from "#src/domain/timestamp.ts";
import type { Reader } from "./reader.ts";
import { AGENT_COLUMNS, AGENT_LOG_COLUMNS, type Stored, toAgent, toAgentLog } from "./rows.ts";

/** Turns that are looked at because they are the newest: the open ones are among them. */
const NEWEST = 4;
/** Alive agents below one that ends, and how many are looked at; who has more is told of by their silence. */
const MOST_BELOW = 200;
const MOST_SEEN = 5_000;

const CONVERSATION =
  "select id, agent_id, revision, state from orchestrator_conversations where conversation = $conversation";
const AGENT = `select ${AGENT_COLUMNS} from agents where id = $id`;
const AGENT_ELSEWHERE = `select ${AGENT_COLUMNS} from agents where external_id = $externalId
  and not exists (select 1 from orchestrator_conversations o where o.agent_id = agents.id)`;
const BELOW = `
  with recursive below (id) as (
    select id from agents where parent_agent_id = $id
    union select a.id from below cross join agents a on a.parent_agent_id = below.id
    limit ${MOST_SEEN}
  )
  select ${AGENT_COLUMNS} from agents where id in (select id from below) and id <> $id
    and status in (${ALIVE_STATUSES.map((status) => `'${status}'`).join(", ")}) limit ${MOST_BELOW}`;
const KEYS = `select key, ref, rank from orchestrator_ingest_keys
  where conversation_id = $id and key in (select value from json_each($keys))`;
const LOG = `select ${AGENT_LOG_COLUMNS} from agent_logs where id = $ref`;
const TURN = `select t.number, t.prompt_id, t.source_key, t.sent_ms, t.opened_ms, t.text_hash, t.answered, t.failed_ms, t.failed_error,
  p.status, p.completed_at,
  (select max(s.rank) from orchestrator_call_sums s where s.prompt_id = t.prompt_id) as call_rank from orchestrator_turns t cross join prompts p on p.id = t.prompt_id where t.conversation_id = $id`;
const NEWEST_TURNS = `${TURN} order by t.number desc limit ${NEWEST}`;
const NAMED_TURNS = `${TURN} and t.source_key in (select value from json_each($turns))`;
const TURNS_OF_TIME = `${TURN} and t.sent_ms <= $to
  and t.sent_ms >= ifnull((select max(sent_ms) from orchestrator_turns where conversation_id = $id and sent_ms <= $from), $from)`;
const DEFINITIONS = "select name, id from orchestrator_agents where name in (select value from json_each($names))";

/** What is known for a query; the caller holds one snapshot. */
export function knownFor(reader: Pick<Reader, "prepare">, query: IngestQuery): Known {
  const conversations = new Map<string, KnownConversation>();
  const agents = new Map<string, RuntimeAgent>();
  for (const asked of query.conversations) {
    const known = conversationFor(reader, asked);
    if (known !== null) conversations.set(asked.conversation, known);
    else {
      const agent = reader.prepare<Stored>(AGENT_ELSEWHERE).get({ externalId: asked.externalId });
      if (agent !== null) agents.set(asked.externalId, toAgent(agent));
    }
  }
  const definitions = reader
    .prepare<{ name: string; id: string }>(DEFINITIONS)
    .all({ names: JSON.stringify(query.definitions) });
  return { conversations, agents, definitions: new Map(definitions.map(({ name, id }) => [name, id])) };
}

function conversationFor(reader: Pick<Reader, "prepare">, asked: ConversationQuery): KnownConversation | null {
  const { conversation } = asked;
  const row = reader
    .prepare<{ id: number; agent_id: string; revision: number; state: string }>(CONVERSATION)
    .get({ conversation });
  if (row === null) return null;
  const agent = reader.prepare<Stored>(AGENT).get({ id: row.agent_id });
  // Other programs delete agents without what hangs on them.
  if (agent === null) return null;
  return {
    id: row.id,
    revision: row.revision,
    state: JSON.parse(row.state),
    agent: toAgent(agent),
    keys: keysFor(reader, row.id, asked.keys),
    turns: asked.turns === null ? [] : turnsFor(reader, row.id, asked.turns, asked.sent),
    below: asked.below ? reader.prepare<Stored>(BELOW).all({ id: row.agent_id }).map(toAgent) : [],
  };
}

function keysFor(reader: Pick<Reader, "prepare">, id: number, keys: readonly string[]): Map<string, KnownKey> {
  const rows = reader
    .prepare<{ key: string; ref: number | null; rank: number | null }>(KEYS)
    .all({ id, keys: JSON.stringify(keys) });
  return new Map(rows.map(({ key, ref, rank }) => [key, { rank: rank ?? 0, log: logFor(reader, ref) }]));
}

function logFor(reader: Pick<Reader, "prepare">, ref: number | null): AgentLog | null {
  const row = ref === null ? null : reader.prepare<Stored>(LOG).get({ ref });
  return row === null ? null : toAgentLog(row);
}

function turnsFor(
  reader: Pick<Reader, "prepare">,
  id: number,
  turns: readonly string[],
  sent: ConversationQuery["sent"],
): KnownTurn[] {
  const newest = reader.prepare<Stored>(NEWEST_TURNS).all({ id });
  const named = turns.length === 0 ? [] : reader.prepare<Stored>(NAMED_TURNS).all({ id, turns: JSON.stringify(turns) });
  const timed = sent === null ? [] : reader.prepare<Stored>(TURNS_OF_TIME).all({ id, ...sent });
  const known = new Map([...newest, ...named, ...timed].map((row) => [row["number"] as number, row]));
  return [...known].toSorted(([one], [other]) => one - other).map(([, row]) => toTurn(row));
}

function toTurn(row: Stored): KnownTurn {
  return {
    promptId: row["prompt_id"] as string,
    key: row["source_key"] as string | null,
    sentMs: row["sent_ms"] as number | null,
    openedMs: row["opened_ms"] as number | null,
    textHash: row["text_hash"] as string | null,
    answered: row["answered"] === 1,
    failedMs: row["failed_ms"] as number | null,
    failedError: row["failed_error"] as string | null,
    status: row["status"] as KnownTurn["status"],
    callRank: (row["call_rank"] as number | null) ?? 0,
    endedMs: toMillis(readTimestamp(row["completed_at"])),
  };
}
