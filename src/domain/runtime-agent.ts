import { z } from "zod";
import { CONFIG_HELP } from "./budget.ts";
import { changedFields } from "./changed-fields.ts";
import { anyOfSet, anyText, windowedListQuery, type PageRequest } from "./listing.ts";
import { illegalTransition } from "./problem.ts";
import { Timestamp } from "./timestamp.ts";
import { EXAMPLE_ID, Id, Json, StoredJson, Usd, UsdTotal, requiredText, roundUsd, text } from "./values.ts";
import { AGENT_STATUSES, ALIVE_STATUSES, FINAL_STATUSES } from "./vocabulary.ts";

export const AgentStatus = z.enum(AGENT_STATUSES).meta({
  id: "AgentStatus",
  description:
    "Alive: pending, initializing, idle (between turns), planning, executing, reviewing, waiting (blocked until a person answers). Final: completed, failed, cancelled.",
});
export type AgentStatus = z.infer<typeof AgentStatus>;

/** What is shown of an alive agent that nothing has come of for long; neither is a status. */
export const silence = {
  quiet_since: Timestamp.nullable().meta({
    description:
      "Its last activity (a change of itself, of its prompts, a log), when that is longer ago than QUIET_AFTER; null for one that is active, waits or has ended",
  }),
  lost: z.boolean().meta({ description: "Whether it has been quiet for longer than LOST_AFTER" }),
};

/** One running or finished instance of a definition. */
export const RuntimeAgent = z
  .strictObject({
    id: z.string(),
    orchestrator_agent_id: z.string(),
    session_id: z.string(),
    parent_agent_id: z.string().nullable(),
    name: z.string().nullable(),
    external_id: z.string().nullable(),
    status: AgentStatus,
    context: StoredJson,
    config: StoredJson,
    metadata: StoredJson,
    started_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
    completed_at: Timestamp.nullable(),
    cost_usd: UsdTotal,
    error_message: z.string().nullable(),
    ...silence,
  })
  .meta({ id: "RuntimeAgent", description: "One running or finished instance of a definition" });
export type RuntimeAgent = z.infer<typeof RuntimeAgent>;

const SessionId = requiredText(255).meta({
  description: "Groups the agents of one workflow run or coding session",
  examples: ["session-2026-02-05"],
});

export const CreateRuntimeAgent = z
  .strictObject({
    orchestrator_agent_id: Id,
    session_id: SessionId,
    status: AgentStatus.optional(),
    parent_agent_id: Id.nullish(),
    name: text(255).nullish(),
    external_id: requiredText(255).nullish().meta({ description: "Its id elsewhere; unique" }),
    context: Json.optional(),
    config: Json.optional().meta({ description: CONFIG_HELP, examples: [{ max_cost_usd: 10 }] }),
    metadata: Json.optional(),
  })
  .meta({
    id: "CreateRuntimeAgent",
    examples: [
      {
        orchestrator_agent_id: EXAMPLE_ID,
        session_id: "session-2026-02-05",
        name: "planner of issue 42",
        context: { issue: 42 },
      },
    ],
  });
export type CreateRuntimeAgent = z.infer<typeof CreateRuntimeAgent>;

export const UpdateRuntimeAgent = z
  .strictObject({
    status: AgentStatus.optional(),
    name: text(255).nullish(),
    cost_usd: Usd.optional().meta({ description: "Sets the agent's cost outright, in US dollars" }),
    error_message: text().nullish(),
    context: Json.optional(),
    config: Json.optional().meta({ description: CONFIG_HELP, examples: [{ max_cost_usd: 10 }] }),
    metadata: Json.optional(),
  })
  .meta({
    id: "UpdateRuntimeAgent",
    description: "Only the given fields change; null clears an optional one",
    examples: [{ status: "executing" }],
  });
export type UpdateRuntimeAgent = z.infer<typeof UpdateRuntimeAgent>;

export const RuntimeAgentQuery = windowedListQuery({
  session_id: anyText("Session"),
  status: anyOfSet(AGENT_STATUSES),
  orchestrator_agent_id: anyText("Definition"),
  parent_agent_id: anyText("Parent agent"),
});
export type RuntimeAgentFilter = Omit<z.infer<typeof RuntimeAgentQuery>, keyof PageRequest>;

function isFinalAgentStatus(status: AgentStatus): boolean {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

/** Statuses of which silence tells something: one that waits for a person may wait for long. */
export const SILENCE_STATUSES = ALIVE_STATUSES.filter((status) => status !== "waiting");

export function mayBeSilent(status: unknown): boolean {
  return (SILENCE_STATUSES as readonly unknown[]).includes(status);
}

/** The statuses that may follow: any other from an alive one, none from a final one. */
export function nextAgentStatuses(from: AgentStatus): readonly AgentStatus[] {
  return isFinalAgentStatus(from) ? [] : AGENT_STATUSES.filter((status) => status !== from);
}

/** The agent that a create command asks for. A status given at creation is no change of status. */
export function startAgent(command: CreateRuntimeAgent, id: string, now: string): RuntimeAgent {
  const status = command.status ?? "initializing";
  return {
    id,
    orchestrator_agent_id: command.orchestrator_agent_id,
    session_id: command.session_id,
    parent_agent_id: command.parent_agent_id ?? null,
    name: command.name ?? null,
    external_id: command.external_id ?? null,
    status,
    context: command.context ?? null,
    config: command.config ?? null,
    metadata: command.metadata ?? null,
    started_at: now,
    updated_at: now,
    completed_at: isFinalAgentStatus(status) ? now : null,
    cost_usd: 0,
    error_message: null,
    quiet_since: null,
    lost: false,
  };
}

/** What an update changes, and the change of status to log; null when it changes nothing. */
export type AgentChange = {
  readonly set: Partial<RuntimeAgent>;
  readonly transition: { readonly from: AgentStatus; readonly to: AgentStatus } | null;
};

/** Decides an update against the agent's present state. Throws a conflict for an illegal change of status. */
export function changeAgent(agent: RuntimeAgent, command: UpdateRuntimeAgent, now: string): AgentChange | null {
  const wanted = command.cost_usd === undefined ? command : { ...command, cost_usd: roundUsd(command.cost_usd) };
  const set = changedFields(agent, wanted);
  if (Object.keys(set).length === 0) return null;
  if (set.status === undefined) return { set: { ...set, updated_at: now }, transition: null };
  const allowed = nextAgentStatuses(agent.status);
  if (!allowed.includes(set.status)) throw illegalTransition("runtime agent", agent.status, set.status, allowed);
  const ended = isFinalAgentStatus(set.status) ? { completed_at: now } : {};
  return { set: { ...set, ...ended, updated_at: now }, transition: { from: agent.status, to: set.status } };
}
