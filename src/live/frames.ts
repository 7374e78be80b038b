import {
  type AgentSummary,
  type AgentUpdateFrame,
  type Change,
  type ChangeFrame,
  type ControlFrame,
  summaryOf,
} from "#src/domain/change.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";

/** A frame, serialised once for everybody who gets it. */
export type Frame = {
  readonly text: string;
  /** What a client resumes from; null on `hello`, which is no position in the feed. */
  readonly seq: number | null;
};

/** Makes the frame of a change; null when this kind of stream does not show it. */
export type Render = (change: Change) => Frame | null;

/** The change as `/ws/events` and `/api/events` show it. */
export function toChangeFrame(change: Change): ChangeFrame {
  return {
    type: changeType(change),
    seq: change.seq,
    at: toTimestamp(change.atMillis),
    id: change.id,
    agent_id: change.agentId,
    session_id: change.sessionId,
    data: change.data,
  };
}

/** A budget is told of, not changed. */
function changeType({ entity, op }: Change): ChangeFrame["type"] {
  return `${entity}${entity === "budget" ? "_" : "."}${op}` as ChangeFrame["type"];
}

/** The frame of `/ws/events` and `/api/events` for a change. */
export function renderChange(change: Change): Frame {
  return { text: JSON.stringify(toChangeFrame(change)), seq: change.seq };
}

/** The change as `/ws/agent-status` shows it: changes of runtime agents only. */
export function renderAgentUpdate(change: Change): Frame | null {
  if (change.entity !== "agent") return null;
  const deleted = change.op === "deleted";
  const frame: AgentUpdateFrame = {
    type: "agent_update",
    seq: change.seq,
    snapshot: false,
    data: {
      agents: deleted || change.data === null ? [] : [summaryOf(change.data as unknown as AgentSummary)],
      ...(deleted ? { deleted: [String(change.id)] } : {}),
      timestamp: toTimestamp(change.atMillis),
    },
  };
  return { text: JSON.stringify(frame), seq: change.seq };
}

/** The snapshot on opening: the newest `limit` of these agents. */
export function renderSnapshot(agents: readonly AgentSummary[], limit: number, seq: number, now: number): Frame {
  const frame: AgentUpdateFrame = {
    type: "agent_update",
    seq,
    snapshot: true,
    data: {
      agents: agents.slice(0, limit).map(summaryOf),
      ...(agents.length > limit ? { truncated: true } : {}),
      timestamp: toTimestamp(now),
    },
  };
  return { text: JSON.stringify(frame), seq };
}

/** The frame of a control message; `hello` carries no position to resume from. */
export function renderControl(frame: ControlFrame): Frame {
  const seq = frame.type === "bookmark" ? frame.seq : frame.type === "stale" ? frame.head_seq : null;
  return { text: JSON.stringify(frame), seq };
}
