import { type Hook, type HookFormat, type HookRule, IGNORED, readHook } from "#src/ingest/hook-event.ts";
import {
  agentOf,
  ANSWERED,
  compactEnds,
  compactStarts,
  errorNoted,
  IDLE,
  milestone,
  permissionAsked,
  promptGiven,
  sessionEnds,
  sessionStarts,
  subagentStarts,
  subagentStops,
  turnEnds,
  waiting,
} from "#src/ingest/hook-facts.ts";
import { EXECUTING, STILL_EXECUTING, toolEnds, toolNoted, toolOf, toolStarts } from "#src/ingest/hook-tools.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { flag, list, longText, oneLine, shownFields, text } from "#src/ingest/values.ts";
import { notified } from "./notification.ts";

const RULES: ReadonlyMap<string, HookRule> = new Map<string, HookRule>([
  ["SessionStart", sessionStarts],
  ["SessionEnd", sessionEnds],
  ["UserPromptSubmit", promptGiven],
  ["UserPromptExpansion", commandGiven],
  ["Stop", stops],
  ["StopFailure", fails],
  ["PreToolUse", ({ fields }) => toolStarts(fields)],
  ["PostToolUse", ({ fields }) => toolEnds(fields, true)],
  ["PostToolUseFailure", toolFails],
  ["PermissionRequest", permissionAsked],
  ["PermissionDenied", toolDenied],
  ["Notification", notified],
  ["SubagentStart", subagentStarts],
  // Of no kind are those in which Claude Code compacts: they have not started.
  ["SubagentStop", (hook) => (hook.fields["agent_type"] === "" ? [] : subagentStops(hook))],
  ["TaskCreated", (hook) => [task("Task created", hook)]],
  ["TaskCompleted", (hook) => [task("Task completed", hook)]],
  ["TeammateIdle", ({ fields }) => [milestone(`Teammate is idle: ${nameOf(fields["teammate_name"])}`)]],
  ["PreCompact", compactStarts],
  ["PostCompact", compactEnds],
  ["PreModelSwitch", ({ fields }) => [{ ...modelSwitch("Switching the model", fields), level: "DEBUG" }]],
  ["PostModelSwitch", modelSwitched],
  ["Elicitation", ({ fields }) => [waiting(oneLine(fields["message"], 200) ?? "a question of an MCP server")]],
  ["ElicitationResult", () => [ANSWERED]],
  ["CwdChanged", cwdChanged],
  // These say nothing of the agent, its turns or its tools that other events don't.
  ["Setup", IGNORED],
  ["PostToolBatch", IGNORED],
  ["ConfigChange", IGNORED],
  ["InstructionsLoaded", IGNORED],
  ["WorktreeCreate", IGNORED],
  ["WorktreeRemove", IGNORED],
  ["FileChanged", IGNORED],
  ["DirectoryAdded", IGNORED],
  ["MessageDisplay", IGNORED],
]);

const FORMAT: HookFormat = { source: "claude", turnField: "prompt_id", rules: RULES };

/** Reads a hook event of Claude Code: the JSON that a hook of any type is given. */
export function readClaudeHook(event: unknown): Reading {
  return readHook(event, FORMAT);
}

/** What works on in the background keeps the agent busy. */
function stops(hook: Hook): Fact[] {
  const isBusy = list(hook.fields["background_tasks"]).length > 0;
  return turnEnds(hook, isBusy ? { ...EXECUTING, reason: "background tasks" } : IDLE);
}

/** The session lives on: its next prompt brings the agent back. */
function fails({ fields }: Hook): Fact[] {
  const kind = text(fields["error"], 200) ?? "unknown";
  const told = text(fields["error_details"]);
  // What the person sees says more than a kind that says nothing.
  const said = kind === "unknown" ? oneLine(fields["last_assistant_message"], 200) : null;
  const error = told === null ? (said ?? kind) : `${kind}: ${told}`;
  return [
    { fact: "turn.closed", status: "failed", response: longText(fields["last_assistant_message"]), error },
    { fact: "status", to: "failed", error },
    errorNoted(error, { error: kind, error_details: told }),
  ];
}

/** A person who interrupts a tool ends the turn, of which no other event tells. */
function toolFails({ fields, about }: Hook): Fact[] {
  const [status, log] = toolEnds(fields, false) as [Fact, Fact];
  const isEnd = flag(fields["is_interrupt"]) === true && about.child === undefined;
  return [isEnd ? { ...IDLE, from: ["executing", "waiting"], reason: "interrupted" } : status, log];
}

function toolDenied({ fields }: Hook): Fact[] {
  const log = toolNoted(toolOf(fields, false), "WARNING");
  return [STILL_EXECUTING, { ...log, message: `${log.message} (denied)` }];
}

function commandGiven({ fields }: Hook): Fact[] {
  const { expansion_type, command_name, command_args, command_source } = fields as Record<string, unknown>;
  const args = oneLine(command_args, 200);
  const line = `/${nameOf(command_name)}${args === null ? "" : ` ${args}`}`;
  return [milestone(`Command: ${line}`, { expansion_type, command_name, command_args, command_source })];
}

function task(what: string, { fields }: Hook): Fact {
  const { task_id, task_subject, task_description, teammate_name } = fields as Record<string, unknown>;
  const details = { task_id, task_subject, task_description, teammate_name };
  return milestone(`${what}: ${nameOf(task_subject)}`, details);
}

function modelSwitched({ fields }: Hook): Fact[] {
  const model = text(fields["to_model"], 200);
  const agent: Fact[] = model === null ? [] : [{ fact: "agent", metadata: { model } }];
  return [...agent, modelSwitch("Switched the model", fields)];
}

function modelSwitch(what: string, fields: Hook["fields"]) {
  const { from_model, to_model, requested_model, source, context_tokens } = fields as Record<string, unknown>;
  const details = { from_model, to_model, requested_model, source, context_tokens };
  return milestone(`${what}: ${nameOf(from_model)} -> ${nameOf(to_model)}`, details);
}

function cwdChanged({ fields }: Hook): Fact[] {
  const cwd = fields["new_cwd"] ?? fields["cwd"];
  return [{ ...agentOf({}), metadata: shownFields({ cwd: text(cwd) }) }];
}

function nameOf(value: unknown): string {
  return oneLine(value, 200) ?? "?";
}
