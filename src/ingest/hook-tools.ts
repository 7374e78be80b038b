import type { AgentStatus } from "#src/domain/runtime-agent.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import type { Fact, Noted, StatusFact } from "./report.ts";
import { count, flag, list, oneLine, record, safeId, shownFields, text } from "./values.ts";

/** A call of a tool, as a source tells it. */
export type ToolCall = {
  readonly id: string | null;
  readonly tool: string;
  readonly input?: unknown;
  readonly response?: unknown;
  readonly error?: unknown;
  readonly durationMs?: number | null;
  /** Null where the source does not say. */
  readonly success: boolean | null;
  readonly details?: Readonly<Record<string, unknown>>;
};

const MOST_OF_INPUT = 200;

/** Fields of an input that tell the most about a call, the best first. */
const TELLING = [
  "command",
  "cmd",
  "file_path",
  "filePath",
  "absolute_path",
  "notebook_path",
  "path",
  "pattern",
  "query",
  "url",
  "skill",
  "description",
  "subject",
  "objective",
  "prompt",
  "message",
  "name",
] as const;

/** A tool ended while something may run yet; what is told of it late must not wake an agent whose turn has ended. */
const BUSY: readonly AgentStatus[] = ["pending", "initializing", "planning", "executing", "reviewing", "waiting"];

export const EXECUTING: StatusFact = { fact: "status", to: "executing" };
export const STILL_EXECUTING: StatusFact = { fact: "status", to: "executing", from: BUSY };

/** A call in one line: `Bash: ls -la`. */
export function toolLine(tool: string, input: unknown): string {
  const piece = tellingPiece(input);
  return piece === null ? tool : `${tool}: ${piece}`;
}

function tellingPiece(input: unknown): string | null {
  if (typeof input === "string") return oneLine(input, MOST_OF_INPUT);
  const fields = record(input);
  for (const name of TELLING) {
    const value = fields[name];
    const words = list(value)
      .slice(0, 50)
      .filter((word) => typeof word === "string");
    const piece = oneLine(words.length > 0 ? words.join(" ") : value, MOST_OF_INPUT);
    if (piece !== null) return piece;
  }
  return null;
}

/** The log of a call that has ended: one for all who tell it. */
export function toolNoted(call: ToolCall, level: LogLevel): Noted {
  return noted(call, level, call.id === null ? {} : { key: `tool:${call.id}` });
}

/** The log of a call that begins. */
export function toolStartNoted(call: ToolCall): Noted {
  const log = noted(call, "DEBUG", call.id === null ? {} : { key: `tool-start:${call.id}` });
  return { ...log, message: `${log.message} (started)` };
}

function noted(call: ToolCall, level: LogLevel, key: { readonly key?: string }): Noted {
  const { id, tool, input, response, error, durationMs, success, details } = call;
  return {
    fact: "log",
    level,
    type: "tool_call",
    message: toolLine(tool, input),
    details: shownFields({
      tool_use_id: id,
      tool,
      input,
      response,
      error,
      duration_ms: durationMs,
      success,
      ...details,
    }),
    ...key,
  };
}

/** The call that a hook event tells of. */
export function toolOf(fields: Readonly<Record<string, unknown>>, success: boolean | null): ToolCall {
  return {
    id: safeId(fields["tool_use_id"]),
    tool: oneLine(fields["tool_name"], 200) ?? "a tool without a name",
    input: fields["tool_input"],
    response: fields["tool_response"],
    error: text(fields["error"]) ?? fields["error"],
    durationMs: count(fields["duration_ms"]),
    success,
    details: { mcp_server: fields["mcp_server"], is_interrupt: flag(fields["is_interrupt"]), reason: fields["reason"] },
  };
}

/** Of an event before a call. */
export function toolStarts(fields: Readonly<Record<string, unknown>>): Fact[] {
  return [EXECUTING, toolStartNoted(toolOf(fields, null))];
}

/** Of an event after a call. */
export function toolEnds(fields: Readonly<Record<string, unknown>>, success: boolean | null): Fact[] {
  return [STILL_EXECUTING, toolNoted(toolOf(fields, success), success === false ? "ERROR" : "INFO")];
}
