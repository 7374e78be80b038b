import type { Change, FeedState } from "#src/domain/change.ts";
import type { ChangeStore } from "#src/database/manager.ts";
import { type Bindings, HEAD_SEQ, type Reader } from "./reader.ts";
import { type Stored, toChange } from "./rows.ts";
import type { Watch } from "./watch.ts";

const EXAMINED = 10_000;
/** SQLite reads a whole message to cut it: a page that holds cut ones ends after so many milliseconds. */
const CUT_LENGTH = 2000;
const CUTTING_MS = 8;

const STATE = `
  select head, ifnull((select min(seq) from changes), head + 1) as oldest,
    (select value from orchestrator_meta where key = 'feed') as feed
  from (select ${HEAD_SEQ} as head)`;

/** A log's row is read when the frame is made; its change holds no copy. */
const COLUMNS = `c.seq, c.at_ms, c.entity, c.op, c.entity_id, c.agent_id, c.session_id,
  case c.entity
    when 'agent_log' then (select json_object('id', id, 'agent_id', cast(agent_id as text), 'log_level', log_level, 'log_type', log_type,
      'message', substr(cast(message as text), 1, ${CUT_LENGTH}), 'created_at', cast(created_at as text)) from agent_logs where id = c.entity_id)
    when 'system_log' then (select json_object('id', id, 'log_level', log_level, 'component', substr(cast(component as text), 1, ${CUT_LENGTH}),
      'message', substr(cast(message as text), 1, ${CUT_LENGTH}), 'created_at', cast(created_at as text)) from system_logs where id = c.entity_id)
    else c.data
  end as data`;

const FILTERS = {
  types: "c.entity in (select value from json_each($types))",
  session_id: "c.session_id in (select value from json_each($session_id))",
  agent_id: "c.agent_id in (select value from json_each($agent_id))",
};

/** @param onChange registers a listener for commits of anybody */
export function createChangeStore(
  reader: Reader,
  watch: Pick<Watch, "attend">,
  onChange: ChangeStore["onChange"],
): ChangeStore {
  return {
    state: () =>
      reader.read((): FeedState => {
        const row = reader.prepare<{ head: number; oldest: number; feed: string }>(STATE).get({})!;
        return { headSeq: row.head, oldestSeq: row.oldest, feed: row.feed };
      }),
    page: (after, upTo, limit, filter) =>
      reader.read(() => {
        const end = Math.min(upTo, after + EXAMINED);
        const given = Object.entries(filter).filter(([, value]) => value !== undefined);
        const conditions = given.map(([name]) => ` and ${FILTERS[name as keyof typeof FILTERS]}`).join("");
        const bindings: Bindings = { after, end, limit };
        for (const [name, value] of given) bindings[name] = JSON.stringify(value);
        const sql = `select ${COLUMNS} from changes c where c.seq > $after and c.seq <= $end${conditions} order by c.seq limit $limit`;
        const changes: Change[] = [];
        const began = performance.now();
        for (const row of reader.prepare<Stored>(sql).iterate(bindings)) {
          changes.push(toChange(row));
          if (changes.length === limit || (mayBeCut(row) && performance.now() - began > CUTTING_MS)) {
            return { changes, through: changes.at(-1)!.seq };
          }
        }
        return { changes, through: end };
      }),
    onChange,
    attend: (listening) => watch.attend(listening),
  };
}

function mayBeCut({ entity, data }: Stored): boolean {
  return (entity === "agent_log" || entity === "system_log") && typeof data === "string" && data.length > CUT_LENGTH;
}
