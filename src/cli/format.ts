const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** A span of time in its two largest units: `3d 4h`, `5m 10s`, `0s`. */
export function formatAge(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const index = UNITS.findIndex(([, size]) => seconds >= size);
  if (index === -1) return "0s";
  const [unit, size] = UNITS[index]!;
  const next = UNITS[index + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[1]);
  return `${Math.floor(seconds / size)}${unit}${rest > 0 ? ` ${rest}${next![0]}` : ""}`;
}

/** The age of an API time (RFC 3339); `-` when there is none. */
export function ageOf(time: string | null, now: number): string {
  return time === null ? "-" : formatAge(now - Date.parse(time));
}

const dollars = (digits: Intl.NumberFormatOptions) =>
  new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: "USD",
    signDisplay: "negative",
    minimumFractionDigits: 2,
    ...digits,
  });
const LARGE = dollars({ maximumFractionDigits: 2 });
const SMALL = dollars({ maximumFractionDigits: 4 });
const TINY = dollars({ maximumSignificantDigits: 2, maximumFractionDigits: 6, roundingPriority: "lessPrecision" });

/** US dollars: two digits, more where the amount is small; `-` when nobody knows it. */
export function formatUsd(amount: number | null): string {
  if (amount === null) return "-";
  const size = Math.abs(amount);
  if (size === 0 || size >= 1) return LARGE.format(amount);
  return (size >= 0.01 ? SMALL : TINY).format(amount);
}

const COUNT = new Intl.NumberFormat("en-US");

/** A whole number with thousands apart. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** The local time of day of an API time. */
export function formatTime(time: string | null): string {
  if (time === null) return "--:--:--";
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The local date and time of day of an API time. */
export function formatDateTime(time: string | null): string {
  if (time === null) return "-";
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${formatTime(time)}`;
}
