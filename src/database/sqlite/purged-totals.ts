import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import type { Writer } from "./writer.ts";

type Prepare = Pick<Writer, "prepare">;

const SUMS = ["prompts", "tokens_input", "tokens_output", "nano"];
const OF_AGENTS = ["agents", ...AGENT_STATUSES, ...SUMS];

/** The totals by which key; those that a batch may touch are noted in a table of the connection. */
const TOTALS = [
  { name: "sessions", key: ["session_id"], columns: OF_AGENTS },
  { name: "definition_days", key: ["definition_id", "day"], columns: OF_AGENTS },
  { name: "model_days", key: ["day", "model"], columns: ["agents", ...SUMS] },
];

const DAY = (ms: string) => `(${ms} - ((${ms} % 86400000) + 86400000) % 86400000) / 86400000`;
const NANO =
  "case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end";

/** Adds what the totals hold now to what was purged, or takes it away from it: before and after a removal. */
const MOVES = (sign: "" | "-") =>
  TOTALS.map(
    ({ name, key, columns }) => `
      insert into orchestrator_purged_${name} (${[...key, ...columns].join(", ")})
        select ${[...key.map((column) => `t.${column}`), ...columns.map((column) => `${sign}t.${column}`)].join(", ")}
        from purging_${name} p cross join orchestrator_${name} t on ${key.map((column) => `t.${column} = p.${column}`).join(" and ")}
        where true
      on conflict (${key.join(", ")}) do update set ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`,
  );
const BEFORE = MOVES("");
const AFTER = MOVES("-");

const CLEAR = TOTALS.map(({ name }) => `delete from purging_${name}`);

/** What the totals of the prompts in `purging_rows` are kept under. */
const OF_PROMPTS = [
  `insert or ignore into purging_sessions select cast(session_id as text) from prompts where rowid in (select row from purging_rows)`,
  `insert or ignore into purging_definition_days
     select cast(definition_id as text), ${DAY("created_ms")} from prompts where rowid in (select row from purging_rows)`,
  `insert or ignore into purging_model_days
     select day, model from orchestrator_agent_models
     where agent_id in (select ifnull(cast(agent_id as text), '') from prompts where rowid in (select row from purging_rows))
       and day in (select ${DAY("created_ms")} from prompts where rowid in (select row from purging_rows))`,
];
const OF_AGENT = [
  "insert or ignore into purging_sessions select cast(session_id as text) from agents where rowid = $agent",
  `insert or ignore into purging_definition_days
     select cast(orchestrator_agent_id as text), ${DAY("started_ms")} from agents where rowid = $agent`,
  `insert or ignore into purging_model_days select ${DAY("started_ms")}, '' from agents where rowid = $agent`,
];

const PROMPTS_NANO = "select prompts_nano as nano from agents where rowid = $agent";
/** The triggers took the removed prompts for free: what the agent cost beyond its prompts stays what it was. */
const KEEP_BEYOND = `
  insert into orchestrator_model_days (day, model, nano)
    select ${DAY("started_ms")}, '', max(0, gap - $nano) - max(0, gap)
    from (select started_ms, ${NANO} - prompts_nano - purged_nano as gap from agents where rowid = $agent)
    where max(0, gap - $nano) <> max(0, gap)
  on conflict (day, model) do update set nano = nano + excluded.nano`;
const COUNT_PURGED = "update agents set purged_nano = purged_nano + $nano where rowid = $agent";
/** An agent that cost nothing beyond its prompts leaves nothing there. */
const DROP_EMPTY = `
  delete from orchestrator_purged_model_days where model = '' and agents = 0 and prompts = 0 and tokens_input = 0
    and tokens_output = 0 and nano = 0 and day in (select day from purging_model_days)`;

/** Makes the tables of the connection; they are in memory. */
export function prepareMoves(writer: Prepare): void {
  writer.prepare("create temp table if not exists purging_rows (row integer primary key)").run({});
  for (const { name, key } of TOTALS) {
    const columns = key.join(", ");
    writer
      .prepare(`create temp table if not exists purging_${name} (${columns}, primary key (${columns})) without rowid`)
      .run({});
  }
}

function runAll(writer: Prepare, statements: readonly string[], agent: number | null): void {
  for (const sql of statements) writer.prepare(sql).run(sql.includes("$agent") ? { agent } : {});
}

/**
 * Removes rows of an agent and moves what they add up to from the totals that are kept to those of what was purged, so that
 * their sum stays the same: by how the kept ones change, whatever they are made of. Prompts may have no agent.
 */
export function movingTotals(
  writer: Prepare,
  agent: number | null,
  what: "prompts" | "agent",
  remove: () => void,
): void {
  runAll(writer, CLEAR, agent);
  runAll(writer, what === "prompts" ? OF_PROMPTS : OF_AGENT, agent);
  runAll(writer, BEFORE, agent);
  if (what === "prompts" && agent !== null) keepingBeyond(writer, agent, remove);
  else remove();
  runAll(writer, AFTER, agent);
  if (what === "agent") runAll(writer, [DROP_EMPTY], agent);
}

function keepingBeyond(writer: Prepare, agent: number, remove: () => void): void {
  // Beyond 9 million dollars it is no JavaScript number.
  const query = writer.prepare<{ nano: bigint }>(PROMPTS_NANO).safeIntegers(true);
  const before = query.get({ agent })!.nano;
  remove();
  const nano = before - query.get({ agent })!.nano;
  if (nano === 0n) return;
  const bindings = { agent, nano: nano as unknown as number };
  writer.prepare(KEEP_BEYOND).run(bindings);
  writer.prepare(COUNT_PURGED).run(bindings);
}
