import type { ComponentChildren } from "preact";
import type { VirtualList } from "#src/ui/parts/virtual-list.tsx";
import type { LogFilter } from "./log-filter.ts";
import { LogGap, LogLine } from "./log-line.tsx";
import type { LogRow } from "./log-row.ts";

/** Pixels of a line. */
export const ROW_HEIGHT = 28;
/** Where there is little room a message stands below the rest, and headings nowhere. */
export const NARROW_ROW_HEIGHT = 50;

type Props = {
  readonly kind: LogFilter["kind"];
  readonly list: VirtualList;
  readonly rowHeight: number;
  /** The lines in the document. */
  readonly drawn: readonly { readonly index: number; readonly row: LogRow | null }[];
  /** How many lines there are, and null while nobody knows. */
  readonly count: number | null;
  readonly active: LogRow | null;
  /** What ids of lines begin with. */
  readonly id: string;
  /** What wrote a log, as it is called. */
  readonly byOf: (row: LogRow) => string;
  /** One function, not a new one each time. */
  readonly onOpen: (row: LogRow) => void;
  /** What stands below the last line. */
  readonly children: ComponentChildren;
};

/**
 * Lines of logs for eyes and for screen readers: the focus stays on the grid, which names the chosen line, for that line
 * may leave the document. Without lines it is no grid.
 */
export function LogGrid({ kind, list, rowHeight, drawn, count, active, id, byOf, onOpen, children }: Props) {
  const isEmpty = drawn.length === 0;
  const isActiveDrawn = active !== null && drawn.some(({ row }) => row?.id === active.id);
  // With the line of headings.
  const rowCount = count === null ? -1 : count + 1;
  return (
    <div
      ref={list.scroller}
      class={`logs-scroller logs-of-${kind}`}
      style={{ "--logs-row": `${rowHeight}px` }}
      role={isEmpty ? "group" : "grid"}
      aria-label={kind === "system" ? "System logs" : "Agent logs"}
      aria-rowcount={isEmpty ? undefined : rowCount}
      aria-activedescendant={isActiveDrawn ? `${id}-${active.id}` : undefined}
      tabIndex={0}
    >
      {isEmpty ? null : <Head kind={kind} />}
      <div role="presentation" class="logs-rows" style={{ height: `${list.height}px` }}>
        <div role={isEmpty ? undefined : "rowgroup"} style={{ transform: `translateY(${list.rows[0]?.start ?? 0}px)` }}>
          {drawn.map(({ index, row }) =>
            row === null ? (
              <LogGap key={`gap-${index}`} index={index} />
            ) : (
              <LogLine
                key={row.id}
                row={row}
                index={index}
                id={`${id}-${row.id}`}
                by={byOf(row)}
                isActive={row.id === active?.id}
                onOpen={onOpen}
              />
            ),
          )}
        </div>
      </div>
      <div class="logs-end">{children}</div>
    </div>
  );
}

const HEADINGS = {
  agent: ["Time", "Level", "Type", "Agent", "Message"],
  system: ["Time", "Level", "Component", "Message"],
};

function Head({ kind }: Pick<Props, "kind">) {
  return (
    <div role="rowgroup" class="logs-head">
      <div role="row" aria-rowindex={1} class="logs-row">
        {HEADINGS[kind].map((name) => (
          <span key={name} role="columnheader" class={`logs-${name.toLowerCase()}`}>
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}
