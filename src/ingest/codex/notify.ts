import { namedAfter } from "#src/ingest/hook-facts.ts";
import { readingOf, unreadable } from "#src/ingest/reading.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { hashOfEvent, isRecord, list, longText, oneLine, record, safeId, text } from "#src/ingest/values.ts";

/** Whether it is what `notify` programs are given, and no hook event. */
export function isNotify(event: unknown): boolean {
  return isRecord(event) && event["hook_event_name"] === undefined && typeof event["type"] === "string";
}

/**
 * Reads the JSON that the program of Codex's setting `notify` is given. It comes late and beside the hooks, also for threads
 * of sub-agents (without a word of the parent): so it completes turns, and moves no status.
 */
export function readCodexNotify(event: unknown): Reading {
  const fields = record(event);
  const type = oneLine(fields["type"], 100) ?? "not an object";
  if (type !== "agent-turn-complete") return unreadable("codex", "hook", type, event);
  const session = safeId(fields["thread-id"]);
  if (session === null) return unreadable("codex", "hook", `${type} without thread-id`, event);
  const turn = safeId(fields["turn-id"]);
  return readingOf({
    about: { source: "codex", session },
    channel: "hook",
    ...(turn === null ? { key: null, hash: hashOfEvent(event) } : { key: `notify:${turn}` }),
    turn,
    sentMs: null,
    facts: [agentOf(fields), ...promptOf(fields), closed(fields)],
  });
}

function agentOf(fields: Readonly<Record<string, unknown>>): Fact {
  const known = { cwd: text(fields["cwd"]), client: text(fields["client"], 200) };
  const given = Object.entries(known).filter(([, value]) => value !== null);
  return { fact: "agent", startsAs: "idle", ...namedAfter(fields["cwd"]), metadata: Object.fromEntries(given) };
}

function promptOf(fields: Readonly<Record<string, unknown>>): Fact[] {
  const messages = list(fields["input-messages"]).filter((message) => typeof message === "string");
  const prompt = longText(messages.join("\n\n"));
  return prompt === null ? [] : [{ fact: "turn.text", prompt, how: "fill" }];
}

function closed(fields: Readonly<Record<string, unknown>>): Fact {
  return { fact: "turn.closed", status: "completed", response: longText(fields["last-assistant-message"]) };
}
