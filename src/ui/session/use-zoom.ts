import { useRef, useState } from "preact/hooks";
import { panned, type Part, partOf, shownOf, type Span, timeAt, within, zoomed } from "./timeline-geometry.ts";

/** What part of a picture is shown, and what moves it. */
export type Zoom = {
  readonly shown: Span;
  readonly isWhole: boolean;
  /** @param factor below 1 is closer @param around a moment that stays where it is; the middle unless told */
  readonly zoom: (factor: number, around?: number) => void;
  /** Moves it by a share of what is shown; above 0 is later. */
  readonly pan: (share: number) => void;
  /** Shows a span with a little around it; null is the whole. */
  readonly show: (span: Span | null) => void;
};

const AROUND = 0.05;

export function useZoom(whole: Span): Zoom {
  const [part, setPart] = useState<Part>(null);
  const latest = useRef(whole);
  latest.current = whole;

  function move(next: (shown: Span, all: Span) => Span): void {
    setPart((before) => {
      const all = latest.current;
      return partOf(next(shownOf(before, all), all), all);
    });
  }

  return {
    shown: shownOf(part, whole),
    isWhole: part === null,
    zoom: (factor, around) => move((shown, all) => zoomed(shown, factor, around ?? timeAt(0.5, shown, 1), all)),
    pan: (share) => move((shown, all) => panned(shown, share * (shown.to - shown.from), all)),
    show: (span) =>
      move((_, all) => {
        if (span === null) return all;
        const around = Math.max(1, (span.to - span.from) * AROUND);
        return within({ from: span.from - around, to: span.to + around }, all);
      }),
  };
}
