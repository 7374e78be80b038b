import type { AgentStatus } from "#src/domain/runtime-agent.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import type { Hook } from "./hook-event.ts";
import { EXECUTING, toolLine } from "./hook-tools.ts";
import type { AgentFact, Fact, Noted, StatusFact } from "./report.ts";
import { longText, oneLine, record, shownFields, text } from "./values.ts";

// What follows from the events that Claude Code, Codex and Gemini CLI have in common.

type Fields = Hook["fields"];

const IN_MESSAGE = 200;

/** An event of a session's beginning may be sent apart from others and come after its first prompt. */
const NOT_EXECUTING: readonly AgentStatus[] = [
  "pending",
  "initializing",
  "idle",
  "planning",
  "reviewing",
  "waiting",
  "completed",
  "failed",
  "cancelled",
];

/** Keys of the logs of a sub-agent that hooks and streams tell of alike. */
export const SUBAGENT_STARTED = "sub-agent started";
export const SUBAGENT_FINISHED = "sub-agent finished";

export const IDLE: StatusFact = { fact: "status", to: "idle" };

/** Somebody answered what was asked. */
export const ANSWERED: StatusFact = { fact: "status", to: "executing", from: ["waiting"] };

export function waiting(reason: string | null): StatusFact {
  return { fact: "status", to: "waiting", ...(reason === null ? {} : { reason }) };
}

export function milestone(
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  level: LogLevel = "INFO",
): Noted {
  return { fact: "log", level, type: "milestone", message, details: shownFields(details) };
}

export function errorNoted(message: string, details: Readonly<Record<string, unknown>> = {}): Noted {
  return { fact: "log", level: "ERROR", type: "error", message, details: shownFields(details) };
}

/** What each event says of where it comes from. */
export function agentOf(fields: Fields, more: Readonly<Record<string, unknown>> = {}): AgentFact {
  const metadata = shownFields({
    model: text(fields["model"], 200),
    cwd: text(fields["cwd"]),
    transcript_path: text(fields["transcript_path"]),
    permission_mode: text(fields["permission_mode"], 200),
    effort: text(record(fields["effort"])["level"], 200),
    ...more,
  });
  const name = oneLine(fields["session_title"], IN_MESSAGE);
  return { fact: "agent", ...(name === null ? namedAfter(fields["cwd"]) : { name }), metadata };
}

/** A session that has no title yet is known by the folder that it works in. */
export function namedAfter(cwd: unknown): Pick<AgentFact, "nameGuess"> {
  const folder = oneLine(
    text(cwd)
      ?.split(/[/\\]/)
      .findLast((part) => part !== ""),
    IN_MESSAGE,
  );
  return folder === null ? {} : { nameGuess: folder };
}

/** A session that is compacted goes on as it is; any other beginning waits for a prompt. */
export function sessionStarts({ fields }: Hook): Fact[] {
  const source = text(fields["source"], 200);
  if (source === "compact") return [agentOf(fields)];
  const agent = agentOf(fields, { source, agent_type: text(fields["agent_type"], 200) });
  const reason = source === null ? {} : { reason: `session ${source}` };
  return [agent, { fact: "status", to: "idle", reopens: true, from: NOT_EXECUTING, ...reason }];
}

export function sessionEnds({ fields }: Hook): Fact[] {
  const reason = oneLine(fields["reason"], IN_MESSAGE);
  const why = reason === null ? {} : { reason: `session ended: ${reason}` };
  return [{ fact: "status", to: "completed", endsTurns: "cancelled", ...why }];
}

export function promptGiven({ fields, about }: Hook): Fact[] {
  const line = oneLine(fields["prompt"], IN_MESSAGE);
  // In a sub-agent, these are those of the session.
  const agent = about.child === undefined ? [agentOf(fields)] : [];
  return [
    ...agent,
    { fact: "turn.opened", text: longText(fields["prompt"]) },
    { ...EXECUTING, reopens: true },
    milestone(line === null ? "Prompt" : `Prompt: ${line}`, { source: fields["source"] }),
  ];
}

/** A person is asked whether a tool may run. */
export function permissionAsked({ fields }: Hook): Fact[] {
  const tool = oneLine(fields["tool_name"], IN_MESSAGE);
  return [waiting(tool === null ? "permission" : `permission for ${toolLine(tool, fields["tool_input"])}`)];
}

/** The turn has ended well. @param to what the agent is then */
export function turnEnds({ fields }: Hook, to: StatusFact): Fact[] {
  const response = longText(fields["last_assistant_message"]);
  return [{ fact: "turn.closed", status: "completed", response }, to];
}

export function subagentStarts({ fields, about }: Hook): Fact[] {
  if (about.child === undefined) return [];
  return [
    { fact: "turn.opened", text: null },
    { ...EXECUTING, reopens: true },
    { ...milestone(`Sub-agent started: ${kindOf(fields)}`), key: SUBAGENT_STARTED },
  ];
}

export function subagentStops(hook: Hook): Fact[] {
  if (hook.about.child === undefined) return [];
  return [
    ...turnEnds(hook, { fact: "status", to: "completed" }),
    { ...milestone(`Sub-agent finished: ${kindOf(hook.fields)}`), key: SUBAGENT_FINISHED },
  ];
}

function kindOf(fields: Fields): string {
  return oneLine(fields["agent_type"], IN_MESSAGE) ?? "of no kind";
}

export function compactStarts({ fields }: Hook): Fact[] {
  const { trigger, custom_instructions } = fields as Record<string, unknown>;
  return [milestone(withWord("Compacting the context", trigger), { trigger, custom_instructions })];
}

export function compactEnds({ fields }: Hook): Fact[] {
  const { trigger, compact_summary } = fields as Record<string, unknown>;
  return [milestone(withWord("Compacted the context", trigger), { trigger, compact_summary })];
}

function withWord(message: string, word: unknown): string {
  const given = oneLine(word, IN_MESSAGE);
  return given === null ? message : `${message} (${given})`;
}
