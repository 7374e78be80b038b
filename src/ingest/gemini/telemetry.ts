import { errorNoted, IDLE, milestone, SUBAGENT_STARTED } from "#src/ingest/hook-facts.ts";
import { EXECUTING, toolNoted } from "#src/ingest/hook-tools.ts";
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
import type { LogRecord } from "#src/ingest/otel/telemetry.ts";
import { tokensOf } from "#src/ingest/otel/tokens.ts";
import type { Fact, Reading, StatusFact } from "#src/ingest/report.ts";
import { count, flag, list, longText, record, safeId, shownFields, text } from "#src/ingest/values.ts";

const NOBODY = "a tool without a name";

const RULES: ReadonlyMap<string, EventRule> = new Map<string, EventRule>([
  ["config", config],
  ["user_prompt", userPrompt],
  ["api_response", apiResponse],
  ["api_error", apiError],
  ["tool_call", toolCall],
  ["agent.start", agentStart],
  ["agent.finish", agentFinish],
  ["conversation_finished", () => [agentWith({}), IDLE]],
  ["chat_compression", (event) => [RUNNING, compacted(event, "tokens_before", "tokens_after", [])]],
  ["flash_fallback", fallback],
  ["model_fallback", fallback],
  ["loop_detected", (event) => [RUNNING, told(event, "The model repeats itself", ["loop_type"], "WARNING")]],
]);

const FORMAT: EventFormat = {
  source: "gemini",
  prefix: "gemini_cli.",
  session: "session.id",
  rules: RULES,
  // `hook_call` holds the whole input of our own hooks; the `gen_ai` event tells the tokens of `api_response` again.
  noise:
    /^(gen_ai\.|hook_|api_request|startup|model_routing|ripgrep_fallback|plan\.|file_operation|extension_|ide_connection|slash_command|next_speaker_check|tool_output_|memory|network_retry|content_retry|performance|approval_mode)/,
};

/** Reads a log record of Gemini CLI. Headless, all its prompts have one `prompt_id`: what is of a turn is so by time. */
export function readGeminiTelemetry(event: LogRecord): Reading {
  return readEvent(event, FORMAT);
}

function config(event: TelemetryEvent): Said {
  const { attributes } = event;
  // `service.version` of its resource is that of Node.
  return [
    agentWith({ model: text(attributes.get("model"), 200), approval_mode: attributes.get("approval_mode") }),
    IDLE,
  ];
}

function userPrompt({ attributes }: TelemetryEvent): Said {
  return [
    agentWith({}),
    { fact: "turn.opened", text: longText(attributes.get("prompt")) },
    { ...EXECUTING, reopens: true },
  ];
}

function apiResponse(event: TelemetryEvent): Said {
  const { attributes } = event;
  const tokens = tokensOf({
    input: attributes.get("input_token_count"),
    output: attributes.get("output_token_count"),
    cacheRead: attributes.get("cached_content_token_count"),
    extraInput: [attributes.get("tool_token_count")],
    extraOutput: [attributes.get("thoughts_token_count")],
  });
  if (tokens === null) return [];
  return ofCaller(event, [
    RUNNING,
    EXECUTING,
    {
      fact: "usage",
      call: event.key,
      model: text(attributes.get("model"), 200),
      provider: "google",
      tokens,
      costUsd: null,
      durationMs: count(attributes.get("duration_ms")),
      response: isAside(event) ? null : responseText(attributes.get("response_text")),
      details: shownFields(
        named(event, ["role", "finish_reasons", "status_code", "thoughts_token_count", "prompt_id"]),
      ),
    },
  ]);
}

/** Calls that are made for the program and not for its user: routing, summaries. */
function isAside({ attributes }: TelemetryEvent): boolean {
  return text(attributes.get("role"), 200)?.startsWith("utility") ?? false;
}

