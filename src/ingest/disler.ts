import { readClaudeHook } from "./claude/hooks.ts";
import type { AgentFact, Fact, Reading, Report } from "./report.ts";
import { oneLine, record, shownFields, text, timeMs } from "./values.ts";

/**
 * Reads what the hook scripts of claude-code-hooks-multi-agent-observability post (`send_event.py`): `{source_app,
 * session_id, hook_event_type, payload, chat?, summary?, timestamp?, model_name?}`, where `payload` is the event as Claude
 * Code has given it to the hook. `chat`, the whole transcript with every event, is left out.
 */
export function readDislerEvent(posted: unknown): Reading {
  const event = record(posted);
  const hook = record(event["payload"]);
  const { reports, unread } = readClaudeHook({
    ...hook,
    session_id: text(hook["session_id"]) ?? event["session_id"],
    hook_event_name: text(hook["hook_event_name"]) ?? event["hook_event_type"],
  });
  const sentMs = timeMs(event["timestamp"]);
  const added = factsOf(event);
  return {
    // The first report is about the agent whose hook it is.
    reports: reports.map((report, index) => withFacts(report, sentMs, index === 0 ? added : [])),
    unread,
  };
}

function withFacts(report: Report, sentMs: number | null, added: readonly Fact[]): Report {
  return { ...report, sentMs: report.sentMs ?? sentMs, facts: [...report.facts, ...added] };
}

function factsOf(event: Readonly<Record<string, unknown>>): Fact[] {
  const known: AgentFact = {
    fact: "agent",
    metadata: shownFields({ source_app: text(event["source_app"], 255), model: text(event["model_name"], 255) }),
  };
  const summary = oneLine(event["summary"], 1_000);
  if (summary === null) return [known];
  const details = shownFields({ event: event["hook_event_type"] });
  return [known, { fact: "log", level: "DEBUG", type: "milestone", message: summary, details }];
}
