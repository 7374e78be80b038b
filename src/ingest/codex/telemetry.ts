import { errorNoted, IDLE } from "#src/ingest/hook-facts.ts";
import { EXECUTING, toolNoted } from "#src/ingest/hook-tools.ts";
import {
  agentWith,
  type EventFormat,
  type EventRule,
  line,
  named,
  readEvent,
  RUNNING,
  type Said,
  type TelemetryEvent,
} from "#src/ingest/otel/event.ts";
import { parsedJson } from "#src/ingest/otel/parsed-json.ts";
import type { LogRecord } from "#src/ingest/otel/telemetry.ts";
import { tokensOf } from "#src/ingest/otel/tokens.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { count, flag, hashOf, longText, num, oneLine, safeId, shownFields, text } from "#src/ingest/values.ts";

const REDACTED = "[REDACTED]";
const FIRST_ERROR = 400;
/** The tool in whose code models call others; those are told too. */
const OUTER = "exec";
/** What a thread is called that no person has begun. */
const OWN = "title of a task";
const NOBODY = "a tool without a name";

const RULES: ReadonlyMap<string, EventRule> = new Map<string, EventRule>([
  ["conversation_starts", conversationStarts],
  ["user_prompt", userPrompt],
  ["sse_event", sseEvent],
  ["api_request", apiRequest],
  ["tool_result", toolResult],
  ["tool_decision", toolDecision],
  ["agent_communication", agentCommunication],
]);

const FORMAT: EventFormat = {
  source: "codex",
  prefix: "codex.",
  session: "conversation.id",
  rules: RULES,
  // A record without a name has a place of the source instead (`event otel/src/…`).
  noise: /^(event |websocket_|auth_recovery|startup_phase|turn_ttft|sandbox_outcome|hook_)/,
};

/** Reads a log record of Codex. Its turns have no id here: what is of a turn is so by time. */
export function readCodexTelemetry(record: LogRecord): Reading {
  return readEvent(record, FORMAT);
}

function conversationStarts(event: TelemetryEvent): Said {
  const given = named(event, [
    "model",
    "provider_name",
    "reasoning_effort",
    "approval_policy",
    "sandbox_policy",
    "originator",
  ]);
  // A sub-agent has been asked something by then.
  const start: Fact = { ...IDLE, from: ["pending", "initializing"] };
  const own: Fact[] = isOwn(event) ? [{ fact: "agent", name: OWN, isGuess: true }] : [];
  return [agentWith({ ...given, version: event.attributes.get("app.version") }), ...own, start];
}

/** The terminal names each task by a thread of its own, in which it leaves out its tools. */
function isOwn({ attributes }: TelemetryEvent): boolean {
  return attributes.get("originator") === "codex-tui" && attributes.get("mcp_servers") === "";
}

function userPrompt({ attributes }: TelemetryEvent): Said {
  const prompt = longText(attributes.get("prompt"));
  const model = text(attributes.get("model"), 200);
  return [
    agentWith({ model }),
    { fact: "turn.opened", text: prompt === REDACTED ? null : prompt },
    { ...EXECUTING, reopens: true },
  ];
}

/** Two events tell that a response is complete, of which the second has its tokens. `tool_token_count` is the sum of both. */
function sseEvent(event: TelemetryEvent): Said {
  const { attributes } = event;
  const kind = text(attributes.get("event.kind"), 200);
  if (kind === "response.failed" || line(event, "error.message") !== null) return callFailed(event);
  if (kind !== "response.completed") return [];
  const tokens = tokensOf({
    input: attributes.get("input_token_count"),
    output: attributes.get("output_token_count"),
    cacheRead: attributes.get("cached_token_count"),
    cacheWrite: attributes.get("cache_write_token_count"),
  });
  if (tokens === null) return [];
  const told = safeId(attributes.get("response_id") ?? attributes.get("response.id"));
  return [
    RUNNING,
    EXECUTING,
    {
      fact: "usage",
      call: told ?? hashOf(event.key, String(tokens.input), String(tokens.output)),
      ...(told === null ? { isUnnamed: true } : {}),
      model: text(attributes.get("model") ?? attributes.get("slug"), 200),
      provider: "openai",
      tokens,
      costUsd: null,
      durationMs: count(attributes.get("duration_ms")),
      details: shownFields(named(event, ["reasoning_token_count", "ttft_ms", "model_reasoning_effort"])),
    },
  ];
}

