import { errorNoted, SUBAGENT_FINISHED } from "#src/ingest/hook-facts.ts";
import { toolNoted } from "#src/ingest/hook-tools.ts";
import {
  agentWith,
  compacted,
  type EventFormat,
  type EventRule,
  line,
  named,
  readEvent,
  RUNNING,
  type Said,
  type TelemetryEvent,
  told,
} from "#src/ingest/otel/event.ts";
import { parsedJson } from "#src/ingest/otel/parsed-json.ts";
import type { LogRecord, Span } from "#src/ingest/otel/telemetry.ts";
import { tokensOf } from "#src/ingest/otel/tokens.ts";
import { NOTHING, readingOf } from "#src/ingest/reading.ts";
import type { Fact, Reading, Subject } from "#src/ingest/report.ts";
import { count, flag, hashOf, longText, safeId, shownFields, text, usd } from "#src/ingest/values.ts";

const MICROS = 1_000_000;
const REDACTED = "<REDACTED>";
/** What a person, or a program in its place, asked. */
const MAIN = /main|sdk|repl/;
const NOBODY = "a tool without a name";

const RULES: ReadonlyMap<string, EventRule> = new Map<string, EventRule>([
  ["api_request", apiRequest],
  ["user_prompt", (event) => textOf(event, "prompt")],
  ["assistant_response", (event) => textOf(event, "response")],
  ["api_error", (event) => failing(event, "A call of the model failed")],
  ["api_retries_exhausted", (event) => failing(event, "All retries failed")],
  ["api_refusal", (event) => failing(event, "The model refused")],
  ["tool_result", toolResult],
  ["tool_decision", toolDecision],
  ["subagent_completed", subagentCompleted],
  ["compaction", (event) => [RUNNING, compacted(event, "pre_tokens", "post_tokens", COMPACTION)]],
  ["permission_mode_changed", permissionMode],
  ["internal_error", internalError],
]);

const COMPACTION = ["trigger", "success", "duration_ms", "error"];

const FORMAT: EventFormat = {
  source: "claude",
  prefix: "claude_code.",
  session: "session.id",
  rules: RULES,
  // `hook_*` would tell of our own hooks.
  noise:
    /^(hook_|plugin_|mcp_server_connection|skill_activated|at_mention|auth|retention_sweep|feedback_survey|api_\w+_body|startup|managed_settings_)/,
};

/** Reads a log record of Claude Code. */
export function readClaudeTelemetry(record: LogRecord): Reading {
  return readEvent(record, FORMAT);
}

function apiRequest(event: TelemetryEvent): Said {
  const { attributes } = event;
  const input = count(attributes.get("input_tokens"));
  const cache = [attributes.get("cache_read_tokens"), attributes.get("cache_creation_tokens")] as const;
  const tokens = tokensOf({
    input,
    output: attributes.get("output_tokens"),
    cacheRead: cache[0],
    cacheWrite: cache[1],
    // Anthropic counts what it read and wrote of the cache beside the input.
    extraInput: cache,
  });
  const costUsd = costOf(event);
  if (tokens === null && costUsd === null) return [];
  const call = safeId(attributes.get("request_id")) ?? safeId(attributes.get("client_request_id")) ?? event.key;
  return inTurn(event, [
    agentWith({ ...modelOf(event), version: event.resource.get("service.version") }, { startsAs: "executing" }),
    {
      fact: "usage",
      call,
      model: text(attributes.get("model"), 200),
      provider: "anthropic",
      tokens: tokens ?? { input: 0, output: 0, cacheRead: null, cacheWrite: null },
      costUsd,
      durationMs: count(attributes.get("duration_ms")),
      details: shownFields(named(event, CALL)),
    },
  ]);
}

const CALL = ["agent.name", "query_source", "effort", "speed", "skill.name", "mcp_server.name", "request_id"];

function costOf({ attributes }: TelemetryEvent): number | null {
  const micros = usd(attributes.get("cost_usd_micros"));
  return usd(attributes.get("cost_usd")) ?? (micros === null ? null : micros / MICROS);
}

/** Small models answer on the side (titles, summaries): only the main thread's is that of the agent. */
function modelOf({ attributes }: TelemetryEvent): { model?: unknown } {
  const isMain =
    MAIN.test(text(attributes.get("query_source"), 200) ?? "") && attributes.get("agent.name") === undefined;
  const isOfAgent = isMain || attributes.get("agent_id") !== undefined;
  return isOfAgent ? { model: text(attributes.get("model"), 200) } : {};
}

function textOf(event: TelemetryEvent, name: "prompt" | "response"): Said {
  const given = longText(event.attributes.get(name));
  if (given === null || given === REDACTED) return inTurn(event, [RUNNING]);
  // A sub-agent answers its session, and others a part of the program: not the person.
  const source = text(event.attributes.get("query_source"), 200);
  const isAside =
    event.attributes.get("agent.name") !== undefined ||
    event.attributes.get("agent_id") !== undefined ||
    (source !== null && !MAIN.test(source));
  return inTurn(event, isAside ? [RUNNING] : [RUNNING, { fact: "turn.text", [name]: given, how: "fill" }]);
}

