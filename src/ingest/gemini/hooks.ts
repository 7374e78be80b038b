import { type Hook, type HookFormat, type HookRule, IGNORED, readHook } from "#src/ingest/hook-event.ts";
import {
  compactStarts,
  IDLE,
  milestone,
  promptGiven,
  sessionEnds,
  sessionStarts,
  waiting,
} from "#src/ingest/hook-facts.ts";
import { toolEnds, toolLine, toolStarts } from "#src/ingest/hook-tools.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { longText, oneLine, record, shown, text } from "#src/ingest/values.ts";

const RULES: ReadonlyMap<string, HookRule> = new Map<string, HookRule>([
  ["SessionStart", sessionStarts],
  ["SessionEnd", sessionEnds],
  ["BeforeAgent", promptGiven],
  ["AfterAgent", answers],
  ["BeforeTool", ({ fields }) => toolStarts(fields)],
  ["AfterTool", toolEnded],
  ["Notification", notified],
  ["PreCompress", compresses],
  // Once per call or chunk, with all that was said; telemetry tells the same in less.
  ["BeforeModel", IGNORED],
  ["AfterModel", IGNORED],
  ["BeforeToolSelection", IGNORED],
]);

const FORMAT: HookFormat = { source: "gemini", turnField: null, rules: RULES };

/** Reads a hook event of Gemini CLI. It names no turn and no sub-agent, and its time makes it this event and no other. */
export function readGeminiHook(event: unknown): Reading {
  return readHook(event, FORMAT);
}

/** `prompt_response` repeats the end of an answer that was streamed: it counts where no better one is known. */
function answers({ fields }: Hook): Fact[] {
  const response = longText(fields["prompt_response"]);
  const filled: Fact[] = response === null ? [] : [{ fact: "turn.text", response, how: "guess" }];
  return [...filled, { fact: "turn.closed", status: "completed" }, IDLE];
}

function toolEnded({ fields }: Hook): Fact[] {
  const failure = record(fields["tool_response"])["error"];
  if (failure === undefined || failure === null) return toolEnds(fields, true);
  const error = text(failure) ?? text(record(failure)["message"]) ?? shown(failure);
  return toolEnds({ ...fields, error }, false);
}

function notified({ fields }: Hook): Fact[] {
  const message = oneLine(fields["message"], 200);
  if (fields["notification_type"] === "ToolPermission") {
    return [waiting(toolLine(message ?? "permission", fields["details"]))];
  }
  const { notification_type, details } = fields as Record<string, unknown>;
  return [milestone(message ?? "Notification", { notification_type, details })];
}

/** It comes before nearly every call of a model, whether or not anything is compressed then. */
function compresses(hook: Hook): Fact[] {
  if (hook.fields["trigger"] !== "manual") return [];
  return compactStarts(hook).map((fact) => ({ ...fact, level: "DEBUG" }) as Fact);
}
