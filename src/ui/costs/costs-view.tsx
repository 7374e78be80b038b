import { useEffect, useState } from "preact/hooks";
import type { CostKey } from "#src/domain/costs.ts";
import { COST_KEYS } from "#src/domain/vocabulary.ts";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { formatCount } from "#src/ui/parts/format.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { CostsFilters, costsHref } from "./costs-filters.tsx";
import { type Costs, costsSource, MOST_ROWS } from "./costs-source.ts";
import { CostsTable } from "./costs-table.tsx";
import { CostsTotals } from "./costs-totals.tsx";
import { CsvButton } from "./csv-button.tsx";
import { DaysChart } from "./days-chart.tsx";
import { dayOf, type Days, rangeOf, refused, sayDays } from "./range.ts";
import { sumOf } from "./sums.ts";
import { BY, NOTE } from "./words.ts";

/** Rows that are shown before more are asked for. */
const ROWS = 100;
/** How often it is looked whether a new day has begun. */
const DAY_CHECK_MS = 30_000;

/** What was spent: by what, and of which days, stands in the address. */
export function CostsView({ query }: ViewProps) {
  const today = useToday();
  const asked = query.get("by") ?? "day";
  const by = COST_KEYS.find((key) => key === asked);
  const range = rangeOf(query, today);
  const faults = [by === undefined ? refused("by", asked, COST_KEYS) : undefined, range.faults.range].filter(Boolean);
  return (
    <>
      <CostsFilters by={by ?? "day"} range={range} query={query} today={today} />
      {faults.length > 0 ? (
        <div class="notice notice-bad" role="alert">
          <p>
            The address asks for what there is not: <AgentText text={faults.join("; ")} most={500} />
          </p>
          <a class="button" href={hrefOf("costs")}>
            Show the last 30 days
          </a>
        </div>
      ) : by === undefined || range.days === null ? (
        <p class="empty" role="status">
          These days cannot be shown.
        </p>
      ) : (
        <CostsOf key={`${by} ${sayDays(range.days)}`} by={by} days={range.days} />
      )}
    </>
  );
}

function CostsOf({ by, days }: { readonly by: CostKey; readonly days: Days }) {
  const [limit, setLimit] = useState(ROWS);
  const slice = useSource(costsSource(by, days, limit));
  return (
    <SliceView slice={slice} what="costs">
      {(costs) =>
        costs.days.length === 0 && costs.rows.length === 0 ? (
          <Nothing by={by} days={days} />
        ) : (
          <>
            <CostsTotals totals={sumOf(costs.days)} />
            {by === "day" ? <DaysChart rows={costs.days} days={days} /> : null}
            <Rows costs={costs} days={days} limit={limit} onMore={() => setLimit(MOST_ROWS)} />
          </>
        )
      }
    </SliceView>
  );
}

type RowsProps = {
  readonly costs: Costs;
  readonly days: Days;
  readonly limit: number;
  readonly onMore: () => void;
};

function Rows({ costs, days, limit, onMore }: RowsProps) {
  const { by, rows } = costs;
  const most = by === "day" ? MOST_ROWS : limit;
  const isCut = rows.length >= most;
  return (
    <section aria-labelledby="costs-rows">
      <div class="costs-head">
        <h2 id="costs-rows">
          By {BY[by].toLowerCase()}, {sayDays(days)}
        </h2>
        <CsvButton costs={costs} days={days} isCut={isCut && most < MOST_ROWS} />
      </div>
      <p class="muted">{NOTE[by]} What is computed from list prices is an estimate.</p>
      <CostsTable {...costs} />
      {!isCut ? null : most < MOST_ROWS ? (
        <div class="actions">
          <span class="muted">These are the {formatCount(most)} costliest.</span>
          <button type="button" onClick={onMore}>
            Show up to {formatCount(MOST_ROWS)}
          </button>
        </div>
      ) : (
        <p class="muted">
          {by === "day" ? "The newest" : "The costliest"} {formatCount(MOST_ROWS)} are shown
          {by === "day" ? " and counted" : null}: ask for fewer days to see others.
        </p>
      )}
    </section>
  );
}

function Nothing({ by, days }: { readonly by: CostKey; readonly days: Days }) {
  const isAll = days.first === null && days.last === null;
  return (
    <div class="empty">
      <p>
        {isAll ? "Nothing was used yet." : `Nothing was used, ${sayDays(days)} (UTC days).`} Costs appear here as soon
        as an agent reports a prompt.
      </p>
      {isAll ? null : <a href={costsHref(by, "all")}>Look at all days</a>}
    </div>
  );
}

/** The present UTC day. */
function useToday(): string {
  const [today, setToday] = useState(() => dayOf(Date.now()));
  useEffect(() => {
    const timer = setInterval(() => setToday(dayOf(Date.now())), DAY_CHECK_MS);
    return () => clearInterval(timer);
  }, []);
  return today;
}
