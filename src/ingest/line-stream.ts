import type { StreamSource } from "#src/domain/lines-taken.ts";
import { toEnd } from "#src/domain/redact.ts";
import { EVENT_LIMITS, jsonFault, SMALL_JSON } from "#src/platform/json-shape.ts";
import { claudeLines } from "./claude/stream.ts";
import { createRuns } from "./codex/runs.ts";
import { codexLines } from "./codex/stream.ts";
import { geminiLines } from "./gemini/stream.ts";
import type { Ingest, StreamMark } from "./ingest.ts";
import type { LineReader, WithSession } from "./line-reader.ts";
import type { Line } from "./line-splitter.ts";
import { opencodeLines } from "./opencode/stream.ts";
import { joined, NOTHING, unreadable } from "./reading.ts";
import type { Reading, Report } from "./report.ts";
import { atEnd, NOTHING_UNDERWAY, type Underway, underwayAfter } from "./stream-end.ts";
import { hashOf, isRecord, oneLine, record } from "./values.ts";

const READERS: Readonly<Record<StreamSource, LineReader<WithSession>>> = {
  "claude-code": claudeLines,
  codex: codexLines,
  gemini: geminiLines,
  opencode: opencodeLines,
};

/** A line that was left out, and why; the first is 0. */
export type Skipped = { readonly line: number; readonly detail: string };

/** What some lines say, with the keys that make sending them again harmless. */
type LineReport = { readonly key: string; readonly reading: Reading };

/** One stream of lines, read from where it was left. */
export type LineStream = {
  /** Lines of the stream that have been read, also before. */
  readonly lines: number;
  /** What must be kept with what was read to go on from here. */
  readonly mark: StreamMark | null;
  /** Null when the line is read; else why it is left out. */
  push(line: Line): string | null;
  /**
   * All lines have come.
   *
   * @param exit code of the program that wrote them; null when it is not known
   */
  end(exit: number | null): void;
  /** What was read since this was asked last. */
  taken(): Promise<Reading>;
  /** Lines whose meaning was known before, as far as that can be told. */
  readonly repeated: number;
};

export type StreamOptions = {
  readonly source: StreamSource;
  /** The session of lines that do not tell it. */
  readonly session: string | null;
  /** The sender's id of the stream, and how far it has been read; null for a stream without a name. */
  readonly stream: { readonly id: string; readonly mark: StreamMark | null } | null;
  readonly ingest: Pick<Ingest, "knows">;
};

/** Of what is not understood, one of each kind is kept, and of lines that are no JSON a few. */
const MOST_UNREAD = 50;
const MOST_BROKEN = 20;
const SHOWN = 200;

/** Stored between lines, as JSON. */
type Context = {
  readonly reader: WithSession;
  readonly underway: Underway;
  /** Hash of the last line, and how many times it has come in a row. */
  readonly last: readonly [hash: string, times: number];
  /** Names of what was not understood. */
  readonly unread: readonly string[];
  readonly broken: number;
};

