import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Failure } from "#src/ui/parts/failure.tsx";
import { formatCount, formatDuration } from "#src/ui/parts/format.ts";
import { Time, useNow } from "#src/ui/parts/time.tsx";
import { useSource } from "#src/ui/store/use-store.ts";
import { AgentRow } from "./agent-row.tsx";
import { type AgentRow as Row, agentRows } from "./agent-rows.ts";
import { Axis } from "./axis.tsx";
import { WorkflowLanes } from "./lane-rows.tsx";
import { Legend } from "./legend.tsx";
import { marksSource } from "./marks.ts";
import { promptSpansSource } from "./prompt-spans.ts";
import type { SessionAgent, SessionState } from "./session-source.ts";
import { Tip } from "./tip.tsx";
import { promptSpan, type RowData, rowsData, timesOf } from "./timeline-data.ts";
import { shownSpanOf, type Span, spanOf } from "./timeline-geometry.ts";
import { usePointing } from "./use-pointing.ts";
import { useRowKeys } from "./use-row-keys.ts";
import { closer, wider, useZoomGestures } from "./use-zoom-gestures.ts";
import { useZoom } from "./use-zoom.ts";
import { lanesOf, workflowsSource } from "./workflow.ts";

type Props = {
  readonly state: SessionState;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  /** Whether `j` and `k` go from agent to agent; beside a list of logs they are that list's. */
  readonly hasRowKeys: boolean;
};

/** Shown at first; a picture of ten thousand rows is none. */
const ROWS = 100;
const INSTANT: Span = { from: 0, to: 1 };

