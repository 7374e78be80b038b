import { AgentLine, AgentText } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatDuration } from "#src/ui/parts/format.ts";
import { toneOf } from "#src/ui/parts/status.tsx";
import type { SessionAgent } from "./session-source.ts";
import { timesOf } from "./timeline-data.ts";
import { type Span, spanOf, spanOfAll } from "./timeline-geometry.ts";
import { Track } from "./track.tsx";
import { isStep, type Lane, type WorkflowShown } from "./workflow.ts";

type Props = {
  readonly workflow: WorkflowShown;
  readonly lanes: readonly Lane<SessionAgent>[];
  /** Steps that it is known to have, whether begun or not. */
  readonly coming: readonly string[];
  readonly shown: Span;
  readonly width: number;
  readonly now: number;
};

/** A workflow: how far it is, and a lane for each of its steps. */
export function WorkflowLanes({ workflow, lanes, coming, shown, width, now }: Props) {
  const { current_step, error_step } = workflow;
  const isOver = workflow.status === "completed" || workflow.status === "failed" || workflow.status === "cancelled";
  const known = (step: string | null) => lanes.some((lane) => isStep(step, lane.step));
  // A step may fail, or be the present one, before an agent has begun it.
  const unplanned = [error_step, isOver ? null : current_step].filter(
    (step) => !coming.some((one) => isStep(step, one)),
  );
  const named = [...unplanned, ...coming].filter((step) => step !== null && step !== "");
  const missing = [...new Set(named)].filter((step) => !known(step));
  const all = [...lanes, ...missing.map((step) => ({ step: step!, agents: [] }))];
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={5} class="session-group">
          <WorkflowHead workflow={workflow} />
        </th>
      </tr>
      {all.map(({ step, agents }) => {
        const state = stateOf(step, agents, workflow, isOver);
        const bars = agents.map((agent) => ({ span: spanOf(timesOf(agent), now), tone: toneOf(agent) }));
        const span = spanOfAll(bars.map((bar) => bar.span));
        const hasNow = agents.some((agent) => timesOf(agent).isOpen);
        return (
          <tr key={step}>
            <th scope="row" class="session-step">
              <AgentLine text={step} />
            </th>
            <td colSpan={3}>
              <span class={`status status-${state.tone}`}>
                <span class="dot" aria-hidden="true" />
                {state.word}
              </span>
              <span class="muted session-small">{span === null ? "–" : formatDuration(span.to - span.from)}</span>
            </td>
            <td class="session-picture">
              <Track bars={bars} data={undefined} shown={shown} width={width} now={now} hasNow={hasNow} />
            </td>
          </tr>
        );
      })}
    </tbody>
  );
}

function stateOf(
  step: string,
  agents: readonly SessionAgent[],
  { current_step, error_step }: WorkflowShown,
  isOver: boolean,
): { readonly tone: string; readonly word: string } {
  if (isStep(error_step, step)) return { tone: "failed", word: "failed here" };
  const last = agents.at(-1);
  const isCurrent = isStep(current_step, step);
  if (isCurrent && !isOver)
    return { tone: "in_progress", word: last === undefined ? "current step" : `current step · ${last.status}` };
  if (last === undefined) return { tone: "pending", word: "not begun" };
  const tone = toneOf(last);
  return { tone, word: isCurrent && last.status !== "completed" ? `last step · ${last.status}` : last.status };
}

function WorkflowHead({ workflow }: { readonly workflow: WorkflowShown }) {
  const { adw_name, workflow_type, status, completed_steps, total_steps, error_message, error_count } = workflow;
  const total = total_steps ?? 0;
  const done = Math.min(completed_steps ?? 0, total);
  return (
    <div class="session-workflow">
      <span>
        Workflow <AgentText text={workflow_type} most={100} /> <AgentText text={adw_name} most={100} />
      </span>
      <span class={`status status-${status}`}>
        <span class="dot" aria-hidden="true" />
        {status.replace("_", " ")}
      </span>
      {total === 0 ? null : (
        <span class="session-progress">
          <progress max={total} value={done} aria-label="Steps of the workflow that are done" />{" "}
          {formatCount(completed_steps)} of {formatCount(total_steps)} steps
        </span>
      )}
      {(error_count ?? 0) > 0 ? <span class="muted">{formatCount(error_count)} errors</span> : null}
      {error_message === null ? null : (
        <span class="session-bad">
          <AgentText text={error_message} most={500} />
        </span>
      )}
    </div>
  );
}
