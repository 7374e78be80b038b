import { EXECUTING } from "#src/ingest/hook-tools.ts";
import { errorNoted, IDLE, milestone, namedAfter, waiting } from "#src/ingest/hook-facts.ts";
import { ignored, type LineReader, type LineRule, readByRule, reportOf, type Told } from "#src/ingest/line-reader.ts";
import type { Fact } from "#src/ingest/report.ts";
import { count, oneLine, record, shownFields, text, timeMs } from "#src/ingest/values.ts";
import { assistant, denied, user } from "./stream-messages.ts";
import { result } from "./stream-result.ts";
import { sessionOf, type StreamContext } from "./stream-context.ts";
import { taskEnds, taskStarts, taskUpdated } from "./stream-tasks.ts";

type Rule = LineRule<StreamContext>;

/** By `type`, of `system` lines by `system/<subtype>`. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["system/init", init],
  ["assistant", assistant],
  ["user", user],
  ["result", result],
  ["system/task_started", taskStarts],
  ["system/task_updated", taskUpdated],
  ["system/task_notification", taskEnds],
  ["system/session_state_changed", stateChanged],
  ["system/api_retry", retries],
  ["system/compact_boundary", compacted],
  ["system/permission_denied", denied],
]);

/** Parts of messages that come whole later, what only a display needs, and what hooks and others tell better. */
const NOISE =
  /^(stream_event|tool_progress|rate_limit_event|auth_status|tool_use_summary|keep_alive|control_\w+|prompt_suggestion|system\/(status|hook_\w+|plugin_\w+|informational|notification|task_progress|files_persisted|local_command_output|post_turn_summary|elicitation_complete|thinking_tokens|background_tasks_changed))$/;

/** Reads what `claude -p --output-format stream-json --verbose` writes. */
export const claudeLines: LineReader<StreamContext> = {
  source: "claude",
  begin: (session) => ({ session, isOpen: false, hasResult: false, tools: [], tasks: [], children: [], said: [] }),
  read: (context, line) =>
    readByRule("claude", context, line, {
      nameOf: ({ type, subtype }) => (type === "system" ? `system/${text(subtype, 200) ?? ""}` : text(type, 200)),
      sessionOf: (fields) => fields["session_id"],
      ruleOf: (name) => RULES.get(name) ?? (NOISE.test(name) ? ignored : undefined),
    }),
};

/** It is told again with every prompt of a process, and sometimes in between: then the turn goes on. */
function init(context: StreamContext, line: Readonly<Record<string, unknown>>): Told<StreamContext> {
  const metadata = shownFields({
    model: text(line["model"], 200),
    cwd: text(line["cwd"]),
    permission_mode: text(line["permissionMode"], 200),
    version: text(line["claude_code_version"], 200),
  });
  const opened: Fact[] = context.isOpen ? [] : [{ fact: "turn.opened", text: null }];
  const facts: Fact[] = [
    { fact: "agent", ...namedAfter(line["cwd"]), metadata },
    ...opened,
    { ...EXECUTING, reopens: true },
  ];
  return [{ ...context, isOpen: true }, reportOf(sessionOf(context), facts, timeMs(line["timestamp"]))];
}

function stateChanged(context: StreamContext, line: Readonly<Record<string, unknown>>): Told<StreamContext> | null {
  const facts = { requires_action: waiting(null), running: EXECUTING, idle: IDLE };
  const { state } = line as { state?: unknown };
  if (typeof state !== "string" || !Object.hasOwn(facts, state)) return null;
  return [context, reportOf(sessionOf(context), [facts[state as keyof typeof facts]])];
}

function retries(context: StreamContext, line: Readonly<Record<string, unknown>>): Told<StreamContext> {
  const { attempt, max_retries, retry_delay_ms, error_status, error } = line as Record<string, unknown>;
  const why = oneLine(error, 200) ?? oneLine(record(error)["message"], 200) ?? "unknown";
  const times = `${count(attempt) ?? "?"} of ${count(max_retries) ?? "?"}`;
  const details = { attempt, max_retries, retry_delay_ms, error_status, error };
  const log = errorNoted(`A call of the model is tried again (${times}): ${why}`, details);
  return [context, reportOf(sessionOf(context), [{ ...log, level: "WARNING" }])];
}

function compacted(context: StreamContext, line: Readonly<Record<string, unknown>>): Told<StreamContext> {
  const { trigger, pre_tokens, post_tokens } = record(line["compact_metadata"]) as Record<string, unknown>;
  const how = oneLine(trigger, 200);
  const message = `Compacted the context${how === null ? "" : ` (${how})`}`;
  return [context, reportOf(sessionOf(context), [milestone(message, { trigger, pre_tokens, post_tokens })])];
}
