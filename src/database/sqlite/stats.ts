import { dayText, MOST_STATS_ROWS, type StatsKey, type StatsRequest, type StatsRow } from "#src/domain/stats.ts";
import type { StatsStore } from "#src/database/manager.ts";
import type { Reader } from "./reader.ts";

const NANO = 1e9;

type Totals = {
  key: string | null;
  day: number | null;
  agents: number;
  prompts: number;
  tokens_input: number;
  tokens_output: number;
  nano: number;
};

const WINDOW = "day between $firstDay and $lastDay";
const COLUMNS = "agents, prompts, tokens_input, tokens_output, nano";
const BY_DEFINITION = `
  select definition_id, day, ${COLUMNS} from orchestrator_definition_days where ${WINDOW}
  union all select definition_id, day, ${COLUMNS} from orchestrator_purged_definition_days where ${WINDOW}`;
const BY_MODEL = `
  select day, model, ${COLUMNS} from orchestrator_model_days where ${WINDOW}
  union all select day, model, ${COLUMNS} from orchestrator_purged_model_days where ${WINDOW}`;

/** Where the totals of each key are kept. Agents of a day are those that started on it, whatever their models. */
const SOURCES: Readonly<Record<StatsKey, string>> = {
  day: `select null as key, day, 0 as agents, prompts, tokens_input, tokens_output, nano from (${BY_MODEL})
    union all select null, day, agents, 0, 0, 0, 0 from (${BY_DEFINITION})`,
  model: `select nullif(model, '') as key, ${COLUMNS}, day from (${BY_MODEL})`,
  agent_type: `select d.agent_type as key, ${COLUMNS}, day from (${BY_DEFINITION}) s left join orchestrator_agents d on d.id = s.definition_id`,
  orchestrator_agent: `select definition_id as key, ${COLUMNS}, day from (${BY_DEFINITION})`,
};

/** Totals as they are kept: nothing is added up over agents or prompts here. */
export function createStatsStore(reader: Reader): StatsStore {
  return {
    totals: (request) =>
      reader.snapshot(() =>
        reader
          .prepare<Totals>(totalsSql(request))
          .all({ firstDay: request.firstDay, lastDay: request.lastDay })
          .map((row) => toStatsRow(row, request)),
      ),
  };
}

function totalsSql({ key, daily }: StatsRequest): string {
  const sums = COLUMNS.split(", ")
    .map((column) => `${sumOf(column)} as ${column}`)
    .join(", ");
  const day = daily ? "day" : "null";
  return `select * from (select key, ${day} as day, ${sums} from (${SOURCES[key]}) group by key, ${day})
    where agents <> 0 or prompts <> 0 or nano <> 0
    order by day desc, nano desc, key limit ${MOST_STATS_ROWS}`;
}

/** A sum that becomes a float where whole numbers end, instead of an error. */
function sumOf(column: string): string {
  return `sum(${column} / 1000000000) * 1000000000 + sum(${column} % 1000000000)`;
}

function toStatsRow(row: Totals, { key, daily }: StatsRequest): StatsRow {
  const day = row.day === null ? null : dayText(row.day);
  return {
    key: key === "day" ? day : row.key,
    ...(daily ? { day } : {}),
    agents: row.agents,
    prompts: row.prompts,
    tokens_input: row.tokens_input,
    tokens_output: row.tokens_output,
    cost_usd: row.nano / NANO,
  };
}