export function openLineStream({ source: name, session, stream, ingest }: StreamOptions): LineStream {
  const reader = READERS[name];
  const { source } = reader;
  const runs = source === "codex" && stream === null ? createRuns(ingest) : null;
  let context: Context = resume(stream?.mark ?? null) ?? {
    reader: reader.begin(session),
    underway: NOTHING_UNDERWAY,
    last: ["", 0],
    unread: [],
    broken: 0,
  };
  let lines = stream?.mark?.lines ?? 0;
  let pending: LineReport[] = [];
  /** What its end says: no line of it, so that a stream that was cut off goes on. */
  let ended: Reading = NOTHING;
  let exited: number | null = null;

  /** The same line may come again, and mean it: texts without time and id do. */
  function keyOf(text: string): string {
    // The lines of Codex hold nothing that keeps two alike apart: their place must.
    if (source === "codex" && stream !== null) return hashOf("stream", stream.id, String(lines));
    const hash = hashOf("line", text);
    const times = context.last[0] === hash ? context.last[1] + 1 : 0;
    context = { ...context, last: [hash, times] };
    return times === 0 ? hash : hashOf("line", text, String(times));
  }

  function endKey(exit: number | null): string {
    const how = exit === null ? "end" : `exit ${exit}`;
    if (source !== "codex") return hashOf(how, context.last[0], String(context.last[1]));
    return hashOf(how, ...(stream === null ? [runs?.chain ?? ""] : [stream.id, String(lines)]));
  }

  function broken(detail: string, text: string): string {
    if (context.broken < MOST_BROKEN) {
      context = { ...context, broken: context.broken + 1 };
      const reading = unreadable(source, "stream", detail, text.slice(0, SHOWN));
      pending.push({ key: hashOf("broken", text), reading });
    }
    return detail;
  }

  /** A kind of line that nobody knows may come a thousand times. */
  function onceEach({ reports, unread }: Reading): Reading {
    const news = unread.filter(({ event }) => !context.unread.includes(event)).slice(0, 1);
    if (unread.length === 0) return { reports, unread };
    if (context.unread.length >= MOST_UNREAD) return { reports, unread: [] };
    context = { ...context, unread: [...context.unread, ...news.map(({ event }) => event)] };
    return { reports, unread: news };
  }

  function read(text: string): string | null {
    const fault = shapeFault(text);
    if (fault !== null) return broken(fault, text);
    const value = parsed(text);
    if (!isRecord(value)) return broken("no JSON object", text);
    const key = keyOf(text);
    const { context: next, reading } = reader.read(context.reader, value);
    context = { ...context, reader: next, underway: underwayAfter(context.underway, reading.reports) };
    if (reading.reports.length + reading.unread.length > 0) pending.push({ key, reading: onceEach(reading) });
    const [unknown] = reading.unread;
    return unknown === undefined ? null : `not understood: ${oneLine(unknown.event, SHOWN) ?? "?"}`;
  }

  return {
    get lines() {
      return lines;
    },
    get mark() {
      return stream === null ? null : { stream: stream.id, lines, context: JSON.stringify(context) };
    },
    get repeated() {
      return runs?.repeated ?? 0;
    },
    push({ text }) {
      const outcome = text === null ? broken("the line is too long", "") : text.trim() === "" ? null : read(text);
      lines += 1;
      return outcome;
    },
    end(exit) {
      const { context: next, reading } = endOfLines(reader, context, exit);
      context = { ...context, ...next };
      ended = reading;
      exited = exit;
    },
    async taken() {
      const some = pending;
      pending = [];
      const keyed = some.map(({ key, reading }) => ({ key, reading: withKeys(key, reading) }));
      const told = (runs === null ? keyed : await runs.pass(keyed)).map(({ reading }) => reading);
      const end = withKeys(endKey(exited), ended);
      ended = NOTHING;
      return joined([...told, end]);
    },
  };
}

/** What the end of the output says, and what is left to know. */
export function endOfLines(
  reader: LineReader<WithSession>,
  { reader: context, underway }: Pick<Context, "reader" | "underway">,
  exit: number | null,
): { readonly context: Pick<Context, "reader" | "underway">; readonly reading: Reading } {
  const own = reader.end?.(context, exit) ?? { context, reading: NOTHING };
  const left = underwayAfter(underway, own.reading.reports);
  const rest = atEnd(reader.source, own.context.session, left, exit);
  return {
    context: { reader: own.context, underway: { ...left, busy: [] } },
    reading: joined([own.reading, { reports: rest, unread: [] }]),
  };
}

function withKeys(key: string, { reports, unread }: Reading): Reading {
  return {
    reports: reports.map((report, at): Report => ({ ...report, key: at === 0 ? key : `${key}:${at}` })),
    unread,
  };
}

/** What was stored may have been changed, as by a secret that was taken out of it. */
function resume(mark: StreamMark | null): Context | null {
  const value = mark === null ? null : parsed(mark.context);
  if (!isRecord(value) || !isRecord(value["reader"]) || !Array.isArray(value["last"])) return null;
  return Array.isArray(record(value["underway"])["busy"]) ? (value as Context) : null;
}

/** Why a long line is not parsed: it would hold everybody up. */
function shapeFault(text: string): string | null {
  return text.length <= SMALL_JSON ? null : toEnd(jsonFault(Buffer.from(text), EVENT_LIMITS));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
