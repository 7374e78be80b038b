import { setImmediate as nextTick } from "node:timers/promises";
import type { KeptCosts } from "#src/domain/costs.ts";
import { dayOf, dayText } from "#src/domain/stats.ts";
import type { Reader } from "./reader.ts";

/** Prompts that are read at a stretch, from an index of nothing but those of unknown cost. */
const SLICE = 2_000;
const DAY_MS = 86_400_000;

/** Keys of rows, as the kept totals have them. A day is made of the time. */
const KEYS: Readonly<Record<KeptCosts["key"], string>> = {
  day: "null",
  model: "nullif(substr(cast(p.model_used as text), 1, 255), '')",
  orchestrator_agent: "cast(p.definition_id as text)",
};

type Found = { readonly ms: number; readonly id: string; readonly key: string | null };

/**
 * Counts prompts of unknown cost by the keys of kept totals, which do not tell them apart. What retention has removed is not
 * counted.
 */
export async function countUnknown(reader: Reader, request: KeptCosts): Promise<Map<string | null, number>> {
  const { key, firstDay, lastDay } = request;
  const statement = reader.prepare<Found>(`select p.created_ms as ms, p.id, ${KEYS[key]} as key
    from prompts p indexed by prompts_of_unknown_cost
    where p.cost_source = 'unknown' and p.created_ms <= $until and (p.created_ms, p.id) > ($ms, $id)
    order by p.created_ms, p.id limit ${SLICE}`);
  const counts = new Map<string | null, number>();
  const until = inRange((lastDay + 1) * DAY_MS - 1);
  let place: Pick<Found, "ms" | "id"> | null = { ms: inRange(firstDay * DAY_MS), id: "" };
  while (place !== null) {
    const bindings = { until, ms: place.ms, id: place.id };
    const found: Found[] = await reader.read(() => statement.all(bindings));
    for (const row of found) {
      const of = key === "day" ? dayText(dayOf(row.ms)) : row.key;
      counts.set(of, (counts.get(of) ?? 0) + 1);
    }
    place = found.length === SLICE ? found.at(-1)! : null;
    if (place !== null) await nextTick();
  }
  return counts;
}

function inRange(ms: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, ms));
}
