import { EXECUTING, type ToolCall, toolNoted, toolStartNoted } from "#src/ingest/hook-tools.ts";
import { type Fields, records, reportOf } from "#src/ingest/line-reader.ts";
import type { Fact, Noted, Report, Subject } from "#src/ingest/report.ts";
import { count, list, longText, oneLine, record, safeId, text } from "#src/ingest/values.ts";

const MOST_THREADS = 50;

/** What each kind of item is a call of. */
const TOOLS = {
  command_execution: ({ command, aggregated_output, exit_code }: Fields) => ({
    tool: "command_execution",
    input: { command },
    response: aggregated_output,
    details: { exit_code: count(exit_code) },
  }),
  file_change: ({ changes }: Fields) => ({
    tool: "file_change",
    input: { path: pathsOf(changes), changes },
  }),
  mcp_tool_call: ({ server, tool, arguments: input, result, error }: Fields) => ({
    tool: `${oneLine(server, 100) ?? "mcp"}/${oneLine(tool, 100) ?? "?"}`,
    input,
    response: result,
    error: text(record(error)["message"]) ?? error,
    details: { mcp_server: server },
  }),
  web_search: ({ query }: Fields) => ({ tool: "web_search", input: { query } }),
  collab_tool_call: ({ tool, prompt, receiver_thread_ids, agents_states }: Fields) => ({
    tool: oneLine(tool, 200) ?? "collab_tool_call",
    input: { prompt, receiver_thread_ids },
    response: agents_states,
  }),
};

export function isTool(type: unknown): type is keyof typeof TOOLS {
  return typeof type === "string" && Object.hasOwn(TOOLS, type);
}

function pathsOf(changes: unknown): string[] {
  return records(changes, 20).map((change) => text(change["path"]) ?? "?");
}

export function toolStarted(type: keyof typeof TOOLS, item: Fields): Fact[] {
  return [unkeyed(type, toolStartNoted(callOf(type, item, null)))];
}

export function toolEnded(type: keyof typeof TOOLS, item: Fields): Fact[] {
  const isFailure = item["status"] === "failed" || item["status"] === "declined";
  return [unkeyed(type, toolNoted(callOf(type, item, !isFailure), isFailure ? "ERROR" : "INFO"))];
}

function callOf(type: keyof typeof TOOLS, item: Fields, success: boolean | null): ToolCall {
  const { details, ...call } = { details: {}, ...TOOLS[type](item) };
  return { id: safeId(item["id"]), ...call, success, details: { status: text(item["status"], 200), ...details } };
}

/**
 * Items are numbered anew by each process, and hooks and telemetry name the same call otherwise: it has no key by which it
 * could be told to be the same. Hooks tell all of them but one kind.
 */
function unkeyed(item: keyof typeof TOOLS, noted: Noted): Noted {
  const { fact, level, type, message, details } = noted;
  return { fact, level, type, message, details, ...(item === "web_search" ? {} : { isAside: true }) };
}

/** The threads that a call was about: sub-agents. */
export function threadsOf(thread: Subject, item: Fields, hasEnded: boolean): Report[] {
  const { source, session } = thread;
  const sender = safeId(item["sender_thread_id"]);
  const parent = sender === null || sender === session ? thread : { source, session, child: sender };
  const states = record(item["agents_states"]);
  const ids = [
    ...list(item["receiver_thread_ids"]).slice(0, MOST_THREADS),
    ...Object.keys(states).slice(0, MOST_THREADS),
  ].map(safeId);
  const others = [...new Set(ids)].filter((id) => id !== null && id !== session) as string[];
  const isSpawn = oneLine(item["tool"], 200)?.includes("spawn") === true;
  const opened: Fact[] =
    isSpawn && !hasEnded
      ? [
          { fact: "turn.opened", text: longText(item["prompt"]) },
          { ...EXECUTING, reopens: true },
        ]
      : [];
  return others.map((child) => {
    const state = Object.hasOwn(states, child) ? states[child] : undefined;
    const facts: Fact[] = [{ fact: "agent", parent }, ...opened, ...stateFacts(state)];
    return reportOf({ source, session, child }, facts);
  });
}

function stateFacts(state: unknown): Fact[] {
  const { status, message } = record(state) as Record<string, unknown>;
  const word = text(typeof state === "string" ? state : status, 200)?.toLowerCase();
  if (word === "running") return [EXECUTING];
  if (word === "completed") {
    return [
      { fact: "turn.closed", status: "completed", response: longText(message) },
      { fact: "status", to: "completed" },
    ];
  }
  if (word === "shutdown" || word === "interrupted")
    return [{ fact: "status", to: "cancelled", endsTurns: "cancelled" }];
  if (word !== "errored" && word !== "failed") return [];
  const error = text(message) ?? "the sub-agent failed";
  return [{ fact: "status", to: "failed", error, endsTurns: "failed" }];
}
