import { ANSWERED, errorNoted, IDLE, milestone, waiting } from "#src/ingest/hook-facts.ts";
import { EXECUTING } from "#src/ingest/hook-tools.ts";
import type { AgentFact, Fact } from "#src/ingest/report.ts";
import { isRecord, list, oneLine, record, safeId, shownFields, text } from "#src/ingest/values.ts";
import { type OpencodeEvent, type OpencodeRule, subjectOf, type Told } from "./event.ts";

const MESSAGE = 200;

/** What a session is called before its title is made. */
const UNTITLED = /^(New|Child) session - \d{4}-/;

/** A session may be told of late: one that works already is not idle. */
const STARTS: Fact = { ...IDLE, from: ["pending", "initializing"] };

export const SESSION_RULES: readonly (readonly [string, OpencodeRule])[] = [
  ["session.created", ({ properties }) => tell(agentOf(properties["info"]), STARTS)],
  ["session.updated", ({ properties }) => tell(agentOf(properties["info"]))],
  ["session.status", ({ properties }) => [{ facts: statusOf(properties["status"]) }]],
  ["session.idle", () => tell({ fact: "turn.closed", status: "completed" }, IDLE)],
  ["session.error", ({ properties }) => [{ facts: failure(properties["error"]) }]],
  ["session.deleted", () => tell({ fact: "status", to: "completed", endsTurns: "cancelled", reason: "deleted" })],
  ["session.compacted", () => tell(milestone("Compacted the context"))],
  ["permission.asked", ({ properties }) => tell(waiting(permissionOf(properties)))],
  ["permission.updated", ({ properties }) => tell(waiting(permissionOf(properties)))],
  ["permission.replied", () => tell(ANSWERED)],
  ["question.asked", ({ properties }) => tell(waiting(questionOf(properties)))],
  ["question.replied", () => tell(ANSWERED)],
  ["question.rejected", () => tell(ANSWERED)],
  ["todo.updated", ({ properties }) => tell(todos(properties["todos"]))],
  ["command.executed", commandExecuted],
];

function tell(...facts: readonly Fact[]): Told[] {
  return [{ facts }];
}

function agentOf(value: unknown): AgentFact {
  const info = record(value);
  const title = oneLine(info["title"], MESSAGE);
  const parent = safeId(info["parentID"]);
  const agent = text(info["agent"], MESSAGE);
  const metadata = shownFields({
    model: modelOf(info["model"]),
    cwd: text(info["directory"]),
    version: text(info["version"], MESSAGE),
    agent,
  });
  return {
    fact: "agent",
    ...(title === null || UNTITLED.test(title) ? {} : { name: title }),
    ...(parent === null || agent === null ? {} : { kind: agent }),
    ...(parent === null ? {} : { parent: subjectOf(parent) }),
    metadata,
  };
}

/** Of a session or a prompt, which spell it differently. */
export function modelOf(value: unknown): string | null {
  const { id, modelID } = record(value) as Record<string, unknown>;
  return text(value, MESSAGE) ?? text(id, MESSAGE) ?? text(modelID, MESSAGE);
}

function statusOf(status: unknown): Fact[] {
  const { type = status, attempt, message, next } = record(status) as Record<string, unknown>;
  if (type === "busy") return [EXECUTING];
  if (type === "idle") return [IDLE];
  if (type !== "retry") return [];
  const why = oneLine(message, MESSAGE);
  const log = errorNoted(why === null ? "Trying again" : `Trying again: ${why}`, { attempt, next, message });
  return [EXECUTING, { ...log, level: "WARNING" }];
}

/** What went wrong; null for the person who stopped it. */
export function errorOf(value: unknown): string | null {
  const { name, data, message } = record(value) as Record<string, unknown>;
  if (name === "MessageAbortedError") return null;
  const kind = text(name, MESSAGE);
  const told = text(record(data)["message"]) ?? text(message) ?? text(value);
  return [kind, told].filter((part) => part !== null).join(": ") || "unknown error";
}

/** The session lives on: its next prompt brings the agent back. */
function failure(value: unknown): Fact[] {
  const error = errorOf(value);
  if (error === null) {
    const reason = "stopped by a person";
    return [
      { fact: "turn.closed", status: "cancelled" },
      { ...IDLE, reason },
    ];
  }
  return [
    { fact: "turn.closed", status: "failed", error },
    { fact: "status", to: "failed", error },
    errorNoted(error, isRecord(value) ? value : {}),
  ];
}

function permissionOf(properties: OpencodeEvent["properties"]): string {
  const { permission, type, title, patterns, pattern } = properties as Record<string, unknown>;
  const what = oneLine(permission, MESSAGE) ?? oneLine(type, MESSAGE);
  const words = [...list(patterns), ...list(pattern), pattern].filter((word) => typeof word === "string");
  const on = oneLine(words.slice(0, 10).join(" "), MESSAGE) ?? oneLine(title, MESSAGE);
  const told = [what, on].filter((part) => part !== null).join(": ");
  return told === "" ? "permission" : `permission for ${told}`;
}

function questionOf(properties: OpencodeEvent["properties"]): string {
  return oneLine(record(list(properties["questions"])[0])["question"], MESSAGE) ?? "a question";
}

function todos(value: unknown): Fact {
  const all = list(value);
  const done = all.filter((todo) => record(todo)["status"] === "completed").length;
  return milestone(`Todos: ${done} of ${all.length} done`, { todos: all }, "DEBUG");
}

function commandExecuted({ properties }: OpencodeEvent): Told[] {
  const { name, arguments: args } = properties as Record<string, unknown>;
  const line = [oneLine(name, MESSAGE) ?? "?", oneLine(args, MESSAGE)].filter((part) => part !== null).join(" ");
  return tell(milestone(`Command: /${line}`, { name, arguments: args }));
}