function failing(event: TelemetryEvent, what: string): Said {
  const error = line(event, "error", "category", "error_type") ?? what;
  const details = named(event, [
    "model",
    "status_code",
    "duration_ms",
    "attempt",
    "total_attempts",
    "category",
    "request_id",
  ]);
  return inTurn(event, [
    RUNNING,
    errorNoted(`${what}: ${error}`, { error, ...details }),
    { fact: "turn.failing", error },
  ]);
}

function toolResult(event: TelemetryEvent): Said {
  const { attributes } = event;
  const success = flag(attributes.get("success"));
  const call = {
    id: safeId(attributes.get("tool_use_id")) ?? event.key,
    tool: line(event, "tool_name") ?? NOBODY,
    input: inputOf(event),
    error: attributes.get("error") ?? attributes.get("error_type"),
    durationMs: count(attributes.get("duration_ms")),
    success,
    details: named(event, ["tool_input_size_bytes", "tool_result_size_bytes", "mcp_server_scope"]),
  };
  return inTurn(event, [RUNNING, toolNoted(call, success === false ? "ERROR" : "INFO")]);
}

/** Of what was let through, its result tells. */
function toolDecision(event: TelemetryEvent): Said {
  const { attributes } = event;
  if (attributes.get("decision") !== "reject") return [];
  const id = safeId(attributes.get("tool_use_id")) ?? event.key;
  const tool = line(event, "tool_name") ?? NOBODY;
  const details = named(event, ["decision", "source", "tool_source"]);
  const log = toolNoted({ id, tool, input: inputOf(event), success: null, details }, "WARNING");
  return inTurn(event, [RUNNING, { ...log, message: `${log.message} (rejected)`, key: `decision:${id}` }]);
}

function inputOf({ attributes }: TelemetryEvent): unknown {
  return parsedJson(attributes.get("tool_input") ?? attributes.get("tool_parameters"));
}

function subagentCompleted(event: TelemetryEvent): Said {
  const names = ["agent_type", "total_tokens", "total_tool_uses", "duration_ms", "model", "final_model"];
  const log = told(event, `Sub-agent finished: ${line(event, "agent_type") ?? "of no kind"}`, names);
  const isItself = safeId(event.attributes.get("agent_id")) !== null;
  if (!isItself) return inTurn(event, [RUNNING, log]);
  return inTurn(event, [
    { fact: "status", to: "completed" },
    { ...log, key: SUBAGENT_FINISHED },
  ]);
}

function permissionMode(event: TelemetryEvent): Said {
  const to = line(event, "to_mode", "new_mode", "mode") ?? "?";
  return inTurn(event, [
    agentWith({ permission_mode: to === "?" ? null : to }, { startsAs: "executing" }),
    told(event, `Permission mode: ${to}`, ["from_mode", "to_mode", "trigger"]),
  ]);
}

function internalError(event: TelemetryEvent): Said {
  const error = line(event, "error_name", "error", "error_code") ?? "unknown";
  return inTurn(event, [RUNNING, errorNoted(`Internal error: ${error}`, named(event, ["error_name", "error_code"]))]);
}

/** Versions of late name the sub-agent; the prompt is that of its session. */
function inTurn({ attributes, session }: TelemetryEvent, facts: readonly Fact[]): Said {
  const child = safeId(attributes.get("agent_id"));
  // Compacting has an id of its own that no prompt has: it is of the prompt of its time.
  const isCompacting = attributes.get("query_source") === "compact";
  if (child === null) return { turn: isCompacting ? null : safeId(attributes.get("prompt.id")), facts };
  const kind = text(attributes.get("agent.name") ?? attributes.get("agent_type"), 200) ?? undefined;
  const agent: Fact = { fact: "agent", kind, startsAs: "executing" };
  return { about: { source: "claude", session, child }, facts: [agent, ...facts] };
}

/** Reads a span of Claude Code (beta): only spans tell which sub-agent belongs to which. Its tokens are those of the events. */
export function readClaudeSpan({ attributes, startMs }: Span): Reading {
  const session = safeId(attributes.get("session.id"));
  const child = safeId(attributes.get("agent_id"));
  if (session === null || child === null) return NOTHING;
  const above = safeId(attributes.get("parent_agent_id"));
  const parent: Subject = { source: "claude", session, ...(above === null || above === child ? {} : { child: above }) };
  const kind = text(attributes.get("agent_type") ?? attributes.get("agent.name"), 200) ?? undefined;
  return readingOf({
    about: { source: "claude", session, child },
    channel: "otel",
    // All spans of a sub-agent say the same.
    key: hashOf("otel", "claude", session, "span", child, above ?? ""),
    turn: null,
    sentMs: startMs,
    facts: [{ fact: "agent", kind, parent, startsAs: "executing" }],
  });
}
