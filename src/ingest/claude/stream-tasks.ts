import { milestone, SUBAGENT_FINISHED, SUBAGENT_STARTED } from "#src/ingest/hook-facts.ts";
import { EXECUTING } from "#src/ingest/hook-tools.ts";
import { type Fields, reportOf, type Told } from "#src/ingest/line-reader.ts";
import type { Fact } from "#src/ingest/report.ts";
import { longText, oneLine, record, safeId, text } from "#src/ingest/values.ts";
import { childOf, kindFacts, sessionOf, type StreamContext, withChild } from "./stream-context.ts";

type End = "completed" | "failed" | "cancelled";

const ENDS: ReadonlyMap<unknown, End> = new Map<unknown, End>([
  ["completed", "completed"],
  ["failed", "failed"],
  ["stopped", "cancelled"],
  ["killed", "cancelled"],
]);

/** A sub-agent was begun. Other tasks, as commands in the background, are tools and no agents. */
export function taskStarts(context: StreamContext, line: Fields): Told<StreamContext> {
  const child = safeId(line["task_id"]);
  if (child === null || !isAgent(line)) return [context];
  const above = safeId(line["parent_task_id"]);
  const parent = above === null ? sessionOf(context) : childOf(context, above);
  const kind = oneLine(line["subagent_type"], 200);
  const description = text(line["description"]);
  const facts: Fact[] = [
    ...kindFacts(line["subagent_type"], { parent }),
    { fact: "turn.opened", text: longText(line["prompt"]) },
    { ...EXECUTING, reopens: true },
    { ...milestone(`Sub-agent started: ${kind ?? "of no kind"}`, { description }), key: SUBAGENT_STARTED },
  ];
  return [withChild(context, child, safeId(line["tool_use_id"])), reportOf(childOf(context, child), facts)];
}

function isAgent(line: Fields): boolean {
  const type = text(line["task_type"], 200);
  if (text(line["subagent_type"], 200) !== null) return true;
  return type === null ? longText(line["prompt"]) !== null : type.includes("agent");
}

export function taskUpdated(context: StreamContext, line: Fields): Told<StreamContext> {
  const { status, error } = record(line["patch"]) as Record<string, unknown>;
  return ended(context, line, status, text(error), false);
}

export function taskEnds(context: StreamContext, line: Fields): Told<StreamContext> {
  return ended(context, line, line["status"], text(line["summary"]), true);
}

function ended(
  context: StreamContext,
  line: Fields,
  status: unknown,
  told: string | null,
  isNoted: boolean,
): Told<StreamContext> {
  const child = safeId(line["task_id"]);
  const end = ENDS.get(status);
  if (end === undefined || child === null) return [context];
  const details = { task_id: child, status, summary: line["summary"], usage: line["usage"] };
  if (!context.children.includes(child)) {
    if (!isNoted) return [context];
    return [context, reportOf(sessionOf(context), [milestone(`Task ended: ${oneLine(told, 200) ?? child}`, details)])];
  }
  const error = end === "failed" ? (told ?? "the task failed") : null;
  const facts: Fact[] = [
    { fact: "turn.closed", status: end, ...(error === null ? {} : { error }) },
    { fact: "status", to: end, ...(error === null ? {} : { error }) },
  ];
  if (isNoted)
    facts.push({ ...milestone(`Sub-agent finished: ${text(status, 200) ?? "?"}`, details), key: SUBAGENT_FINISHED });
  return [context, reportOf(childOf(context, child), facts)];
}
