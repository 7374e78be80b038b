import type { CreateAgentLog } from "#src/domain/agent-log.ts";
import type { AgentStatus, UpdateRuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { CreateWorkflow, UpdateWorkflow, WorkflowStatus } from "#src/domain/workflow.ts";
import { count, isRecord, oneLine, record, safeId, shown, shownFields, text, usd } from "./values.ts";

/** What to note of a message: on the agent where one is named and known, else in the log of the system. */
export type Note = {
  readonly agentId: string | null;
  readonly level: NonNullable<CreateAgentLog["log_level"]>;
  readonly type: CreateAgentLog["log_type"];
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
};

/** What a message of a workflow process says, in our words. */
export type Broadcast = {
  /** What it is called: `adw_broadcast/adw_status`. */
  readonly name: string;
  readonly workflow?: {
    readonly id: string;
    /** To make it by, should it not be known. */
    readonly create: CreateWorkflow | null;
    readonly update: UpdateWorkflow;
  };
  readonly agent?: {
    readonly id: string;
    readonly create: { readonly kind: string; readonly name: string | undefined; readonly session: string } | null;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly update: UpdateRuntimeAgent;
  };
  /** Null: what changes says enough. */
  readonly note: Note | null;
};

/** A message that is none of these forms: what is wrong with it. */
export type Misread = { readonly wrong: string };

type Fields = Readonly<Record<string, unknown>>;

const AGENT_STATUSES: ReadonlyMap<unknown, AgentStatus> = new Map<unknown, AgentStatus>([
  ["pending", "pending"],
  ["initializing", "initializing"],
  ["idle", "idle"],
  ["planning", "planning"],
  ["executing", "executing"],
  ["running", "executing"],
  ["reviewing", "reviewing"],
  ["waiting", "waiting"],
  ["blocked", "waiting"],
  ["complete", "completed"],
  ["completed", "completed"],
  ["failed", "failed"],
  ["error", "failed"],
  ["cancelled", "cancelled"],
  ["canceled", "cancelled"],
]);

const WORKFLOW_STATUSES: ReadonlyMap<unknown, WorkflowStatus> = new Map<unknown, WorkflowStatus>([
  ["pending", "pending"],
  ["in_progress", "in_progress"],
  ["running", "in_progress"],
  ["completed", "completed"],
  ["complete", "completed"],
  ["failed", "failed"],
  ["error", "failed"],
  ["cancelled", "cancelled"],
  ["canceled", "cancelled"],
]);

const LEVELS: ReadonlyMap<unknown, Note["level"]> = new Map<unknown, Note["level"]>([
  ["SystemWarning", "WARNING"],
  ["SystemError", "ERROR"],
]);
const TOOL_EVENTS = new Set(["PreToolUse", "PostToolUse", "PostToolUseFailure", "tool_use"]);
const MESSAGE = 1_000;

/**
 * Reads a message of TAC's workflow processes (`adw_websockets.py`): `adw_broadcast` and `agent_broadcast`, each with its
 * `broadcast_type`. Null for a sign of life, which says nothing. Never throws.
 */
export function readBroadcast(message: string): Broadcast | Misread | null {
  if (/^\s*("?(ping|pong)"?)?\s*$/i.test(message)) return null;
  let sent: unknown;
  try {
    sent = JSON.parse(message);
  } catch {
    return { wrong: "The message is not JSON." };
  }
  if (!isRecord(sent)) return { wrong: "The message is no JSON object." };
  if (sent["type"] === "ping" || sent["type"] === "pong") return null;
  const type = oneLine(sent["broadcast_type"], 100) ?? "";
  const name = `${oneLine(sent["type"], 100) ?? ""}/${type}`;
  const read = READERS.get(name);
  if (read !== undefined) return read(sent, name);
  if (sent["type"] !== "adw_broadcast" && sent["type"] !== "agent_broadcast") {
    return { wrong: "The `type` of a message is adw_broadcast or agent_broadcast." };
  }
  return { name, note: noteOf(sent, name, { level: "DEBUG", message: `An unknown broadcast: ${name}` }) };
}

const NO_ADW: Misread = { wrong: "The message names no workflow (`adw_id`)." };
const NO_AGENT: Misread = { wrong: "The message names no agent (`agent_id`)." };

const READERS: ReadonlyMap<string, (sent: Fields, name: string) => Broadcast | Misread> = new Map([
  ["adw_broadcast/adw_created", readWorkflow],
  ["adw_broadcast/adw_updated", readWorkflow],
  ["adw_broadcast/adw_status", (sent, name) => workflowOf(name, safeId(sent["adw_id"]), sent)],
  ["adw_broadcast/adw_step_change", readStep],
  ["adw_broadcast/adw_event", readEvent],
  ["adw_broadcast/adw_event_summary_update", readSummary],
  ["agent_broadcast/agent_created", (sent, name) => readAgent(sent, name, true)],
  ["agent_broadcast/agent_updated", (sent, name) => readAgent(sent, name, false)],
  ["agent_broadcast/agent_status_changed", readStatus],
]);

function readWorkflow(sent: Fields, name: string): Broadcast | Misread {
  const adw = record(sent["adw"]);
  return workflowOf(name, safeId(sent["adw_id"]) ?? safeId(adw["id"]) ?? safeId(adw["adw_name"]), adw);
}

function workflowOf(name: string, id: string | null, adw: Fields): Broadcast | Misread {
  if (id === null) return NO_ADW;
  const update = progressOf(adw);
  const adwName = oneLine(adw["adw_name"], 255);
  // Only a whole row makes one: a bare status would leave a workflow that nobody can tell from others.
  const create =
    adwName === null && name !== "adw_broadcast/adw_created"
      ? null
      : {
          ...update,
          adw_name: adwName ?? id,
          workflow_type: oneLine(adw["workflow_type"], 64) ?? "adw",
          description: text(adw["description"]),
          orchestrator_agent_id: safeId(adw["orchestrator_agent_id"]),
          input_data: shown(adw["input_data"]) ?? undefined,
        };
  return { name, workflow: { id, create, update }, note: null };
}

/** What it says of the progress; what it leaves empty stays as it is. */
function progressOf(adw: Fields): UpdateWorkflow {
  const told = {
    status: WORKFLOW_STATUSES.get(adw["status"]),
    current_step: oneLine(adw["current_step"], 255),
    total_steps: count(adw["total_steps"]),
    completed_steps: count(adw["completed_steps"]),
    error_message: text(adw["error_message"]),
    error_step: oneLine(adw["error_step"], 255),
    output_data: shown(adw["output_data"]),
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null && value !== undefined));
}

