import { setImmediate as nextTick } from "node:timers/promises";
import type { Cost } from "#src/domain/costs.ts";
import { roundUsd } from "#src/domain/values.ts";
import type { Reader } from "./reader.ts";
import { asText } from "./rows.ts";

/** How long rows are read at a stretch. What is asked for stands behind the texts of a prompt, which may be long. */
const READ_MS = 5;
const MOST_USD = 1e9;

const PROMPTS = `select rowid as r, model_used, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, cost_usd, cost_source
  from prompts indexed by idx_prompts_agent where agent_id = $agentId and rowid > $after order by rowid`;

type PromptRow = Record<Exclude<keyof Cost, "prompts">, unknown> & {
  readonly r: number;
  readonly model_used: unknown;
  readonly cost_source: unknown;
};

/** What prompts add up to: all of them, and by model. `cost_usd` is that of the prompts. */
export type PromptSums = {
  readonly total: Cost;
  readonly models: Map<string | null, Cost>;
  readonly sources: { reported: number; computed: number; unknown_prompts: number };
  copy(): PromptSums;
};

export function newCost(): Cost {
  return {
    prompts: 0,
    tokens_input: 0,
    tokens_output: 0,
    tokens_cache_read: 0,
    tokens_cache_write: 0,
    cost_usd: 0,
  };
}

/** Adds up the prompts of agents. Gives way to others in between. */
export function createPromptSums(reader: Reader) {
  /** Adds each agent's prompts to the sums that `into` gives for it. */
  async function addUp(agentIds: readonly string[], into: (at: number) => PromptSums): Promise<void> {
    const statement = reader.prepare<PromptRow>(PROMPTS);
    let end = performance.now() + READ_MS;

    /** The rest of an agent's prompts; where it must go on, or null at its end. */
    function addFrom(sums: PromptSums, agentId: string, after: number): number | null {
      for (const row of statement.iterate({ agentId, after })) {
        add(sums, row);
        if (performance.now() > end) return row.r;
      }
      return null;
    }

    for (const [at, agentId] of agentIds.entries()) {
      const sums = into(at);
      let after: number | null = -Number.MAX_SAFE_INTEGER;
      while (after !== null) {
        const from: number = after;
        after = await reader.read(() => addFrom(sums, agentId, from));
        if (performance.now() <= end) continue;
        await nextTick();
        end = performance.now() + READ_MS;
      }
    }
  }

  return {
    /** All together, to what has been added up before. */
    async together(agentIds: readonly string[], sums = newSums()): Promise<PromptSums> {
      await addUp(agentIds, () => sums);
      return sums;
    },
    /** Each by itself, in their order. */
    async each(agentIds: readonly string[]): Promise<PromptSums[]> {
      const all = agentIds.map(newSums);
      await addUp(agentIds, (at) => all[at]!);
      return all;
    },
  };
}

function newSums(): PromptSums {
  return sumsOf(newCost(), new Map(), { reported: 0, computed: 0, unknown_prompts: 0 });
}

function sumsOf(total: Cost, models: PromptSums["models"], sources: PromptSums["sources"]): PromptSums {
  return {
    total,
    models,
    sources,
    copy: () => sumsOf({ ...total }, new Map([...models].map(([model, cost]) => [model, { ...cost }])), { ...sources }),
  };
}

function add(sums: PromptSums, row: PromptRow): void {
  const model = asText(row.model_used);
  // As in the kept totals: '' is none.
  const key = model === null || model === "" ? null : model.slice(0, 255);
  let ofModel = sums.models.get(key);
  if (ofModel === undefined) sums.models.set(key, (ofModel = newCost()));
  for (const cost of [sums.total, ofModel]) {
    cost.prompts += 1;
    cost.tokens_input += tokens(row.tokens_input);
    cost.tokens_output += tokens(row.tokens_output);
    cost.tokens_cache_read += tokens(row.tokens_cache_read);
    cost.tokens_cache_write += tokens(row.tokens_cache_write);
    cost.cost_usd = roundUsd(cost.cost_usd + usd(row.cost_usd));
  }
  addSource(sums.sources, row);
}

function addSource(sources: PromptSums["sources"], { cost_source: source, cost_usd: cost }: PromptRow): void {
  if (source === "unknown") sources.unknown_prompts += 1;
  else if (source === "computed") sources.computed = roundUsd(sources.computed + usd(cost));
  else sources.reported = roundUsd(sources.reported + usd(cost));
}

/** As the triggers count: anything else that is stored there is nothing. */
function tokens(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.trunc(value) : 0;
}

function usd(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= 1e300 ? Math.min(value, MOST_USD) : 0;
}
