import { once } from "./once.ts";

/** Numbers are part of the sentences of the page, which is English; times are told as the reader's browser is set. */
export const NUMBERS = "en-US";

const dollars = (most: number) =>
  once(() => new Intl.NumberFormat(NUMBERS, { style: "currency", currency: "USD", maximumFractionDigits: most }));
const usd = dollars(2);
const smallUsd = dollars(4);
const whole = once(() => new Intl.NumberFormat(NUMBERS, { maximumFractionDigits: 0 }));
const short = once(() => new Intl.NumberFormat(NUMBERS, { notation: "compact", maximumFractionDigits: 1 }));

/** US dollars; null, a cost that nobody knows, is a dash and never a zero. */
export function formatUsd(amount: number | null): string {
  if (amount === null) return "–";
  return (amount !== 0 && Math.abs(amount) < 1 ? smallUsd() : usd()).format(amount);
}

export function formatCount(count: number | null): string {
  return count === null ? "–" : whole().format(count);
}

/** `1 prompt`, `1,200 prompts`. */
export function formatMany(count: number, noun: string): string {
  return `${whole().format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `1.2K`, `3.4M`: where there is little room. */
export function formatShort(count: number | null): string {
  return count === null ? "–" : short().format(count);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "–";
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${UNITS[unit]}`;
}

/** A span of milliseconds in its two largest units: `3 d 4 h`, `12 min 5 s`, `340 ms`. */
export function formatDuration(millis: number | null): string {
  if (millis === null) return "–";
  if (millis < 1000) return `${Math.max(0, Math.round(millis))} ms`;
  const seconds = Math.floor(millis / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** How long ago, in one unit: `now`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatAgo(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
