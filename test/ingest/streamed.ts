import type { LineReader, WithSession } from "#src/ingest/line-reader.ts";
import { endOfLines } from "#src/ingest/line-stream.ts";
import { joined } from "#src/ingest/reading.ts";
import type { Fact, Reading } from "#src/ingest/report.ts";
import { NOTHING_UNDERWAY, underwayAfter } from "#src/ingest/stream-end.ts";

/** Reads lines one after the other; with `isWhole` also their end. The context goes through JSON, as it is stored. */
export function readLines<Context extends WithSession>(
  reader: LineReader<Context>,
  lines: readonly unknown[],
  isWhole = false,
): Reading {
  const stored = (context: Context) => JSON.parse(JSON.stringify(context)) as Context;
  let context = reader.begin(null);
  let underway = NOTHING_UNDERWAY;
  const readings: Reading[] = [];
  for (const line of lines) {
    const read = reader.read(stored(context), line);
    context = read.context;
    readings.push(read.reading);
    underway = underwayAfter(underway, read.reading.reports);
  }
  if (isWhole) readings.push(endOfLines(reader, { reader: context, underway }, null).reading);
  return joined(readings);
}

/** What the lines say, each fact with whom it is about. */
export function said<Context extends WithSession>(
  reader: LineReader<Context>,
  lines: readonly unknown[],
  isWhole = false,
) {
  const { reports } = readLines(reader, lines, isWhole);
  return reports.flatMap(({ about, facts }) =>
    facts.map((fact): [string, Fact] => [about.child ?? about.session, fact]),
  );
}

/** As `expectTolerant` wants it: a line in a session, with a key. */
export function asEventReader<Context extends WithSession>(
  reader: LineReader<Context>,
  before: readonly unknown[],
): (event: unknown) => Reading {
  return (event) => {
    let context = reader.begin("s1");
    for (const line of before) context = reader.read(context, line).context;
    const first = reader.read(context, event);
    // What was remembered of it must do for what follows.
    const then = joined([first.reading, ...before.map((line) => reader.read(first.context, line).reading)]);
    return { reports: then.reports.map((report) => ({ ...report, key: "a line" })), unread: then.unread };
  };
}
