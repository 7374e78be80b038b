import { once } from "#src/ui/parts/once.ts";
import { utcOf } from "#src/ui/parts/time.tsx";

const clock = once(
  () =>
    new Intl.DateTimeFormat(undefined, {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
    }),
);
const day = once(() => new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "short" }));
const year = once(() => new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "short", year: "numeric" }));

/** The time of a log to the millisecond, in the reader's zone; the day where it is not today's. UTC on hover. */
export function LogTime({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">no time</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={utcOf(at)}>
      {dayOf(date)}
      {clock().format(date)}
    </time>
  );
}

function dayOf(date: Date): string {
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return "";
  return `${(date.getFullYear() === now.getFullYear() ? day() : year()).format(date)} `;
}

/** A time as a field for times takes it: local, to the second; empty for none, or for what is no time. */
export function toField(time: string | undefined): string {
  const date = new Date(time ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return "";
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** What was put into such a field, as RFC 3339 in UTC; undefined for nothing. */
export function fromField(value: string): string | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
