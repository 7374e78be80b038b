import { setImmediate as nextTick } from "node:timers/promises";
import { dayText, MOST_STATS_ROWS, type StatsKey, type StatsRequest, type StatsRow } from "#src/domain/stats.ts";
import type { Read, StatsStore } from "#src/database/manager.ts";
import type { Reader } from "./reader.ts";

/** Kept totals that are read at a stretch. */
const SLICE = 5_000;
const NANO = 1e9;
const COLUMNS = ["agents", "prompts", "tokens_input", "tokens_output", "nano"] as const;

type Totals = Record<(typeof COLUMNS)[number], number>;
/** A kept total: of a day, and a definition or model (`part`), under the key that was asked for. */
type Kept = Totals & { readonly day: number; readonly part: string; readonly key: string | null };
type Sum = Totals & { readonly day: number | null; readonly key: string | null };

/** Where a total is kept: `part` stands beside the day in its key. `columns` are those that count. */
type Source = {
  readonly table: "definition_days" | "model_days";
  readonly part: string;
  readonly key: string;
  readonly columns: readonly (typeof COLUMNS)[number][];
};

const DEFINITIONS: Omit<Source, "key"> = { table: "definition_days", part: "definition_id", columns: COLUMNS };
const MODELS: Omit<Source, "key"> = { table: "model_days", part: "model", columns: COLUMNS };

/** Agents of a day are those that started on it, whatever their models. */
const SOURCES: Readonly<Record<StatsKey, readonly Source[]>> = {
  day: [
    { ...MODELS, key: "null", columns: COLUMNS.filter((column) => column !== "agents") },
    { ...DEFINITIONS, key: "null", columns: ["agents"] },
  ],
  model: [{ ...MODELS, key: "nullif(t.model, '')" }],
  agent_type: [
    { ...DEFINITIONS, key: "(select d.agent_type from orchestrator_agents d where d.id = t.definition_id)" },
  ],
  orchestrator_agent: [{ ...DEFINITIONS, key: "t.definition_id" }],
};

type Place = { readonly day: number; readonly part: string };

/** Totals as they are kept, in slices: there may be one for each definition and day of years. */
export function createStatsStore(reader: Reader): StatsStore {
  /** The kept totals of a table, slice by slice, each with the `seq` it was read at. */
  async function* slices(source: Source, table: string, { firstDay, lastDay }: StatsRequest) {
    const statement = reader.prepare<Kept>(sliceSql(source, table));
    let after: Place | null = null;
    do {
      const { day, part }: Place = after ?? { day: firstDay, part: "" };
      const bindings = { day, part, lastDay, isFirst: after === null ? 1 : 0 };
      const slice: Read<Kept[]> = await reader.snapshot(() => statement.all(bindings));
      yield slice;
      after = slice.value.length === SLICE ? slice.value.at(-1)! : null;
      if (after !== null) await nextTick();
    } while (after !== null);
  }

  return {
    async totals(request) {
      const sums = new Map<string, Sum>();
      let seq: number | null = null;
      for (const source of SOURCES[request.key]) {
        for (const table of [`orchestrator_${source.table}`, `orchestrator_purged_${source.table}`]) {
          for await (const slice of slices(source, table, request)) {
            seq ??= slice.seq;
            for (const row of slice.value) add(sums, row, source, request);
          }
        }
      }
      return { seq: seq!, value: inOrder([...sums.values()]).map((sum) => toStatsRow(sum, request)) };
    },
  };
}

function sliceSql({ part, key }: Source, table: string): string {
  const index = table.endsWith("definition_days") ? `indexed by ${table}_by_day` : "";
  return `select t.day, t.${part} as part, ${key} as key, ${COLUMNS.map((column) => `t.${column}`).join(", ")}
    from ${table} t ${index}
    where t.day >= $day and t.day <= $lastDay and ((t.day, t.${part}) > ($day, $part) or $isFirst = 1)
    order by t.day, t.${part} limit ${SLICE}`;
}

function add(sums: Map<string, Sum>, row: Kept, { columns }: Source, { key, daily }: StatsRequest): void {
  const day = daily || key === "day" ? row.day : null;
  const id = JSON.stringify([day, row.key]);
  let sum = sums.get(id);
  if (sum === undefined) {
    sum = { day, key: row.key, agents: 0, prompts: 0, tokens_input: 0, tokens_output: 0, nano: 0 };
    sums.set(id, sum);
  }
  for (const column of columns) sum[column] += row[column];
}

/** Newest day first, then the costliest. What came back to nothing is none. */
function inOrder(sums: readonly Sum[]): Sum[] {
  return sums
    .filter(({ agents, prompts, nano }) => agents !== 0 || prompts !== 0 || nano !== 0)
    .toSorted((a, b) => (b.day ?? 0) - (a.day ?? 0) || b.nano - a.nano || compare(a.key ?? "", b.key ?? ""))
    .slice(0, MOST_STATS_ROWS);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function toStatsRow(sum: Sum, { key, daily }: StatsRequest): StatsRow {
  const day = sum.day === null ? null : dayText(sum.day);
  return {
    key: key === "day" ? day : sum.key,
    ...(daily ? { day } : {}),
    agents: sum.agents,
    prompts: sum.prompts,
    tokens_input: sum.tokens_input,
    tokens_output: sum.tokens_output,
    cost_usd: sum.nano / NANO,
  };
}
