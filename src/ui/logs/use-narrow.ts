import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Pixels below which a line is drawn on two. */
const NARROW = 760;

/** Whether an element has little room, however wide the screen is. */
export function useNarrow(element: RefObject<HTMLElement | null>): boolean {
  const [isNarrow, setNarrow] = useState(() => innerWidth < NARROW);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setNarrow(entry!.contentRect.width < NARROW));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return isNarrow;
}
