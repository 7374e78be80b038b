import { NOTHING, unreadable } from "./reading.ts";
import type { Fact, Reading, Report, Source, Subject } from "./report.ts";
import { isRecord, list, oneLine, record, safeId, timeMs } from "./values.ts";

// What the readers of streams of lines have in common. `line-stream.ts` gives what they report its keys.

export type Fields = Readonly<Record<string, unknown>>;

/** What a line means, and what must be known to read the next one. */
export type Read<Context> = { readonly context: Context; readonly reading: Reading };

/** Reads the lines that an agent writes, one after the other; pure. A context is small JSON: it is stored between lines. */
export type LineReader<Context extends WithSession> = {
  readonly source: Source;
  /** @param session its id, for lines that do not tell it */
  begin(session: string | null): Context;
  read(context: Context, line: unknown): Read<Context>;
  /**
   * Its output has ended: what only this source means by that; `stream-end.ts` does the rest.
   *
   * @param exit code of the program; null when it is not known
   */
  end?(context: Context, exit: number | null): Read<Context>;
};

/** What follows from a line; null for one that is not understood. */
export type LineRule<Context> = (context: Context, line: Fields) => Told<Context> | null;
export type Told<Context> = readonly [context: Context, ...reports: Report[]];

/** Every context knows of whom the next line is. */
export type WithSession = { readonly session: string | null };

/** A line that says nothing we keep. */
export const ignored = <Context>(context: Context): Told<Context> => [context];

/** Reads by the rule of a line's type; lines of no known session are not understood. */
export function readByRule<Context extends WithSession>(
  source: Source,
  context: Context,
  line: unknown,
  rules: {
    readonly nameOf: (line: Fields) => string | null;
    readonly sessionOf: (line: Fields) => unknown;
    readonly ruleOf: (name: string) => LineRule<Context> | undefined;
  },
): Read<Context> {
  if (!isRecord(line)) return { context, reading: unreadable(source, "stream", "not an object", line) };
  const name = oneLine(rules.nameOf(line), 200) ?? "";
  const rule = rules.ruleOf(name);
  if (rule === ignored) return { context, reading: NOTHING };
  const inSession = { ...context, session: safeId(rules.sessionOf(line)) ?? context.session };
  if (rule !== undefined && inSession.session === null) {
    return { context, reading: unreadable(source, "stream", `${name} of no known session`, line) };
  }
  const told = rule?.(inSession, line) ?? null;
  if (told === null) return { context, reading: unreadable(source, "stream", name === "" ? "no type" : name, line) };
  const [next, ...reports] = told;
  return { context: next, reading: { reports: reports.filter(({ facts }) => facts.length > 0), unread: [] } };
}

export function reportOf(about: Subject, facts: readonly Fact[], sentMs: number | null = null): Report {
  return { about, channel: "stream", key: null, turn: null, sentMs, facts };
}

/** What a line says of the session that it is of, for one source. */
export const saying =
  (source: Source) =>
  <Context extends WithSession>(context: Context, line: Fields, facts: readonly Fact[]): Told<Context> => [
    context,
    reportOf({ source, session: context.session! }, facts, timeMs(line["timestamp"])),
  ];

/** The first objects of an array; what is none has no fields. */
export function records(value: unknown, most: number): Fields[] {
  // Not by `map`, which passes over what is missing.
  return Array.from(list(value).slice(0, most), record);
}

/** What is remembered under ids of the source, the newest last. */
export type Pairs<Value> = readonly (readonly [id: string, value: Value])[];

export function valueOf<Value>(pairs: Pairs<Value>, id: string | null): Value | null {
  return pairs.findLast(([known]) => known === id)?.[1] ?? null;
}

/** With one more, of at most so many. */
export function withPair<Value>(pairs: Pairs<Value>, id: string, value: Value, most: number): Pairs<Value> {
  return [...withoutPair(pairs, id), [id, value] as const].slice(-most);
}

export function withoutPair<Value>(pairs: Pairs<Value>, id: string | null): Pairs<Value> {
  return pairs.filter(([known]) => known !== id);
}
