/** UTC days as `2026-02-05`, both inclusive; null is open. Without both, what has no readable time counts too. */
export type Days = { readonly first: string | null; readonly last: string | null };

/** Ranges that end today, by their name in the address. `own` is from one given day to another. */
export const RANGES = ["7d", "30d", "90d", "month", "all", "own"] as const;
export type RangeName = (typeof RANGES)[number];

/** What is asked for; `days` is null while it cannot be, and `faults` says why, by field. */
export type Range = {
  readonly name: RangeName;
  readonly days: Days | null;
  readonly faults: { readonly range?: string; readonly from?: string; readonly to?: string };
};

const DAY_MS = 86_400_000;
const DEFAULT = "30d";

/** The UTC day of a time in milliseconds. */
export function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** The day so many days later. */
export function dayAfter(day: string, days = 1): string {
  return dayOf(Date.parse(day) + days * DAY_MS);
}

/** The range that an address asks for. @param today a UTC day */
export function rangeOf(query: URLSearchParams, today: string): Range {
  const asked = query.get("range") ?? DEFAULT;
  const name = RANGES.find((range) => range === asked);
  if (name === undefined) return { name: DEFAULT, days: null, faults: { range: refused("range", asked, RANGES) } };
  if (name === "own") return ownRange(query.get("from") ?? "", query.get("to") ?? "");
  return { name, days: daysUntil(today, name), faults: {} };
}

/** What is told of a value of the address that is none of those that it may be. */
export function refused(name: string, value: string, values: readonly string[]): string {
  return `${name}=${value} is none of ${values.join(", ")}`;
}

function daysUntil(today: string, name: Exclude<RangeName, "own">): Days {
  if (name === "all") return { first: null, last: null };
  if (name === "month") return { first: `${today.slice(0, 8)}01`, last: today };
  return { first: dayAfter(today, 1 - Number.parseInt(name, 10)), last: today };
}

function ownRange(from: string, to: string): Range {
  const faults = {
    ...(isDay(from) ? {} : { from: `"${from}" is no day: write it as 2026-02-05` }),
    ...(isDay(to) ? {} : { to: `"${to}" is no day: write it as 2026-02-05` }),
  };
  const isOrdered = from === "" || to === "" || from <= to;
  if (Object.keys(faults).length === 0 && !isOrdered) {
    return { name: "own", days: null, faults: { to: "The last day is before the first" } };
  }
  const days = { first: from === "" ? null : from, last: to === "" ? null : to };
  return { name: "own", days: Object.keys(faults).length === 0 ? days : null, faults };
}

/** Whether a text is a day of the calendar, or empty. */
function isDay(text: string): boolean {
  if (text === "") return true;
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const millis = Date.parse(text);
  return !Number.isNaN(millis) && dayOf(millis) === text;
}

/** The same as the API takes it: `until` is exclusive. */
export function windowOf({ first, last }: Days): { readonly since?: string; readonly until?: string } {
  return { ...(first === null ? {} : { since: first }), ...(last === null ? {} : { until: dayAfter(last) }) };
}

/** Whether a time (RFC 3339) lies in these days; one that cannot be read does only where both ends are open. */
export function coversTime({ first, last }: Days, at: string | null): boolean {
  if (first === null && last === null) return true;
  if (at === null) return false;
  const day = at.slice(0, 10);
  return (first === null || day >= first) && (last === null || day <= last);
}

/** These days in words, and in the name of a file. */
export function sayDays({ first, last }: Days, to = " to "): string {
  if (first === null && last === null) return to === " to " ? "all days" : "all-days";
  if (first === last) return first!;
  return `${first ?? "beginning"}${to}${last ?? "now"}`;
}
