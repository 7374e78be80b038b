import { useEffect, useRef, useState } from "preact/hooks";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { Failure } from "#src/ui/parts/failure.tsx";
import { formatCount, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { ScrollX } from "#src/ui/parts/scroll-x.tsx";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { Active } from "./active.tsx";
import {
  type DefinitionFilter,
  type DefinitionList as List,
  type DefinitionRow,
  PAGE,
  type Usage,
} from "./definitions-source.ts";

type Props = {
  readonly list: List;
  readonly filter: DefinitionFilter;
  readonly usage: ReadonlyMap<string, Usage> | undefined;
  readonly selected: string | null;
  readonly hrefOfId: (id: string) => string;
  /** Adds what was read more. */
  readonly onMore: (page: List) => void;
};

/** The definitions, the newest first; `j` and `k` go from row to row. */
export function DefinitionList({ list, filter, usage, selected, hrefOfId, onMore }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if ((event.key !== "j" && event.key !== "k") || isTyping(event)) return;
      const links = [...(body.current?.querySelectorAll<HTMLElement>("a") ?? [])];
      const at = links.findIndex((link) => link === document.activeElement);
      links[Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <ScrollX label="Table of definitions">
        <table class="definition-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="definition-type">
                Type
              </th>
              <th scope="col">State</th>
              <th scope="col" class="definition-wide">
                Default model
              </th>
              <th scope="col" class="number">
                Runs
              </th>
              <th scope="col" class="number definition-wide">
                Cost
              </th>
            </tr>
          </thead>
          <tbody ref={body}>
            {list.rows.map((row) => (
              <Row
                key={row.id}
                row={row}
                href={hrefOfId(row.id)}
                isSelected={row.id === selected}
                runs={usage === undefined ? null : (usage.get(row.id)?.agents ?? 0)}
                cost={usage === undefined ? null : (usage.get(row.id)?.cost_usd ?? 0)}
              />
            ))}
          </tbody>
        </table>
      </ScrollX>
      {list.cursor === null ? null : <More cursor={list.cursor} filter={filter} onMore={onMore} />}
    </>
  );
}

type RowProps = {
  readonly row: DefinitionRow;
  readonly href: string;
  readonly isSelected: boolean;
  /** Null while it is not known, as its cost (US dollars). */
  readonly runs: number | null;
  readonly cost: number | null;
};

const Row = memo(function Row({ row, href, isSelected, runs, cost }: RowProps) {
  return (
    <tr aria-current={isSelected ? "true" : undefined}>
      <th scope="row">
        <a id={`definition-row-${row.id}`} href={href}>
          <AgentLine text={row.name} />
        </a>
        {row.description ? (
          <span class="muted">
            <AgentLine text={row.description} />
          </span>
        ) : null}
      </th>
      <td class="definition-type">
        <AgentLine text={row.agent_type} />
      </td>
      <td>
        <Active isActive={row.is_active} />
      </td>
      <td class="definition-wide">{row.default_model ? <AgentLine text={row.default_model} /> : null}</td>
      <td class="number">{formatCount(runs)}</td>
      <td class="number definition-wide">{formatUsd(cost)}</td>
    </tr>
  );
});

type MoreProps = Pick<Props, "filter" | "onMore"> & { readonly cursor: string };

function More({ cursor, filter, onMore }: MoreProps) {
  const { client } = useStore();
  const [error, setError] = useState<Error | null>(null);
  async function read(): Promise<void> {
    setError(null);
    try {
      onMore(await client.listOrchestratorAgents({ ...filter, cursor, limit: PAGE }));
    } catch (failure) {
      setError(failure as Error);
    }
  }
  return (
    <div class="actions">
      <button type="button" onClick={() => void read()}>
        Show more
      </button>
      {error === null ? null : <Failure error={error} what="Could not read more definitions" />}
    </div>
  );
}
