import { errorNoted, IDLE, milestone } from "#src/ingest/hook-facts.ts";
import { EXECUTING } from "#src/ingest/hook-tools.ts";
import {
  type Fields,
  type LineReader,
  type LineRule,
  readByRule,
  reportOf,
  saying,
  type Told,
} from "#src/ingest/line-reader.ts";
import type { Fact, Subject, Total } from "#src/ingest/report.ts";
import { count, hashOfEvent, isRecord, list, longText, oneLine, record, text } from "#src/ingest/values.ts";
import { isTool, threadsOf, toolEnded, toolStarted } from "./stream-items.ts";

/** What must be known of the lines before. */
type Context = {
  /** The thread. */
  readonly session: string | null;
  /** Hash of the newest list of things to do. */
  readonly todo: string | null;
};

const RULES: ReadonlyMap<string, LineRule<Context>> = new Map<string, LineRule<Context>>([
  ["thread.started", (context, line) => say(context, line, [{ fact: "agent" }, { ...IDLE, reopens: true }])],
  ["turn.started", turnStarts],
  ["turn.completed", turnCompletes],
  ["turn.failed", turnFails],
  ["item.started", item],
  ["item.updated", item],
  ["item.completed", item],
  ["error", (context, line) => say(context, line, [problem(line["message"])])],
]);

const say = saying("codex");

/** Reads what `codex exec --json` writes. It tells no times, no model and no prompts. */
export const codexLines: LineReader<Context> = {
  source: "codex",
  begin: (session) => ({ session, todo: null }),
  read: (context, line) =>
    readByRule("codex", context, line, {
      nameOf: ({ type }) => text(type, 200),
      sessionOf: ({ type, thread_id }) => (type === "thread.started" ? thread_id : null),
      ruleOf: (name) => RULES.get(name),
    }),
};

function thread({ session }: Context): Subject {
  return { source: "codex", session: session! };
}

function turnStarts(context: Context, line: Fields): Told<Context> {
  return say(context, line, [
    { fact: "turn.opened", text: null },
    { ...EXECUTING, reopens: true },
  ]);
}

/** A notice, or that something is tried again: neither ends the turn. */
function problem(message: unknown): Fact {
  return { ...errorNoted(oneLine(message, 200) ?? "unknown error", { message: text(message) }), level: "WARNING" };
}

function turnCompletes(context: Context, line: Fields): Told<Context> {
  return say(context, line, [...totals(line), { fact: "turn.closed", status: "completed" }, IDLE]);
}

/** Of the thread from its beginning, in any process; without its sub-agents. */
function totals(line: Fields): Total[] {
  const usage = record(line["usage"]);
  const [input, output] = [count(usage["input_tokens"]), count(usage["output_tokens"])];
  if (input === null && output === null) return [];
  const cacheRead = count(usage["cached_input_tokens"]);
  const cacheWrite = count(usage["cache_write_input_tokens"]);
  const tokens = { input: input ?? 0, output: output ?? 0, cacheRead, cacheWrite };
  return [{ fact: "total", isForever: true, counter: "", model: null, provider: "openai", tokens, costUsd: null }];
}

function turnFails(context: Context, line: Fields): Told<Context> {
  const error = text(record(line["error"])["message"]) ?? text(line["error"]) ?? "unknown error";
  return say(context, line, [
    { fact: "turn.closed", status: "failed", error },
    { fact: "status", to: "failed", error },
    errorNoted(error),
  ]);
}

function item(context: Context, line: Fields): Told<Context> | null {
  const part = record(line["item"]);
  const { type } = part as { type?: unknown };
  const hasEnded = line["type"] === "item.completed";
  if (type === "todo_list") return todo(context, line, part);
  if (type === "reasoning") return [context];
  if (type === "agent_message") {
    const response = hasEnded ? longText(part["text"]) : null;
    return response === null
      ? [context]
      : say(context, line, [EXECUTING, { fact: "turn.text", response, how: "append" }]);
  }
  // Before a turn begins, these are notices.
  if (type === "error") return hasEnded ? say(context, line, [problem(part["message"])]) : [context];
  if (!isTool(type)) return null;
  if (line["type"] === "item.updated") return [context];
  const facts = hasEnded ? toolEnded(type, part) : toolStarted(type, part);
  const children = type === "collab_tool_call" ? threadsOf(thread(context), part, hasEnded) : [];
  return [context, reportOf(thread(context), [EXECUTING, ...facts]), ...children];
}

/** It comes whole each time, mostly as it was. */
function todo(context: Context, line: Fields, part: Fields): Told<Context> {
  const items = list(part["items"]).slice(0, 100).filter(isRecord);
  const hash = hashOfEvent(items);
  if (hash === context.todo || items.length === 0) return [context];
  const done = items.filter(({ completed }) => completed === true).length;
  const next = items.find(({ completed }) => completed !== true);
  const what = oneLine(next?.["text"], 200);
  const message = `To do: ${done} of ${items.length} done${what === null ? "" : `, next: ${what}`}`;
  return say({ ...context, todo: hash }, line, [EXECUTING, milestone(message, { items })]);
}
