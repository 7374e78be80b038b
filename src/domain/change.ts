import { z } from "zod";
import type { BudgetLevel } from "./budget.ts";
import { anyOfSet, anyText, wholeNumber, Limit } from "./listing.ts";
import { AgentStatus, silence } from "./runtime-agent.ts";
import { Timestamp } from "./timestamp.ts";
import { UsdTotal } from "./values.ts";
import { ENTITIES } from "./vocabulary.ts";

export type Entity = (typeof ENTITIES)[number];

const CHANGE_TYPES = [
  "orchestrator_agent.created",
  "orchestrator_agent.updated",
  "orchestrator_agent.deleted",
  "agent.created",
  "agent.updated",
  "agent.deleted",
  "prompt.created",
  "prompt.updated",
  "prompt.deleted",
  "workflow.created",
  "workflow.updated",
  "workflow.deleted",
  "agent_log.created",
  "system_log.created",
  "budget_warning",
  "budget_exceeded",
] as const;

export type Operation = "created" | "updated" | "deleted" | BudgetLevel;

/** One row of the change feed. `seq` strictly grows in commit order. */
export type Change = {
  readonly seq: number;
  /** When it was written, UTC milliseconds. */
  readonly atMillis: number;
  readonly entity: Entity;
  readonly op: Operation;
  readonly id: string | number;
  readonly agentId: string | null;
  readonly sessionId: string | null;
  /** The row as it was at that change, without its long fields; null for a log that has been removed since. */
  readonly data: Readonly<Record<string, unknown>> | null;
};

/** Which changes a reader wants; what is not given is not narrowed. */
export type ChangeFilter = {
  readonly types?: readonly Entity[] | undefined;
  readonly session_id?: readonly string[] | undefined;
  readonly agent_id?: readonly string[] | undefined;
};

const Seq = z
  .int()
  .min(0)
  .meta({ description: "Number in the change feed", examples: [42] });

/** A change as it is sent. */
export const ChangeFrame = z
  .strictObject({
    type: z
      .enum(CHANGE_TYPES)
      .meta({ description: "Entity and what happened to it; logs are only created", examples: ["agent.updated"] }),
    seq: Seq,
    at: Timestamp,
    id: z.union([z.string(), z.int()]),
    agent_id: z.string().nullable(),
    session_id: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).nullable().meta({
      description: "The row as it was at that change, without its long fields; text is cut at 2,000 characters",
    }),
  })
  .meta({ id: "ChangeFrame", description: "A change of one row" });
export type ChangeFrame = z.infer<typeof ChangeFrame>;

/** An agent as `/ws/agent-status` shows it. */
export const AgentSummary = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    orchestrator_agent_id: z.string(),
    session_id: z.string(),
    parent_agent_id: z.string().nullable(),
    status: AgentStatus,
    started_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
    completed_at: Timestamp.nullable(),
    cost_usd: UsdTotal,
    error_message: z.string().nullable(),
    ...silence,
  })
  .meta({ id: "AgentSummary" });
export type AgentSummary = z.infer<typeof AgentSummary>;

/** The summary of an agent, without what else is known of it. */
export function summaryOf(agent: AgentSummary): AgentSummary {
  return {
    id: agent.id,
    name: agent.name,
    orchestrator_agent_id: agent.orchestrator_agent_id,
    session_id: agent.session_id,
    parent_agent_id: agent.parent_agent_id,
    status: agent.status,
    started_at: agent.started_at,
    updated_at: agent.updated_at,
    completed_at: agent.completed_at,
    cost_usd: agent.cost_usd,
    error_message: agent.error_message,
    quiet_since: agent.quiet_since,
    lost: agent.lost,
  };
}

/** A frame of `/ws/agent-status`. */
export const AgentUpdateFrame = z
  .strictObject({
    type: z.literal("agent_update"),
    seq: Seq,
    snapshot: z.boolean(),
    data: z.strictObject({
      agents: z.array(AgentSummary),
      deleted: z.array(z.string()).optional(),
      truncated: z.literal(true).optional(),
      timestamp: Timestamp,
    }),
  })
  .meta({ id: "AgentUpdateFrame", description: "A change of a runtime agent, or the snapshot on opening" });
export type AgentUpdateFrame = z.infer<typeof AgentUpdateFrame>;

export const HelloFrame = z
  .strictObject({
    type: z.literal("hello"),
    seq: Seq.meta({ description: "The cursor this stream goes on from" }),
    oldest_seq: Seq,
    feed: z.string().meta({ description: "Id of this history: new for a new file and after a restore" }),
    version: z.string(),
  })
  .meta({ id: "HelloFrame", description: "The first frame of every stream" });
export type HelloFrame = z.infer<typeof HelloFrame>;

export const BookmarkFrame = z
  .strictObject({ type: z.literal("bookmark"), seq: Seq })
  .meta({ id: "BookmarkFrame", description: "Everything up to `seq` has been sent; comes at least every 15 s" });
export type BookmarkFrame = z.infer<typeof BookmarkFrame>;

const STALE_REASONS = ["pruned", "ahead", "replaced"] as const;
export type StaleReason = (typeof STALE_REASONS)[number];

export const StaleFrame = z
  .strictObject({ type: z.literal("stale"), reason: z.enum(STALE_REASONS), oldest_seq: Seq, head_seq: Seq })
  .meta({ id: "StaleFrame", description: "`after` can no longer be served: list again. The stream then ends (4410)." });
export type StaleFrame = z.infer<typeof StaleFrame>;

export const ErrorFrame = z
  .strictObject({ type: z.literal("error"), code: z.string(), detail: z.string() })
  .meta({ id: "ErrorFrame", description: "On `/ws`: why a message was not stored; `code` as in problem documents" });

export type ControlFrame = HelloFrame | BookmarkFrame | StaleFrame;

/** A page of the feed. The end is reached when `next_after` equals `head_seq`. */
export const EventPage = z
  .strictObject({
    events: z.array(ChangeFrame),
    next_after: Seq,
    head_seq: Seq.meta({ description: "The highest number ever given" }),
    oldest_seq: Seq.meta({ description: "`after` may be as low as this minus one" }),
    feed: z.string(),
  })
  .meta({ id: "EventPage" });
export type EventPage = z.infer<typeof EventPage>;

/** The state of the feed: its ends and its identity. */
export type FeedState = { readonly headSeq: number; readonly oldestSeq: number; readonly feed: string };

const After = wholeNumber(0, Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ type: "integer", minimum: 0, description: "Replay everything behind this `seq`, then go on live" });

const resume = {
  after: After,
  feed: z.string().min(1).max(255).optional().meta({ description: "The `feed` that `after` belongs to" }),
};

export const AgentStatusQuery = z.strictObject(resume);

export const StreamQuery = z.strictObject({
  ...resume,
  types: anyOfSet(ENTITIES),
  session_id: anyText("Session"),
  agent_id: anyText("Agent"),
});

export const EventQuery = StreamQuery.extend({ limit: Limit });

/** Why a cursor cannot be served, or null when it can. Without `after` there is nothing to serve. */
export function staleReason(
  state: FeedState,
  cursor: { readonly after?: number | undefined; readonly feed?: string | undefined },
): StaleReason | null {
  if (cursor.after === undefined) return null;
  if (cursor.feed !== undefined && cursor.feed !== state.feed) return "replaced";
  if (cursor.after > state.headSeq) return "ahead";
  return cursor.after < state.oldestSeq - 1 ? "pruned" : null;
}