/** The text, or the JSON of the responses as the service sent them. */
function responseText(value: unknown): string | null {
  const json = parsedJson(value);
  if (json === value) return longText(value);
  const responses = Array.isArray(json) ? json : [json];
  const parts = responses.flatMap((response) =>
    list(record(record(list(record(response)["candidates"])[0])["content"])["parts"]),
  );
  const said = parts.map(record).filter(({ thought }) => thought !== true);
  if (parts.length === 0) return longText(value);
  return longText(said.map((part) => text(part["text"], Infinity) ?? "").join(""));
}

function apiError(event: TelemetryEvent): Said {
  const error = line(event, "error.message", "error", "error_type") ?? "unknown";
  const model = event.attributes.get("model") ?? event.attributes.get("model_name");
  const durationMs = event.attributes.get("duration_ms") ?? event.attributes.get("duration");
  const details = { error, model, duration_ms: durationMs, ...named(event, ["status_code", "error_type", "role"]) };
  return ofCaller(event, [
    RUNNING,
    errorNoted(`A call of the model failed: ${error}`, details),
    { fact: "turn.failing", error },
  ]);
}

function toolCall(event: TelemetryEvent): Said {
  const { attributes } = event;
  const success = flag(attributes.get("success"));
  const call = {
    id: safeId(attributes.get("call_id") ?? attributes.get("tool_call_id")),
    tool: line(event, "function_name") ?? NOBODY,
    input: parsedJson(attributes.get("function_args")),
    error: attributes.get("error"),
    durationMs: count(attributes.get("duration_ms")),
    success,
    details: {
      ...named(event, ["decision", "error_type", "tool_type", "mcp_server_name"]),
      metadata: parsedJson(attributes.get("metadata")),
    },
  };
  const log = toolNoted(call, success === false ? "ERROR" : "INFO");
  // Hooks tell of no call that was refused; such a one has no decision.
  const isDetail = call.id === null && attributes.get("decision") !== undefined;
  return ofCaller(event, [RUNNING, EXECUTING, isDetail ? { ...log, isAside: true } : log]);
}

function agentStart(event: TelemetryEvent): Said {
  const name = line(event, "agent_name") ?? undefined;
  return ofChild(event, [
    { fact: "agent", name, kind: name, startsAs: "executing" },
    { ...EXECUTING, reopens: true },
    { ...milestone(`Sub-agent started: ${name ?? "of no kind"}`), key: SUBAGENT_STARTED },
  ]);
}

function agentFinish(event: TelemetryEvent): Said {
  const name = line(event, "agent_name") ?? undefined;
  const log = told(event, `Sub-agent finished: ${name ?? "of no kind"}`, [
    "terminate_reason",
    "duration_ms",
    "turn_count",
  ]);
  return ofChild(event, [{ fact: "agent", name, kind: name, startsAs: "executing" }, log, ending(event)]);
}

/** Other reasons than these are ways to reach the goal. */
function ending(event: TelemetryEvent): StatusFact {
  const reason = line(event, "terminate_reason") ?? "";
  if (/^ABORT/i.test(reason)) return { fact: "status", to: "cancelled", reason };
  if (/^(ERROR|TIMEOUT|MAX_TURNS)/i.test(reason)) return { fact: "status", to: "failed", reason, error: reason };
  return { fact: "status", to: "completed" };
}

function fallback(event: TelemetryEvent): Said {
  return [RUNNING, told(event, "Went on with another model", ["from_model", "to_model", "reason"], "WARNING")];
}

/** Of the sub-agent that calls, which `<agent id>#<turn>` names; in a session of a person the same form names the session. */
function ofCaller(event: TelemetryEvent, facts: readonly Fact[]): Said {
  const child = /^(.+?)#+\d+$/s.exec(text(event.attributes.get("prompt_id"), 1000) ?? "")?.[1];
  const role = event.attributes.get("role");
  if (child === undefined || child === event.session || (role !== undefined && role !== "subagent")) return facts;
  return { about: { source: "gemini", session: event.session, child: safeId(child) ?? "" }, facts };
}

function ofChild(event: TelemetryEvent, facts: readonly Fact[]): Said {
  const child = safeId(event.attributes.get("agent_id"));
  return child === null ? [] : { about: { source: "gemini", session: event.session, child }, facts };
}
