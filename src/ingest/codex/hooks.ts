import { type HookFormat, type HookRule, readHook } from "#src/ingest/hook-event.ts";
import {
  compactEnds,
  compactStarts,
  IDLE,
  permissionAsked,
  promptGiven,
  sessionEnds,
  sessionStarts,
  subagentStarts,
  subagentStops,
  turnEnds,
} from "#src/ingest/hook-facts.ts";
import { toolEnds, toolStarts } from "#src/ingest/hook-tools.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { isNotify, readCodexNotify } from "./notify.ts";

const RULES: ReadonlyMap<string, HookRule> = new Map<string, HookRule>([
  ["SessionStart", sessionStarts],
  ["SessionEnd", sessionEnds],
  ["UserPromptSubmit", promptGiven],
  ["Stop", (hook) => turnEnds(hook, IDLE)],
  ["Interrupt", interrupted],
  ["PreToolUse", ({ fields }) => toolStarts(fields)],
  // Of a command that fails it holds but the text: whether it did, others say.
  ["PostToolUse", ({ fields }) => toolEnds(fields, null)],
  ["PermissionRequest", permissionAsked],
  ["PreCompact", compactStarts],
  ["PostCompact", compactEnds],
  ["SubagentStart", subagentStarts],
  ["SubagentStop", subagentStops],
]);

const FORMAT: HookFormat = { source: "codex", turnField: "turn_id", rules: RULES };

/** Reads a hook event of Codex, or the JSON that its `notify` program is given. */
export function readCodexHook(event: unknown): Reading {
  return isNotify(event) ? readCodexNotify(event) : readHook(event, FORMAT);
}

function interrupted(): Fact[] {
  return [
    { fact: "turn.closed", status: "cancelled" },
    { ...IDLE, reason: "interrupted" },
  ];
}
