import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";
import { timeAt } from "./timeline-geometry.ts";
import type { Zoom } from "./use-zoom.ts";

const CLOSER = 0.7;
const STEP = 0.15;
/** Of a wheel's pixels. */
const WHEEL = 400;

/** Keys that move the picture, while something in it has the focus. */
const KEYS: Readonly<Record<string, (zoom: Zoom) => void>> = {
  "+": closer,
  "=": closer,
  "-": wider,
  "0": ({ show }) => show(null),
  ArrowLeft: ({ pan }) => pan(-STEP),
  ArrowRight: ({ pan }) => pan(STEP),
};

export function closer({ zoom }: Zoom): void {
  zoom(CLOSER);
}

export function wider({ zoom }: Zoom): void {
  zoom(1 / CLOSER);
}

/**
 * Wheel with Ctrl zooms (so does pinching), sideways it moves, dragging moves, and so do keys.
 * @param frame what holds the tracks @param trackOf the track's box at a place, null beside one
 */
export function useZoomGestures(
  frame: RefObject<HTMLElement | null>,
  zoom: Zoom,
  trackOf: (target: EventTarget | null) => DOMRect | null,
): void {
  const latest = useRef({ zoom, trackOf });
  latest.current = { zoom, trackOf };
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    // What comes between two pictures is done together with the next one.
    let wheeled = { factor: 1, around: 0, share: 0 };
    let isDue = false;
    let dragging: { readonly id: number; x: number; readonly width: number } | null = null;

    function onWheel(event: WheelEvent): void {
      const box = latest.current.trackOf(event.target);
      if (box === null) return;
      if (event.ctrlKey || event.metaKey) {
        wheeled.factor *= Math.exp(event.deltaY / WHEEL);
        wheeled.around = timeAt(event.clientX - box.left, latest.current.zoom.shown, box.width);
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        wheeled.share += event.deltaX / Math.max(1, box.width);
      } else return;
      event.preventDefault();
      later();
    }
    function later(): void {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        const { factor, around, share } = wheeled;
        wheeled = { factor: 1, around: 0, share: 0 };
        isDue = false;
        if (factor !== 1) latest.current.zoom.zoom(factor, around);
        if (share !== 0) latest.current.zoom.pan(share);
      });
    }
    function onDown(event: PointerEvent): void {
      const box = latest.current.trackOf(event.target);
      if (box === null || event.button !== 0 || latest.current.zoom.isWhole) return;
      dragging = { id: event.pointerId, x: event.clientX, width: Math.max(1, box.width) };
      element!.setPointerCapture(event.pointerId);
    }
    function onMove(event: PointerEvent): void {
      if (dragging?.id !== event.pointerId) return;
      wheeled.share += (dragging.x - event.clientX) / dragging.width;
      dragging.x = event.clientX;
      later();
    }
    function onUp(event: PointerEvent): void {
      if (dragging?.id === event.pointerId) dragging = null;
    }
    function onKey(event: KeyboardEvent): void {
      const move = isTyping(event) ? undefined : KEYS[event.key];
      if (move === undefined) return;
      event.preventDefault();
      move(latest.current.zoom);
    }

    element.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onUp);
    element.addEventListener("keydown", onKey);
    return () => {
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onUp);
      element.removeEventListener("keydown", onKey);
    };
  }, []);
}
