/** A stretch of time, both ends in UTC milliseconds. */
export type Span = { readonly from: number; readonly to: number };

/** What has a beginning and an end, as it is stored: either may be missing, or be the wrong way round. */
export type Timed = {
  readonly began: string | null;
  readonly ended: string | null;
  /** The last that is known of it: the end of one that ended at an unknown time. */
  readonly touched: string | null;
  /** Whether it goes on. */
  readonly isOpen: boolean;
};

/** The closest one can look. */
const SHORTEST_MS = 10;
/** What happened in one instant is shown with so much around it. */
const AROUND_MS = 5;

export function millisOf(time: string | null): number | null {
  if (time === null) return null;
  const millis = Date.parse(time);
  return Number.isFinite(millis) ? millis : null;
}

/** When something was going on; null where no time of it is known. What ended before it began took no time. */
export function spanOf({ began, ended, touched, isOpen }: Timed, now: number): Span | null {
  const last = isOpen ? now : (millisOf(ended) ?? millisOf(touched));
  const from = millisOf(began) ?? (isOpen ? millisOf(touched) : last);
  if (from === null) return null;
  return { from, to: Math.max(from, last ?? from) };
}

/** What covers all of them, with some time around one instant, so that it can be shown. */
export function shownSpanOf(spans: Iterable<Span | null>): Span | null {
  const all = spanOfAll(spans);
  if (all === null || all.to - all.from >= SHORTEST_MS) return all;
  return { from: all.from - AROUND_MS, to: all.to + AROUND_MS };
}

/** What covers all of them; null where there is none. */
export function spanOfAll(spans: Iterable<Span | null>): Span | null {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const span of spans) {
    if (span === null) continue;
    from = Math.min(from, span.from);
    to = Math.max(to, span.to);
  }
  return from > to ? null : { from, to };
}

/** The part that is shown after zooming by a factor (below 1 is closer) around a moment, within the whole. */
export function zoomed({ from, to }: Span, factor: number, around: number, whole: Span): Span {
  const length = Math.min(whole.to - whole.from, Math.max(SHORTEST_MS, (to - from) * factor));
  const share = to === from ? 0.5 : (around - from) / (to - from);
  const begin = around - share * length;
  return within({ from: begin, to: begin + length }, whole);
}

/** The part that is shown after moving by so many milliseconds, within the whole. */
export function panned({ from, to }: Span, by: number, whole: Span): Span {
  return within({ from: from + by, to: to + by }, whole);
}

/** The same length, moved so far that it lies within the whole. */
export function within({ from, to }: Span, whole: Span): Span {
  const length = Math.min(to - from, whole.to - whole.from);
  const begin = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: begin, to: begin + length };
}

/** Where a moment stands in a picture of that width, in pixels. */
export function xOf(time: number, shown: Span, width: number): number {
  return ((time - shown.from) / (shown.to - shown.from)) * width;
}

export function timeAt(x: number, shown: Span, width: number): number {
  return shown.from + (x / Math.max(1, width)) * (shown.to - shown.from);
}

/** A bar of a picture: where it begins and how wide it is, in pixels. */
export type Bar = { readonly x: number; readonly width: number };

/** The part of a span that is to be seen, wide enough to be seen; null when nothing of it is. */
export function barOf(span: Span | null, shown: Span, width: number, least = 2): Bar | null {
  if (span === null || span.to < shown.from || span.from > shown.to) return null;
  const x = Math.max(0, xOf(span.from, shown, width));
  const end = Math.min(width, xOf(span.to, shown, width));
  const wide = Math.max(least, end - x);
  return { x: Math.min(x, width - least), width: wide };
}

/** Bars in order of their begin, of which those that stand closer than a pixel are one: as few as can be told apart. */
export function mergedBars(spans: readonly (Span | null)[], shown: Span, width: number): Bar[] {
  const bars: { x: number; width: number }[] = [];
  for (const span of spans) {
    const bar = barOf(span, shown, width);
    if (bar === null) continue;
    const last = bars.at(-1);
    // Where both are too short for their true width, one more pixel tells nothing.
    if (last !== undefined && bar.width <= 2 && bar.x - last.x < 1) continue;
    bars.push(bar);
  }
  return bars;
}

/** Where marks stand, one for all of a pixel. @param times ascending, UTC milliseconds */
export function mergedMarks(times: readonly number[], shown: Span, width: number): number[] {
  const marks: number[] = [];
  for (let at = firstFrom(times, shown.from); at < times.length && times[at]! <= shown.to; at += 1) {
    const x = Math.min(width - 1, Math.floor(xOf(times[at]!, shown, width)));
    if (marks.at(-1) !== x) marks.push(x);
  }
  return marks;
}

/** The index of the first that is not before a moment. @param times ascending */
export function firstFrom(times: readonly number[], moment: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is looked at: null is the whole. One that `follows` ends where the whole ends, as that grows. */
export type Part = { readonly span: Span; readonly follows: boolean } | null;

export function shownOf(part: Part, whole: Span): Span {
  if (part === null) return whole;
  const { from, to } = part.span;
  return within(part.follows ? { from: whole.to - (to - from), to: whole.to } : part.span, whole);
}

/** Nearly all of it is all of it, and who looks at the end wants to go on seeing the end. */
export function partOf(span: Span, whole: Span): Part {
  const length = span.to - span.from;
  if (length >= (whole.to - whole.from) * 0.999) return null;
  return { span, follows: span.to >= whole.to - length * 0.005 };
}
