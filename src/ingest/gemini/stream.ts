import { errorNoted } from "#src/ingest/hook-facts.ts";
import { EXECUTING, STILL_EXECUTING, toolNoted, toolStartNoted } from "#src/ingest/hook-tools.ts";
import { type Fields, type LineReader, type LineRule, readByRule, saying, type Told } from "#src/ingest/line-reader.ts";
import { openTool, type OpenTools, withoutTool, withTool } from "#src/ingest/open-tools.ts";
import { NOTHING } from "#src/ingest/reading.ts";
import type { Fact, Noted, Tokens, Usage } from "#src/ingest/report.ts";
import {
  count,
  hashOfEvent,
  isRecord,
  longText,
  oneLine,
  record,
  safeId,
  shownFields,
  text,
} from "#src/ingest/values.ts";

/** What must be known of the lines before. */
type Context = {
  readonly session: string | null;
  readonly model: string | null;
  /** What was said so far of an answer that comes in pieces. */
  readonly answer: string;
  readonly tools: OpenTools;
};

const MOST_ANSWER = 1_000_000;
const MOST_MODELS = 50;

const RULES: ReadonlyMap<string, LineRule<Context>> = new Map<string, LineRule<Context>>([
  ["init", init],
  ["message", message],
  ["tool_use", toolStarts],
  ["tool_result", toolEnds],
  ["error", fault],
  ["result", result],
]);

const say = saying("gemini");

/** Reads what `gemini -p --output-format stream-json` writes. */
export const geminiLines: LineReader<Context> = {
  source: "gemini",
  begin: (session) => ({ session, model: null, answer: "", tools: [] }),
  read: (context, line) =>
    readByRule("gemini", context, line, {
      nameOf: ({ type }) => text(type, 200),
      sessionOf: ({ session_id }) => session_id,
      ruleOf: (name) => RULES.get(name),
    }),
  /** Without a result it was stopped: what it said by then is kept. */
  end(context) {
    const response = longText(context.answer);
    if (response === null || context.session === null) return { context, reading: NOTHING };
    const [next, report] = say({ ...context, answer: "" }, {}, [{ fact: "turn.text", response, how: "fill" }]);
    return { context: next, reading: { reports: [report!], unread: [] } };
  },
};

function init(context: Context, line: Fields): Told<Context> {
  const model = text(line["model"], 200);
  const agent: Fact = { fact: "agent", metadata: shownFields({ model }) };
  return say({ ...context, model, answer: "", tools: [] }, line, [agent, { ...EXECUTING, reopens: true }]);
}

function message(context: Context, line: Fields): Told<Context> {
  const said = longText(line["content"]);
  if (line["role"] === "user") {
    const opened: Fact = { fact: "turn.opened", text: said };
    return say({ ...context, answer: "" }, line, [opened, { ...EXECUTING, reopens: true }]);
  }
  return [said === null ? context : { ...context, answer: (context.answer + said).slice(0, MOST_ANSWER) }];
}

function toolStarts(context: Context, line: Fields): Told<Context> {
  const id = safeId(line["tool_id"]);
  const tool = oneLine(line["tool_name"], 200) ?? "a tool without a name";
  const { parameters: input } = line as { parameters?: unknown };
  const tools = id === null ? context.tools : withTool(context.tools, id, tool, input);
  return say({ ...context, tools }, line, [EXECUTING, aside(toolStartNoted({ id, tool, input, success: null }))]);
}

function toolEnds(context: Context, line: Fields): Told<Context> {
  const id = safeId(line["tool_id"]);
  const success = line["status"] !== "error";
  const { output: response } = line as { output?: unknown };
  const error = text(record(line["error"])["message"]) ?? line["error"];
  const call = { id, ...openTool(context.tools, id), response, error, success };
  const next = { ...context, tools: withoutTool(context.tools, id) };
  return say(next, line, [STILL_EXECUTING, aside(toolNoted(call, success ? "INFO" : "ERROR"))]);
}

/** Hooks tell of the same call, without its id. */
function aside(noted: Noted): Noted {
  return { ...noted, isAside: true };
}

function fault(context: Context, line: Fields): Told<Context> {
  const { severity } = line as { severity?: unknown };
  const log = errorNoted(oneLine(line["message"], 200) ?? "unknown error", { severity, message: line["message"] });
  return say(context, line, [severity === "warning" ? { ...log, level: "WARNING" } : log]);
}

function result(context: Context, line: Fields): Told<Context> {
  const stats = record(line["stats"]);
  const next = { ...context, answer: "", tools: [] };
  const response = longText(context.answer);
  const latencyMs = count(stats["duration_ms"]);
  const usages = usagesOf(context, line, stats);
  if (line["status"] === "success") {
    const closed: Fact = { fact: "turn.closed", status: "completed", response, latencyMs };
    return say(next, line, [...usages, closed, { fact: "status", to: "completed" }]);
  }
  const error = text(record(line["error"])["message"]) ?? text(line["error"]) ?? "unknown error";
  return say(next, line, [
    ...usages,
    { fact: "turn.closed", status: "failed", response, error, latencyMs },
    { fact: "status", to: "failed", error },
    errorNoted(error, { error: line["error"] }),
  ]);
}

/** Of this process, by the model that answered, with sub-agents. */
function usagesOf({ model }: Context, line: Fields, stats: Fields): Usage[] {
  const models = Object.entries(record(stats["models"])).filter(([, value]) => isRecord(value));
  const given: readonly (readonly [string | null, unknown])[] = models.length > 0 ? models : [[model, stats]];
  const hash = hashOfEvent(line);
  return given.slice(0, MOST_MODELS).flatMap(([name, value]) => {
    const tokens = tokensOf(record(value));
    const answering = oneLine(name, 200);
    if (tokens.input + tokens.output === 0) return [];
    const call = `${hash}:${answering}`;
    return [{ fact: "usage", call, isUnnamed: true, model: answering, provider: "google", tokens, costUsd: null }];
  });
}

/** `output_tokens` is without thoughts, which are told nowhere but in the total. */
function tokensOf(usage: Fields): Tokens {
  const [input, output] = [count(usage["input_tokens"]) ?? 0, count(usage["output_tokens"]) ?? 0];
  const total = count(usage["total_tokens"]) ?? 0;
  return { input, output: Math.max(output, total - input), cacheRead: count(usage["cached"]), cacheWrite: null };
}
