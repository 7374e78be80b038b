import { errorNoted } from "#src/ingest/hook-facts.ts";
import { EXECUTING, STILL_EXECUTING, toolNoted, toolStartNoted } from "#src/ingest/hook-tools.ts";
import { type Fields, records, reportOf, type Told } from "#src/ingest/line-reader.ts";
import { openTool, type OpenTools, withoutTool, withTool } from "#src/ingest/open-tools.ts";
import type { Fact, Subject } from "#src/ingest/report.ts";
import { flag, hashOf, longText, oneLine, record, safeId, text, timeMs } from "#src/ingest/values.ts";
import { kindFacts, type StreamContext, subjectOf, withChild } from "./stream-context.ts";

const MOST_BLOCKS = 200;
const MOST_SAID = 20;

/** The model said something or calls tools; one line may tell again what another has told. */
export function assistant(context: StreamContext, line: Fields): Told<StreamContext> {
  const about = subjectOf(context, line);
  const message = record(line["message"]);
  let { tools, said: known } = context;
  const facts: Fact[] = [...speaker(about, line, message), EXECUTING];
  for (const block of records(message["content"], MOST_BLOCKS)) {
    const { type } = block as { type?: unknown };
    const said = type === "text" ? longText(block["text"]) : null;
    if (said !== null) {
      const hash = hashOf(safeId(message["id"]) ?? "", said);
      if (known.includes(hash)) continue;
      known = known.concat(hash).slice(-MOST_SAID);
      facts.push({ fact: "turn.text", response: said, how: "append" });
    }
    if (type === "tool_use") {
      const [withIt, fact] = toolBegins(tools, block);
      tools = withIt;
      facts.push(fact);
    }
  }
  const error = oneLine(line["error"], 200);
  if (error !== null)
    facts.push({ ...errorNoted(`A call of the model failed: ${error}`, { error }), level: "WARNING" });
  const next = { ...withSpeaker(context, about, line), tools, said: known };
  return [next, reportOf(about, facts, timeMs(line["timestamp"]))];
}

function toolBegins(tools: OpenTools, block: Fields): readonly [OpenTools, Fact] {
  const id = safeId(block["id"]);
  const tool = oneLine(block["name"], 200) ?? "a tool without a name";
  const { input } = block as { input?: unknown };
  const log = toolStartNoted({ id, tool, input, success: null });
  return [id === null ? tools : withTool(tools, id, tool, input), log];
}

/** Results of tools; also what a sub-agent was told, and prompts where the process repeats them. */
export function user(context: StreamContext, line: Fields): Told<StreamContext> {
  const about = subjectOf(context, line);
  const { content } = record(line["message"]) as { content?: unknown };
  const blocks = records(content, MOST_BLOCKS);
  let { tools } = context;
  const facts: Fact[] = speaker(about, line, {});
  for (const block of blocks.filter(({ type }) => type === "tool_result")) {
    const id = safeId(block["tool_use_id"]);
    const isError = flag(block["is_error"]) === true;
    const said = textOf(block["content"]) ?? block["content"];
    const outcome = isError ? { error: said } : { response: said };
    const call = { id, ...openTool(tools, id), ...outcome, success: !isError };
    tools = withoutTool(tools, id);
    facts.push(STILL_EXECUTING, toolNoted(call, isError ? "ERROR" : "INFO"));
  }
  const isPrompt = about.child !== undefined || flag(line["isReplay"]) === true;
  const prompt = isPrompt ? textOf(content) : null;
  if (prompt !== null) facts.push({ fact: "turn.text", prompt, how: "fill" });
  return [{ ...withSpeaker(context, about, line), tools }, reportOf(about, facts, timeMs(line["timestamp"]))];
}

/** A call that nobody allowed. */
export function denied(context: StreamContext, line: Fields): Told<StreamContext> {
  const id = safeId(line["tool_use_id"]);
  const known = openTool(context.tools, id);
  const tool = oneLine(line["tool_name"], 200) ?? known.tool;
  const { message, decision_reason: reason, tool_input } = line as Record<string, unknown>;
  const call = { id, tool, input: tool_input ?? known.input, success: false, details: { reason: reason ?? message } };
  const log = toolNoted(call, "WARNING");
  const facts: Fact[] = [STILL_EXECUTING, { ...log, message: `${log.message} (denied)` }];
  return [context, reportOf(subjectOf(context, line), facts)];
}

function withSpeaker(context: StreamContext, { child }: Subject, line: Fields): StreamContext {
  return child === undefined ? context : withChild(context, child, safeId(line["parent_tool_use_id"]));
}

/** The model of a session is told by its init: what answers here may be another one, for this once. */
function speaker({ child }: Subject, line: Fields, message: Fields): Fact[] {
  if (child === undefined) return [];
  const model = text(message["model"], 200);
  const isReal = model !== null && !model.startsWith("<");
  return kindFacts(line["subagent_type"], isReal ? { metadata: { model } } : {});
}

function textOf(content: unknown): string | null {
  if (typeof content === "string") return longText(content);
  const texts = records(content, MOST_BLOCKS).filter(({ type }) => type === "text");
  return longText(texts.map((block) => longText(block["text"]) ?? "").join("\n"));
}