function readStep(sent: Fields, name: string): Broadcast | Misread {
  const id = safeId(sent["adw_id"]);
  if (id === null) return NO_ADW;
  const step = oneLine(sent["step"], 255);
  const event = oneLine(sent["event_type"], 100) ?? "step";
  const note = noteOf(sent, name, {
    agentId: safeId(record(sent["payload"])["agent_id"]),
    message: step === null ? event : `${event}: ${step}`,
  });
  if (event !== "StepStart" || step === null) return { name, note };
  return { name, workflow: { id, create: null, update: { status: "in_progress", current_step: step } }, note };
}

function readEvent(sent: Fields, name: string): Broadcast | Misread {
  const event = record(sent["event"]);
  if (safeId(sent["adw_id"]) === null) return NO_ADW;
  const type = oneLine(event["event_type"], 100) ?? "event";
  const said = oneLine(event["summary"], MESSAGE) ?? oneLine(event["content"], MESSAGE);
  const level = LEVELS.get(type) ?? "INFO";
  return {
    name,
    note: noteOf(sent, name, {
      agentId: safeId(event["agent_id"]),
      level,
      type: level === "ERROR" ? "error" : TOOL_EVENTS.has(type) ? "tool_call" : "milestone",
      message: said === null ? type : `${type}: ${said}`,
    }),
  };
}

function readSummary(sent: Fields, name: string): Broadcast | Misread {
  if (safeId(sent["adw_id"]) === null) return NO_ADW;
  return { name, note: noteOf(sent, name, { message: oneLine(sent["summary"], MESSAGE) ?? "An empty summary" }) };
}

function readAgent(sent: Fields, name: string, isNew: boolean): Broadcast | Misread {
  const agent = record(sent["agent"]);
  const id = safeId(sent["agent_id"]) ?? safeId(agent["id"]);
  if (id === null) return NO_AGENT;
  const status = AGENT_STATUSES.get(agent["status"]);
  const costUsd = usd(agent["total_cost"]);
  const update: UpdateRuntimeAgent = {
    ...(status === undefined ? {} : { status }),
    ...(costUsd === null ? {} : { cost_usd: costUsd }),
  };
  const step = oneLine(agent["adw_step"], 200);
  const tokens = { input_tokens: count(agent["input_tokens"]), output_tokens: count(agent["output_tokens"]) };
  const spent = !isNew && (tokens.input_tokens !== null || tokens.output_tokens !== null || costUsd !== null);
  return {
    name,
    agent: {
      id,
      create: isNew
        ? {
            kind: step === null ? "adw" : `adw/${step}`,
            name: oneLine(agent["name"], 255) ?? undefined,
            session: safeId(agent["adw_id"]) ?? safeId(agent["session_id"]) ?? "adw",
          }
        : null,
      metadata: shownFields({
        model: oneLine(agent["model"], 255),
        cwd: text(agent["working_dir"]),
        adw_id: safeId(agent["adw_id"]),
        adw_step: step,
        session_id: safeId(agent["session_id"]),
      }),
      update,
    },
    note: spent
      ? {
          agentId: id,
          level: "INFO",
          type: "cost_update",
          message: "Tokens and cost so far",
          details: shownFields({ ...tokens, total_cost: costUsd }),
        }
      : null,
  };
}

function readStatus(sent: Fields, name: string): Broadcast | Misread {
  const id = safeId(sent["agent_id"]);
  if (id === null) return NO_AGENT;
  const status = AGENT_STATUSES.get(sent["new_status"]);
  if (status === undefined) {
    const what = oneLine(sent["new_status"], 40) ?? "none";
    return { name, note: noteOf(sent, name, { agentId: id, level: "DEBUG", message: `An unknown status: ${what}` }) };
  }
  return { name, agent: { id, create: null, metadata: {}, update: { status } }, note: null };
}

/** A note that holds the whole message, bounded. */
function noteOf(
  sent: Fields,
  name: string,
  { agentId = null, level = "INFO", type = "milestone", message = name }: Partial<Note>,
): Note {
  const { type: _type, broadcast_type: _broadcast, ...rest } = sent;
  return { agentId, level, type, message, details: shownFields({ broadcast: name, ...rest }) };
}
