import type { Span } from "./timeline-geometry.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between two ticks, as clocks and calendars have them. */
const STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365, 3_650, 36_500].map((days) => days * DAY),
];

/** A tick: when, and whether a local day begins there. */
export type Tick = { readonly at: number; readonly label: string };

/**
 * Round local times within a span, not closer than `gap` pixels.
 * @param offset minutes that local time is behind UTC at a moment, as `Date` tells it
 */
export function ticksOf(shown: Span, width: number, gap = 90, offset = offsetAt): readonly Tick[] {
  const least = ((shown.to - shown.from) * gap) / Math.max(gap, width);
  const step = STEPS.find((millis) => millis >= least) ?? STEPS.at(-1)!;
  const shift = offset(shown.from) * MINUTE;
  const ticks: Tick[] = [];
  let at = Math.ceil((shown.from - shift) / step) * step + shift;
  for (; at <= shown.to; at += step) ticks.push({ at, label: labelOf(at, step, offset) });
  return ticks;
}

function offsetAt(time: number): number {
  return new Date(time).getTimezoneOffset();
}

/** As exact as the distance of the ticks asks for; a tick at midnight is its day. */
function labelOf(at: number, step: number, offset: (time: number) => number): string {
  const local = new Date(at - offset(at) * MINUTE).toISOString();
  if (step >= DAY || local.slice(11, 23) === "00:00:00.000") return local.slice(0, 10);
  if (step >= MINUTE) return local.slice(11, 16);
  return step >= SECOND ? local.slice(11, 19) : local.slice(11, 23);
}