/** The tree of agents with the time each took, over one time axis; the steps of a workflow above it. */
export function AgentsPanel({ state, selected, onSelect, hasRowKeys }: Props) {
  const { session_id: id, first_activity_at } = state.totals;
  const [began] = useState(first_activity_at);
  const spans = useSource(useMemo(() => promptSpansSource(id), [id]));
  const marks = useSource(useMemo(() => marksSource(id), [id]));
  const workflows = useSource(useMemo(() => workflowsSource(id, began), [id, began])).value ?? [];
  const rows = useMemo(() => agentRows(state.agents.values()), [state.agents]);
  const now = useNowWhile(rows.some(({ agent }) => timesOf(agent).isOpen));
  const before = useRef<ReadonlyMap<string, RowData>>(new Map());
  const data = useMemo(
    () => rowsData(spans.value?.spans.values() ?? [], marks.value?.byAgent ?? new Map(), state.agents, before.current),
    [spans.value, marks.value, state.agents],
  );
  before.current = data;
  const whole = useMemo(() => shownSpanOf(allSpans(rows, data, now)) ?? INSTANT, [rows, data, now]);
  const zoom = useZoom(whole);
  const { shown } = zoom;
  const panel = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLTableCellElement>(null);
  const width = useWidth(picture);
  useZoomGestures(panel, zoom, trackBox);
  useRowKeys(panel, hasRowKeys);
  const tip = usePointing(panel, { zoom, width, now, data, selected });
  const [most, setMost] = useState(ROWS);
  const drawn = rows.slice(0, Math.max(most, rows.findIndex(({ agent }) => agent.id === selected) + 1));
  const lanes = useMemo(() => (workflows.length === 0 ? [] : lanesOf(stepping(rows))), [workflows.length === 0, rows]);

  useEffect(() => {
    const agent = selected === null ? undefined : state.agents.get(selected);
    zoom.show(agent === undefined ? null : spanOf(timesOf(agent), now));
  }, [selected]);

  return (
    <section class="session-agents" aria-labelledby="session-agents">
      <div class="toolbar">
        <h2 id="session-agents">Agents and their time</h2>
        <span class="muted session-shown">
          <Time at={new Date(shown.from).toISOString()} /> – <Time at={new Date(shown.to).toISOString()} /> ·{" "}
          {formatDuration(shown.to - shown.from)}
        </span>
        <div class="session-zoom" role="group" aria-label="Part of the time that is shown">
          <button
            type="button"
            aria-label="Wider"
            title="Wider (−)"
            aria-disabled={zoom.isWhole}
            onClick={() => wider(zoom)}
          >
            −
          </button>
          <button type="button" aria-label="Closer" title="Closer (+)" onClick={() => closer(zoom)}>
            +
          </button>
          <button type="button" title="All of it (0)" aria-disabled={zoom.isWhole} onClick={() => zoom.show(null)}>
            All
          </button>
        </div>
      </div>
      {spans.error === null ? null : (
        <Failure error={spans.error} what="Could not read the prompts' times" onRetry={spans.reload} />
      )}
      {marks.error === null ? null : (
        <Failure error={marks.error} what="Could not read tools and errors" onRetry={marks.reload} />
      )}
      <div class="session-frame" ref={panel}>
        <div class="session-scroll" role="region" aria-label="Table of agents" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">Status</th>
                <th scope="col" class="number session-tokens">
                  Tokens in / out
                </th>
                <th scope="col" class="number">
                  Cost
                </th>
                <th scope="col" class="session-picture" ref={picture} data-axis>
                  <span class="visually-hidden">
                    Time: a picture; what it shows is also told by status, prompts and logs
                  </span>
                  <Axis shown={shown} width={width} />
                </th>
              </tr>
            </thead>
            {workflows.map((workflow, index) => (
              <WorkflowLanes
                key={workflow.id}
                workflow={workflow}
                lanes={index === 0 ? lanes : []}
                coming={index === 0 ? workflow.steps : []}
                shown={shown}
                width={width}
                now={now}
              />
            ))}
            <tbody>
              {rows.length > 0 ? null : (
                <tr>
                  <td colSpan={5} class="empty">
                    The agents of this session have been removed; what they took is kept above.
                  </td>
                </tr>
              )}
              {drawn.map(({ agent, level }) => (
                <AgentRow
                  key={agent.id}
                  agent={agent}
                  level={level}
                  data={data.get(agent.id)}
                  shown={shown}
                  width={width}
                  now={now}
                  isSelected={agent.id === selected}
                  isAside={selected !== null && agent.id !== selected}
                  onSelect={onSelect}
                />
              ))}
            </tbody>
          </table>
        </div>
        <Tip show={tip} />
      </div>
      <Legend spans={spans.value} marks={marks.value} />
      {drawn.length < rows.length ? (
        <p class="actions">
          <button type="button" onClick={() => setMost(most + ROWS * 5)}>
            Show more agents
          </button>
          <span class="muted">
            {formatCount(drawn.length)} of {formatCount(rows.length)} agents are shown
          </span>
        </p>
      ) : null}
      {state.isCut ? (
        <p class="muted">Only the newest {formatCount(rows.length)} agents of this session are known here.</p>
      ) : null}
    </section>
  );
}

/** The agents that are steps: those that say so by their context, else those that no other one started. */
function stepping(rows: readonly Row<SessionAgent>[]): SessionAgent[] {
  const saying = rows.filter(({ agent }) => typeof agent.context === "string" && agent.context.trim() !== "");
  return (saying.length > 0 ? saying : rows.filter(({ level }) => level === 1)).map(({ agent }) => agent);
}

function* allSpans(
  rows: readonly Row<SessionAgent>[],
  data: ReadonlyMap<string, RowData>,
  now: number,
): Generator<Span | null> {
  for (const { agent } of rows) yield spanOf(timesOf(agent), now);
  for (const { prompts, marks } of data.values()) {
    for (const timed of prompts) yield promptSpan(timed, now);
    const [first, last] = [marks[0], marks.at(-1)];
    if (first !== undefined && last !== undefined) yield { from: first.at, to: last.at };
  }
}

/** The present time as long as something goes on; then that at which it ended. */
function useNowWhile(isLive: boolean): number {
  const now = useNow();
  const last = useRef(now);
  if (isLive) last.current = now;
  return last.current;
}

function useWidth(of: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (of.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(of.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

function trackBox(target: EventTarget | null): DOMRect | null {
  const cell = target instanceof Element ? target.closest(".session-picture") : null;
  return cell === null ? null : cell.getBoundingClientRect();
}
