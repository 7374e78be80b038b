import type { Channel, Reading, Report, Source } from "./report.ts";
import { oneLine, shown } from "./values.ts";

/** What there is nothing to say about. */
export const NOTHING: Reading = { reports: [], unread: [] };

export function readingOf(...reports: readonly Report[]): Reading {
  return { reports, unread: [] };
}

/** An event that its reader makes nothing of: `what` is its name, or what is wrong with it. */
export function unreadable(source: Source, channel: Channel, what: string, event: unknown): Reading {
  const name = oneLine(what, 200) ?? "an event without a name";
  return { reports: [], unread: [{ source, channel, event: name, details: shown(event) }] };
}

/** Readings one after the other. */
export function joined(readings: readonly Reading[]): Reading {
  return {
    reports: readings.flatMap(({ reports }) => reports),
    unread: readings.flatMap(({ unread }) => unread),
  };
}
