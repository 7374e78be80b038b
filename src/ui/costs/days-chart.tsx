import { useMemo } from "preact/hooks";
import type { CostRow } from "#src/domain/costs.ts";
import { formatMany, formatUsd } from "#src/ui/parts/format.ts";
import { once } from "#src/ui/parts/once.ts";
import { lazy } from "#src/ui/shell/lazy.tsx";
import type { Days } from "./range.ts";
import { everyDay } from "./sums.ts";
import { sayCost } from "./words.ts";

const shortDay = once(() => new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" }));

/** The library that draws it is as large as a view, and only needed here. */
const BarChart = lazy(async () => (await import("#src/ui/parts/chart.tsx")).BarChart);

/** The cost of each day. */
export function DaysChart({ rows, days }: { readonly rows: readonly CostRow[]; readonly days: Days }) {
  const all = useMemo(() => everyDay(rows, days), [rows, days.first, days.last]);
  const bars = useMemo(
    () => all.map(({ day, row }) => ({ label: shortDay().format(new Date(day)), value: row?.cost_usd ?? 0 })),
    [all],
  );
  if (all.length === 0) return null;
  const label = `Cost by day, ${all[0]!.day} to ${all.at(-1)!.day}. The table below has the numbers.`;
  return <BarChart bars={bars} label={label} formatValue={formatUsd} tell={(index) => linesOf(all[index]!)} />;
}

function linesOf({ day, row }: ReturnType<typeof everyDay>[number]): string[] {
  if (row === null) return [day, "nothing"];
  return [day, sayCost(row.cost_usd, row.unknown_prompts), formatMany(row.prompts, "prompt")];
}
