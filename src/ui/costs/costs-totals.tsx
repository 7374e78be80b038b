import type { ComponentChildren } from "preact";
import { formatCount, formatShort } from "#src/ui/parts/format.ts";
import type { Totals } from "./sums.ts";
import { sayCost } from "./words.ts";

/** What was used in all, with what is not known of it. */
export function CostsTotals({ totals }: { readonly totals: Totals }) {
  const { cost_usd, prompts, tokens_input, tokens_output, agents, unknown_prompts } = totals;
  return (
    <dl class="costs-totals" aria-label="Totals">
      <Figure name="Cost">{sayCost(cost_usd, unknown_prompts)}</Figure>
      <Figure name="Prompts">{formatCount(prompts)}</Figure>
      <Figure name="Tokens in" title={formatCount(tokens_input)}>
        {formatShort(tokens_input)}
      </Figure>
      <Figure name="Tokens out" title={formatCount(tokens_output)}>
        {formatShort(tokens_output)}
      </Figure>
      <Figure name="Agents">{formatCount(agents)}</Figure>
      {unknown_prompts === 0 ? null : (
        <Figure name="Unknown price" title="Prompts of models that the list of prices does not know">
          {formatCount(unknown_prompts)}
        </Figure>
      )}
    </dl>
  );
}

type FigureProps = { readonly name: string; readonly title?: string; readonly children: ComponentChildren };

function Figure({ name, title, children }: FigureProps) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  );
}