/** Of a call that succeeds, its response tells. */
function apiRequest(event: TelemetryEvent): Said {
  const isError = (num(event.attributes.get("http.response.status_code")) ?? 0) >= FIRST_ERROR;
  return isError || line(event, "error.message") !== null ? callFailed(event) : [];
}

function callFailed(event: TelemetryEvent): Said {
  const status = num(event.attributes.get("http.response.status_code"));
  const error = line(event, "error.message") ?? (status === null ? "unknown" : `HTTP ${status}`);
  const details = {
    error,
    http_response_status_code: status,
    ...named(event, ["attempt", "endpoint", "model"]),
    duration_ms: count(event.attributes.get("duration_ms")),
  };
  const log = errorNoted(`A call of the model failed: ${error}`, details);
  return [RUNNING, log, { fact: "turn.failing", error }];
}

function toolResult(event: TelemetryEvent): Said {
  const { attributes } = event;
  const success = flag(attributes.get("success"));
  const tool = line(event, "tool_name") ?? NOBODY;
  const log = toolNoted(
    {
      id: safeId(attributes.get("call_id")) ?? event.key,
      tool,
      input: parsedJson(attributes.get("arguments")),
      response: attributes.get("output"),
      durationMs: count(attributes.get("duration_ms")),
      success,
      details: {
        outer: tool === OUTER ? true : null,
        tool_namespace: line(event, "tool_namespace"),
        mcp_server: line(event, "mcp_server"),
        // Only what is worth a word.
        output_truncated: flag(attributes.get("output_truncated")) === true ? true : null,
      },
    },
    // What its code calls is told besides.
    success === false ? "ERROR" : tool === OUTER ? "DEBUG" : "INFO",
  );
  return [agentWith({}, { name: taskOf(attributes.get("agent_name")), startsAs: "executing" }), EXECUTING, log];
}

/** `/root/<task>` is a sub-agent's path; `/root` alone is no name. */
function taskOf(path: unknown): string | undefined {
  const [, ...tasks] = (text(path, 1000) ?? "").split("/").filter(Boolean);
  return oneLine(tasks.at(-1), 200) ?? undefined;
}

function toolDecision(event: TelemetryEvent): Said {
  const { attributes } = event;
  const decision = line(event, "decision");
  if (decision === null || /^(approved|accept)/i.test(decision)) return [];
  const id = safeId(attributes.get("call_id")) ?? event.key;
  const tool = line(event, "tool_name") ?? NOBODY;
  const log = toolNoted({ id, tool, success: null, details: named(event, ["decision", "source"]) }, "WARNING");
  return [RUNNING, { ...log, message: `${tool} (${decision})`, key: `decision:${id}` }];
}

/**
 * Only a spawn tells who is above whom: messages and results go both ways. It is told when it is sent and when it comes; what
 * it says is what the sub-agent was asked.
 */
function agentCommunication({ attributes }: TelemetryEvent): Said {
  const [sender, receiver] = [safeId(attributes.get("sender_thread_id")), safeId(attributes.get("receiver_thread_id"))];
  if (sender === null || receiver === null || sender === receiver) return [];
  const about = (session: string) => ({ source: "codex", session }) as const;
  switch (attributes.get("kind")) {
    case "spawn": {
      const agent: Fact = { fact: "agent", parent: about(sender), startsAs: "executing" };
      const isFirst = /^(send|created)$/.test(text(attributes.get("state"), 100) ?? "send");
      const asked: Fact = { fact: "turn.opened", text: readable(attributes.get("content")) };
      return { about: about(receiver), facts: isFirst ? [agent, asked] : [agent] };
    }
    case "result":
      return { about: about(sender), facts: [RUNNING, { fact: "status", to: "completed" }] };
    default:
      return [];
  }
}

/** What is not held back (`[plaintext]`), nor encrypted: that has no blank in it. */
function readable(content: unknown): string | null {
  const words = longText(content);
  return words === null || /^\[\w+\]$/.test(words) || (words.length > 80 && !/\s/.test(words)) ? null : words;
}
