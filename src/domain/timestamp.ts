import { z } from "zod";

const STORED = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|[+-]\d{2}:\d{2})?$/i;

/** As we write times, and as the API shows them: read at once. (The last days of a month are not in every one.) */
const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z?$/;

/** The years that RFC 3339 can write. */
const FIRST_MILLIS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MILLIS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Reads a stored time, whoever wrote it: `2026-02-05 10:30:00`, ISO with any fraction, with or without a zone.
 * Without a zone it is UTC; a fraction is cut to milliseconds. Returns UTC milliseconds, null for anything else.
 */
export function toMillis(stored: unknown): number | null {
  if (typeof stored !== "string") return null;
  if (CANONICAL.test(stored)) return Date.parse(stored.endsWith("Z") ? stored : `${stored}Z`);
  const match = STORED.exec(stored.trim());
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  if (+month! < 1 || +month! > 12 || +day! < 1 || +day! > 31) return null;
  if (+hour > 23 || +minute > 59 || +second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(+year!, +month! - 1, +day!);
  date.setUTCHours(+hour, +minute, +second, +fraction.padEnd(3, "0").slice(0, 3));
  const millis = date.getTime() - offsetMillis(zone);
  return millis >= FIRST_MILLIS && millis <= LAST_MILLIS ? millis : null;
}

/** NaN for an offset that no clock has. */
function offsetMillis(zone: string | undefined): number {
  if (zone === undefined || zone === "Z" || zone === "z") return 0;
  const [hours, minutes] = [+zone.slice(1, 3), +zone.slice(4, 6)];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** UTC milliseconds as RFC 3339 with milliseconds: `2026-02-05T10:30:00.000Z`. */
export function toTimestamp(millis: number): string {
  return new Date(millis).toISOString();
}

/** Any stored time in the form the API shows; null when it cannot be read as a time. */
export function readTimestamp(stored: unknown): string | null {
  if (typeof stored === "string" && CANONICAL.test(stored)) return stored.endsWith("Z") ? stored : `${stored}Z`;
  const millis = toMillis(stored);
  return millis === null ? null : toTimestamp(millis);
}

/** A time as the API shows it. */
export const Timestamp = z.string().meta({
  format: "date-time",
  description: "RFC 3339, UTC, milliseconds",
  examples: ["2026-02-05T10:30:00.000Z"],
});

const RFC_3339_OR_DATE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+\- ]\d{2}:\d{2})?)?$/;

/** Stricter than for stored times: the day must exist (SQLite, like us, reads 30 February as 2 March). */
function isRequestTime(text: string): boolean {
  const day = text.slice(0, 10);
  return RFC_3339_OR_DATE.test(text) && readTimestamp(day)?.startsWith(day) === true;
}

/** A time in a query: RFC 3339 or a date, read to UTC milliseconds. A `+` that a URL turned into a space is read back. */
export const Instant = z
  .string()
  .transform((text, context) => {
    const millis = isRequestTime(text) ? toMillis(text.toUpperCase().replace(/ (\d{2}:\d{2})$/, "+$1")) : null;
    if (millis !== null) return millis;
    context.addIssue({
      code: "custom",
      message: "expected RFC 3339 (2026-02-05T10:30:00Z) or a date (2026-02-05)",
    });
    return z.NEVER;
  })
  .meta({ type: "string", examples: ["2026-02-05T10:30:00Z"] });
