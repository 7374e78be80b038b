import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { memo } from "#src/ui/parts/memo.ts";
import { LogMessage } from "./log-message.tsx";
import type { LogRow } from "./log-row.ts";
import { LogTime } from "./log-time.tsx";

type Props = {
  readonly row: LogRow;
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly id: string;
  /** Of the agent, or the component. */
  readonly by: string;
  readonly isActive: boolean;
  readonly onOpen: (row: LogRow) => void;
};

/** A log as one line of the grid. */
export const LogLine = memo(function LogLine({ row, index, id, by, isActive, onOpen }: Props) {
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      class={`logs-row logs-${row.level.toLowerCase()}`}
      onClick={() => onOpen(row)}
    >
      <span role="gridcell" class="logs-time">
        <LogTime at={row.at} />
      </span>
      <span role="gridcell" class="logs-level">
        {row.level}
      </span>
      {row.type === null ? null : (
        <span role="gridcell" class="logs-type">
          {row.type}
        </span>
      )}
      <span role="gridcell" class="logs-by">
        <AgentLine text={by} />
      </span>
      <span role="gridcell" class="logs-message">
        <LogMessage message={row.message} highlight={row.highlight} />
      </span>
    </div>
  );
});

/** The place of a row that is being read. */
export function LogGap({ index }: { readonly index: number }) {
  return (
    <div role="row" aria-rowindex={index + 2} class="logs-row logs-gap">
      <span role="gridcell">
        <span class="visually-hidden">Being read</span>
      </span>
    </div>
  );
}
