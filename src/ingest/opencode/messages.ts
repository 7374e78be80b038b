import { EXECUTING, STILL_EXECUTING, type ToolCall, toolNoted, toolStartNoted } from "#src/ingest/hook-tools.ts";
import type { Fact, Tokens, Usage } from "#src/ingest/report.ts";
import { count, flag, longText, num, oneLine, record, safeId, shownFields, text, usd } from "#src/ingest/values.ts";
import { keyOf, type OpencodeEvent, type OpencodeRule, type Told } from "./event.ts";
import { errorOf, modelOf } from "./sessions.ts";

type Fields = Readonly<Record<string, unknown>>;

export const MESSAGE_RULES: readonly (readonly [string, OpencodeRule])[] = [
  ["message.updated", messageUpdated],
  ["message.part.updated", ({ properties }) => partUpdated(record(properties["part"]))],
];

function messageUpdated(event: OpencodeEvent): Told[] {
  const info = record(event.properties["info"]);
  const id = safeId(info["id"]);
  if (id === null) return [];
  if (info["role"] === "user") return [prompt(id, info)];
  return info["role"] === "assistant" ? answer(event, id, info) : [];
}

/** It is told again, also when its turn is long over: all of them are one event. Its text comes as a part. */
function prompt(id: string, info: Fields): Told {
  const metadata = shownFields({ model: modelOf(info["model"]), agent: text(info["agent"], 200) });
  return {
    key: `user:${id}`,
    turn: id,
    facts: [
      { fact: "agent", metadata },
      { fact: "turn.opened", text: null },
      { ...EXECUTING, reopens: true },
    ],
  };
}

/** It is told many times, with what is known by then; late, too, so that it moves no status. */
function answer(event: OpencodeEvent, id: string, info: Fields): Told[] {
  const facts: Fact[] = [];
  const usage = usageOf(id, info);
  if (usage !== null) facts.push(usage);
  if (info["error"] !== undefined && info["error"] !== null) {
    const error = errorOf(info["error"]);
    const closed = { fact: "turn.closed" } as const;
    facts.push(error === null ? { ...closed, status: "cancelled" } : { ...closed, status: "failed", error });
  }
  return facts.length === 0 ? [] : [{ key: keyOf(event), turn: safeId(info["parentID"]), facts }];
}

function usageOf(id: string, info: Fields): Usage | null {
  const tokens = tokensOf(info["tokens"]);
  const costUsd = usd(info["cost"]);
  if (tokens.input + tokens.output + (costUsd ?? 0) === 0) return null;
  const provider = text(info["providerID"], 200);
  return {
    fact: "usage",
    call: id,
    model: text(info["modelID"], 200),
    ...(provider === null ? {} : { provider }),
    tokens,
    costUsd,
    durationMs: elapsed(info["time"], "created", "completed"),
    details: shownFields({ finish: text(info["finish"], 200), agent: text(info["agent"], 200) }),
  };
}

/** opencode counts apart what was read from and written to the cache, and what was thought. */
export function tokensOf(value: unknown): Tokens {
  const { input, output, reasoning, cache } = record(value) as Record<string, unknown>;
  const cacheRead = count(record(cache)["read"]);
  const cacheWrite = count(record(cache)["write"]);
  return {
    input: (count(input) ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: (count(output) ?? 0) + (count(reasoning) ?? 0),
    cacheRead,
    cacheWrite,
  };
}

function partUpdated(part: Fields): Told[] {
  const id = safeId(part["id"]);
  if (id === null) return [];
  if (part["type"] === "text") return textPart(id, part);
  return part["type"] === "tool" ? toolPart(id, part) : [];
}

/**
 * Only what the model says has a time, which ends when the text is whole: until then it is told again and again. What has
 * none is said by the person.
 */
function textPart(id: string, part: Fields): Told[] {
  if (flag(part["synthetic"]) === true || flag(part["ignored"]) === true) return [];
  const said = longText(part["text"]);
  if (said === null) return [];
  const key = `text:${id}`;
  if (part["time"] === undefined || part["time"] === null) {
    const facts: Fact[] = [{ fact: "turn.text", prompt: said, how: "fill" }];
    return [{ key, turn: safeId(part["messageID"]), facts }];
  }
  if (num(record(part["time"])["end"]) === null) return [];
  return [{ key, facts: [{ fact: "turn.text", response: said, how: "append", key: id }] }];
}

function toolPart(partId: string, part: Fields): Told[] {
  const state = record(part["state"]);
  const { status } = state as Record<string, unknown>;
  const call = toolCallOf(partId, part, state);
  const key = `tool:${call.id}:${String(status)}`;
  if (status === "running") return [{ key, facts: [STILL_EXECUTING, toolStartNoted(call)] }];
  if (status !== "completed" && status !== "error") return [];
  const log = toolNoted(call, status === "error" ? "ERROR" : "INFO");
  return [{ key, facts: [STILL_EXECUTING, log] }, ...childEnds(part, state)];
}

/** The call of a tool that a part holds. */
export function toolCallOf(partId: string, part: Fields, state: Fields): ToolCall {
  const { status } = state as Record<string, unknown>;
  const metadata = record(state["metadata"]);
  const hasEnded = status === "completed" || status === "error";
  return {
    id: safeId(part["callID"]) ?? partId,
    tool: oneLine(part["tool"], 200) ?? "a tool without a name",
    input: state["input"],
    response: state["output"],
    error: state["error"],
    durationMs: elapsed(state["time"], "start", "end"),
    success: hasEnded ? status === "completed" : null,
    details: { exit_code: num(metadata["exit"]), title: text(state["title"], 200), session: metadata["sessionId"] },
  };
}

/** Of a sub-agent's session, nothing else says that it has done what it was made for. */
function childEnds(part: Fields, state: Fields): Told[] {
  const metadata = record(state["metadata"]);
  const session = safeId(metadata["sessionId"]);
  if (part["tool"] !== "task" || session === null || flag(metadata["background"]) === true) return [];
  const error = text(state["error"]) ?? "the task failed";
  const end: Fact =
    state["status"] === "completed"
      ? { fact: "status", to: "completed" }
      : { fact: "status", to: "failed", error, endsTurns: "failed" };
  return [{ session, key: `task:${safeId(part["callID"]) ?? safeId(part["id"])}`, facts: [end] }];
}

function elapsed(time: unknown, from: string, to: string): number | null {
  const [start, end] = [num(record(time)[from]), num(record(time)[to])];
  return start === null || end === null ? null : count(end - start);
}
