import { describe, expect, test } from "bun:test";
import { Instant, readTimestamp, toMillis, toTimestamp } from "#src/domain/timestamp.ts";

const NOON = "2026-02-05T12:00:00.000Z";

/** Every form that is known to be stored, and what the API shows; null where it cannot be read as a time. */
const STORED: readonly (readonly [stored: unknown, shown: string | null])[] = [
  // ISO, with and without a fraction and a zone
  ["2026-02-05T12:00:00.000Z", NOON],
  ["2026-02-05T12:00:00.000", NOON],
  ["2026-02-05T12:00:00Z", NOON],
  ["2026-02-05T12:00:00", NOON],
  ["2026-02-05T12:00:00.123456", "2026-02-05T12:00:00.123Z"],
  ["2026-02-05T12:00:00.999999+00:00", "2026-02-05T12:00:00.999Z"],
  ["2026-02-05T12:00:00.5Z", "2026-02-05T12:00:00.500Z"],
  ["2026-02-05T12:00", NOON],
  ["2026-02-05t12:00:00z", NOON],
  // zones
  ["2026-02-05T14:00:00+02:00", NOON],
  ["2026-02-05T06:30:00-05:30", NOON],
  ["2026-02-06T01:45:00.000+13:45", NOON],
  ["2026-02-05 14:00:00+02:00", NOON],
  ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"],
  // SQLite's own forms
  ["2026-02-05 12:00:00", NOON],
  ["2026-02-05 12:00:00.250", "2026-02-05T12:00:00.250Z"],
  ["2026-02-05 12:00", NOON],
  [" 2026-02-05 12:00:00 ", NOON],
  ["2026-02-05", "2026-02-05T00:00:00.000Z"],
  // ends of the day, the month and the year
  ["2026-02-05 23:59:59", "2026-02-05T23:59:59.000Z"],
  ["2024-02-29 12:00:00", "2024-02-29T12:00:00.000Z"],
  ["2026-12-31T23:59:59.999Z", "2026-12-31T23:59:59.999Z"],
  // a day that the month has not is the next month's, as in SQLite, in every form
  ["2026-02-30 00:00:00", "2026-03-02T00:00:00.000Z"],
  ["2026-02-30T00:00:00.000", "2026-03-02T00:00:00.000Z"],
  ["2026-02-29T00:00:00.000", "2026-03-01T00:00:00.000Z"],
  // the years that RFC 3339 can write
  ["0000-01-01 00:00:00", "0000-01-01T00:00:00.000Z"],
  ["0099-07-01 00:00:00", "0099-07-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999", "9999-12-31T23:59:59.999Z"],
  ["0000-01-01T00:00:00+01:00", null],
  ["9999-12-31T23:59:59-01:00", null],
  ["10000-01-01T00:00:00Z", null],
  ["-2026-02-05T12:00:00Z", null],
  ["26-02-05 12:00:00", null],
  // out of range
  ["2026-13-01T00:00:00.000", null],
  ["2026-00-01 00:00:00", null],
  ["2026-01-32", null],
  ["2026-01-00T00:00:00.000", null],
  ["2026-01-01T24:00:00.000", null],
  ["2026-01-01 12:60:00", null],
  ["2026-01-01 12:00:60", null],
  ["2026-01-01T12:00:00+24:00", null],
  ["2026-01-01T12:00:00+02:60", null],
  // rubbish
  ["", null],
  ["yesterday", null],
  ["now", null],
  ["2026-02-05T12", null],
  ["2026-02-05T12:00:00.Z", null],
  ["2026-02-05T12:00:00+0200", null],
  ["2026-02-05T12:00:00 UTC", null],
  ["2026/02/05 12:00:00", null],
  ["2026-02-05T12:00:00Z; drop table agents", null],
  ["1770292800", null],
  [1_770_292_800, null],
  [2_461_077.0, null],
  [null, null],
  [undefined, null],
  [new Uint8Array([50, 48]), null],
];

describe("a stored time", () => {
  test.each(STORED.map(([stored, shown]) => ({ stored, shown })))("$stored is shown as $shown", ({ stored, shown }) => {
    expect(readTimestamp(stored)).toBe(shown);
    expect(toMillis(stored)).toBe(shown === null ? null : Date.parse(shown));
  });

  test("what is shown is read back to the same time", () => {
    for (const millis of [0, 1, 999, -1, Date.parse(NOON), Date.parse("9999-12-31T23:59:59.999Z")]) {
      expect(toMillis(toTimestamp(millis))).toBe(millis);
    }
  });
});

/** What `since` and `until` take, as it stands in the query after decoding. */
const INSTANTS: readonly (readonly [text: string, means: string])[] = [
  ["2026-02-05T12:00:00Z", NOON],
  ["2026-02-05T12:00:00.000Z", NOON],
  ["2026-02-05t12:00:00z", NOON],
  ["2026-02-05 12:00:00Z", NOON],
  ["2026-02-05T12:00:00.123456Z", "2026-02-05T12:00:00.123Z"],
  ["2026-02-05T14:00:00+02:00", NOON],
  ["2026-02-05T10:00:00-02:00", NOON],
  ["2026-02-05", "2026-02-05T00:00:00.000Z"],
  // without a zone it is UTC, as in a stored time
  ["2026-02-05T12:00:00", NOON],
  ["2026-02-05 12:00:00", NOON],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  // `+` in a URL that nobody escaped
  ["2026-02-05T14:00:00 02:00", NOON],
  ["2026-02-05T14:00:00.000 02:00", NOON],
  ["2026-02-05 14:00:00 02:00", NOON],
];

const NO_INSTANTS: readonly string[] = [
  "",
  "now",
  "2026",
  "2026-02",
  "2026-2-5",
  "2026-02-05T12:00Z",
  "2026-02-05T12:00:00+0200",
  "2026-02-05Z",
  "2026-13-01",
  "2026-02-00",
  "2026-02-30",
  "2026-04-31T00:00:00Z",
  "2026-02-05T24:00:00Z",
  "2026-02-05T12:00:00+24:00",
  " 2026-02-05",
  "2026-02-05\n",
  "1770292800000",
];

describe("a time in a query", () => {
  test.each(INSTANTS.map(([text, means]) => ({ text, means })))("$text means $means", ({ text, means }) => {
    expect(Instant.parse(text)).toBe(Date.parse(means));
  });

  test.each(NO_INSTANTS)("%j is refused, with what would be right", (text) => {
    const result = Instant.safeParse(text);
    expect(result.error?.issues.map(({ message }) => message)).toEqual([
      "expected RFC 3339 (2026-02-05T10:30:00Z) or a date (2026-02-05)",
    ]);
  });
});
