import type { CostKey } from "#src/domain/costs.ts";
import { Field } from "#src/ui/parts/field.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { type Range, RANGES, type RangeName } from "./range.ts";
import { BY, RANGE } from "./words.ts";

/** In the order in which they are asked for. */
const KEYS: readonly CostKey[] = ["day", "model", "definition", "session", "agent"];

type Props = {
  readonly by: CostKey;
  readonly range: Range;
  readonly query: URLSearchParams;
  readonly today: string;
};

/** The address of costs: by what, of which days. */
export function costsHref(by: CostKey, range: RangeName, from = "", to = ""): string {
  return hrefOf("costs", { by, range, ...(range === "own" ? { from, to } : {}) });
}

/** By what costs are told, and of which days. */
export function CostsFilters({ by, range, query, today }: Props) {
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  const set = (own: { from?: string; to?: string }) =>
    navigate(costsHref(by, "own", own.from ?? from, own.to ?? to), { isSame: true });
  return (
    <div class="toolbar costs-filters">
      <nav aria-label="Costs by" class="choice">
        {KEYS.map((key) => (
          <a key={key} href={costsHref(key, range.name, from, to)} aria-current={key === by ? "true" : undefined}>
            {BY[key]}
          </a>
        ))}
      </nav>
      <nav aria-label="Days" class="choice">
        {RANGES.map((name) => (
          <a
            key={name}
            href={costsHref(by, name, range.days?.first ?? from, range.days?.last ?? to)}
            aria-current={name === range.name ? "true" : undefined}
          >
            {RANGE[name]}
          </a>
        ))}
      </nav>
      {range.name !== "own" ? null : (
        <div class="costs-own">
          <Field label="First day" error={range.faults.from}>
            {(attributes) => (
              <input
                {...attributes}
                type="date"
                value={from}
                max={today}
                onChange={(event) => set({ from: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="Last day" error={range.faults.to}>
            {(attributes) => (
              <input
                {...attributes}
                type="date"
                value={to}
                onChange={(event) => set({ to: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
      )}
    </div>
  );
}
