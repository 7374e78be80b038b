import { errorNoted, IDLE } from "#src/ingest/hook-facts.ts";
import { EXECUTING, STILL_EXECUTING, toolNoted } from "#src/ingest/hook-tools.ts";
import {
  type Fields,
  type LineReader,
  type LineRule,
  readByRule,
  reportOf,
  saying,
  type Told,
} from "#src/ingest/line-reader.ts";
import type { Fact } from "#src/ingest/report.ts";
import { isRecord, longText, record, safeId, shownFields, text, usd } from "#src/ingest/values.ts";
import { tokensOf, toolCallOf } from "./messages.ts";
import { errorOf } from "./sessions.ts";

/** What must be known of the lines before. */
type Context = {
  readonly session: string | null;
  /** Sessions with an open turn. */
  readonly open: readonly string[];
};

const MOST_OPEN = 50;
const COMPLETED: readonly Fact[] = [{ fact: "turn.closed", status: "completed" }, IDLE];
const ENDED: readonly Fact[] = [{ fact: "turn.closed", status: "completed", isGuess: true }, IDLE];

const RULES: ReadonlyMap<string, LineRule<Context>> = new Map<string, LineRule<Context>>([
  ["step_start", (context, line) => inTurn(context, line, [])],
  ["reasoning", (context, line) => inTurn(context, line, [])],
  ["text", said],
  ["tool_use", toolEnds],
  ["step_finish", stepEnds],
  ["error", fails],
  ["done", (context, line) => (isOpen(context) ? say(closed(context), line, COMPLETED) : [context])],
]);

const say = saying("opencode");

/** Reads what `opencode run --format json` writes. It tells no prompts, and its end only since of late. */
export const opencodeLines: LineReader<Context> = {
  source: "opencode",
  begin: (session) => ({ session, open: [] }),
  read: (context, line) =>
    readByRule("opencode", context, line, {
      nameOf: ({ type }) => text(type, 200),
      sessionOf: ({ sessionID }) => sessionID,
      ruleOf: (name) => RULES.get(name),
    }),
  end(context, exit) {
    // It says nothing more when all went well; when it failed it was stopped in the middle.
    const done = exit === null || exit === 0 ? context.open : [];
    const reports = done.map((session) => reportOf({ source: "opencode", session }, ENDED));
    return { context: { ...context, open: [] }, reading: { reports, unread: [] } };
  },
};

function isOpen({ open, session }: Context): boolean {
  return open.includes(session!);
}

function closed(context: Context): Context {
  return { ...context, open: context.open.filter((one) => one !== context.session) };
}

/** The first line of a turn opens it. */
function inTurn(context: Context, line: Fields, facts: readonly Fact[]): Told<Context> {
  if (isOpen(context)) return facts.length === 0 ? [context] : say(context, line, facts);
  const opening: readonly Fact[] = [
    { fact: "agent" },
    { fact: "turn.opened", text: null },
    { ...EXECUTING, reopens: true },
  ];
  const next = { ...context, open: [...context.open, context.session!].slice(-MOST_OPEN) };
  return say(next, line, [...opening, ...facts]);
}

function said(context: Context, line: Fields): Told<Context> {
  const part = record(line["part"]);
  const [response, id] = [longText(part["text"]), safeId(part["id"])];
  if (response === null) return inTurn(context, line, []);
  const told: Fact = { fact: "turn.text", response, how: "append", ...(id === null ? {} : { key: id }) };
  return inTurn(context, line, [EXECUTING, told]);
}

function toolEnds(context: Context, line: Fields): Told<Context> {
  const part = record(line["part"]);
  const call = toolCallOf(safeId(part["id"]) ?? "", part, record(part["state"]));
  const id = call.id === "" ? null : call.id;
  const log = toolNoted({ ...call, id }, call.success === false ? "ERROR" : "INFO");
  return inTurn(context, line, [STILL_EXECUTING, log]);
}

/** A call of the model has ended. */
function stepEnds(context: Context, line: Fields): Told<Context> {
  const part = record(line["part"]);
  const tokens = tokensOf(part["tokens"]);
  const costUsd = usd(part["cost"]);
  const [message, id] = [safeId(part["messageID"]), safeId(part["id"])];
  if (tokens.input + tokens.output + (costUsd ?? 0) === 0 || (message === null && id === null)) {
    return inTurn(context, line, []);
  }
  const details = shownFields({ reason: text(part["reason"], 200) });
  return inTurn(context, line, [
    { fact: "usage", call: `${message ?? ""}:${id ?? ""}`, model: null, tokens, costUsd, details },
  ]);
}

function fails(context: Context, line: Fields): Told<Context> {
  const error = errorOf(line["error"]);
  const [opened, ...begun] = inTurn(context, line, []);
  const facts: Fact[] =
    error === null
      ? [
          { fact: "turn.closed", status: "cancelled" },
          { ...IDLE, reason: "stopped" },
        ]
      : [
          { fact: "turn.closed", status: "failed", error },
          { fact: "status", to: "failed", error },
          errorNoted(error, isRecord(line["error"]) ? line["error"] : {}),
        ];
  const [next, ...ended] = say(closed(opened), line, facts);
  return [next, ...begun, ...ended];
}
