import { z } from "zod";
import { Highlight, Search, anyOfSet, anyText, windowedListQuery, type PageRequest } from "./listing.ts";
import { LogLevel, LogLevelFilter, LogLevelInput } from "./log-level.ts";
import { Timestamp } from "./timestamp.ts";
import { EXAMPLE_ID, Id, Json, StoredJson, text } from "./values.ts";
import { LOG_TYPES } from "./vocabulary.ts";

const LogType = z.enum(LOG_TYPES).meta({ id: "LogType" });

/** An append-only event in an agent's life. */
export const AgentLog = z
  .strictObject({
    id: z.int(),
    agent_id: z.string(),
    log_level: LogLevel,
    log_type: LogType,
    message: z.string(),
    details: StoredJson,
    created_at: Timestamp.nullable(),
  })
  .meta({ id: "AgentLog", description: "An append-only event in an agent's life" });
export type AgentLog = z.infer<typeof AgentLog>;

export const FoundAgentLog = AgentLog.extend({ highlight: Highlight }).meta({ id: "FoundAgentLog" });

/** A log before the store has numbered it. */
export type NewAgentLog = Omit<AgentLog, "id">;

const EXAMPLE = { agent_id: EXAMPLE_ID, log_type: "milestone", message: "Plan written to specs/42.md" };

export const CreateAgentLog = z
  .strictObject({
    agent_id: Id,
    log_type: LogType,
    message: text().meta({ examples: ["Plan written to specs/42.md"] }),
    log_level: LogLevelInput.optional(),
    details: Json.optional(),
  })
  .meta({ id: "CreateAgentLog", examples: [{ ...EXAMPLE, log_level: "INFO", details: { issue: 42 } }] });
export type CreateAgentLog = z.infer<typeof CreateAgentLog>;

export const CreateAgentLogs = z
  .array(CreateAgentLog)
  .min(1)
  .max(1000)
  .meta({ id: "CreateAgentLogs", description: "All of them are stored, or none", examples: [[EXAMPLE]] });

const filters = { level: LogLevelFilter, log_type: anyOfSet(LOG_TYPES), session_id: anyText("Session"), q: Search };

export const AgentLogQuery = windowedListQuery({ agent_id: anyText("Agent"), ...filters }, "number");
export type AgentLogFilter = Omit<z.infer<typeof AgentLogQuery>, keyof PageRequest>;

/** The log that a create command asks for. */
export function writeAgentLog(command: CreateAgentLog, now: string): NewAgentLog {
  return {
    agent_id: command.agent_id,
    log_level: command.log_level ?? "INFO",
    log_type: command.log_type,
    message: command.message,
    details: command.details ?? null,
    created_at: now,
  };
}

/** The log that every change of an agent's status leaves. `reason`: one short line. */
export function logStateChange(
  agentId: string,
  from: string,
  to: string,
  now: string,
  reason: string | null = null,
): NewAgentLog {
  return {
    agent_id: agentId,
    log_level: "INFO",
    log_type: "state_change",
    message: `${from} -> ${to}${reason === null ? "" : `: ${reason}`}`,
    details: { from, to, ...(reason === null ? {} : { reason }) },
    created_at: now,
  };
}
