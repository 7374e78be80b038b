import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { formatDuration, formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { Status, toneOf } from "#src/ui/parts/status.tsx";
import { utcOf } from "#src/ui/parts/time.tsx";
import type { SessionAgent } from "./session-source.ts";
import { type RowData, timesOf } from "./timeline-data.ts";
import { type Span, spanOf } from "./timeline-geometry.ts";
import { Track } from "./track.tsx";
import { stepOf } from "./workflow.ts";

type Props = {
  readonly agent: SessionAgent;
  readonly level: number;
  readonly data: RowData | undefined;
  readonly shown: Span;
  readonly width: number;
  readonly now: number;
  readonly isSelected: boolean;
  /** Another one is selected. */
  readonly isAside: boolean;
  readonly onSelect: (id: string) => void;
};

/** Deeper ones stand no further to the right: their names must have room. */
const DEEPEST = 8;
const INDENT = 14;

/** An agent of the tree: who it is, how it stands, what it took, and its time. */
export const AgentRow = memo(function AgentRow({ agent, level, isSelected, isAside, onSelect, ...picture }: Props) {
  const { data, shown, width, now } = picture;
  const times = timesOf(agent);
  const span = spanOf(times, now);
  const name = nameOf(agent);
  const about = aboutOf(agent, name);
  return (
    <tr class={isAside ? "session-aside" : undefined} data-agent={agent.id}>
      <th scope="row" style={{ paddingInlineStart: `${10 + (Math.min(level, DEEPEST) - 1) * INDENT}px` }}>
        <button
          type="button"
          class="session-agent"
          aria-pressed={isSelected}
          data-row
          onClick={() => onSelect(agent.id)}
          title={isSelected ? "Show all agents again" : "Show this agent alone"}
        >
          {level === 1 ? null : <span class="visually-hidden">Level {level}: </span>}
          <AgentLine text={name} />
        </button>
        {about === "" ? null : (
          <span class="muted session-small">
            <AgentLine text={about} />
          </span>
        )}
      </th>
      <td>
        <Status {...agent} />
        <span
          class="muted session-small"
          title={agent.started_at === null ? undefined : `since ${utcOf(agent.started_at)}`}
        >
          {span === null ? "–" : formatDuration(span.to - span.from)}
        </span>
      </td>
      <td class="number session-tokens">
        {formatShort(agent.tokens_input)} / {formatShort(agent.tokens_output)}
      </td>
      <td class="number">{formatUsd(agent.cost_usd)}</td>
      <td class="session-picture" data-track={agent.id}>
        <Track
          bars={[{ span, tone: toneOf(agent) }]}
          data={data}
          shown={shown}
          width={width}
          now={now}
          hasNow={times.isOpen}
        />
      </td>
    </tr>
  );
});

/** What tells agents of one name apart: the step that it is, and its definition. */
function aboutOf(agent: SessionAgent, name: string): string {
  const parts = [stepOf({ ...agent, name: null, definition: null, id: "" }), agent.definition ?? ""];
  return [...new Set(parts)].filter((part) => part !== "" && part !== name).join(" · ");
}
