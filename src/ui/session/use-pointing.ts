import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "#src/ui/parts/announce.ts";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";
import { hitAt, hitsOf, momentOf, type RowData } from "./timeline-data.ts";
import { xOf, timeAt } from "./timeline-geometry.ts";
import { type TipShown, toldOf } from "./tip.tsx";
import type { Zoom } from "./use-zoom.ts";

/** How near one must point, in pixels. */
const REACH = 4;
const TIP_WIDTH = 280;
const NO_ROW: RowData = { prompts: [], marks: [], tools: [], errors: [] };

type Pointed = {
  readonly zoom: Zoom;
  readonly width: number;
  readonly now: number;
  readonly data: ReadonlyMap<string, RowData>;
  /** The row that keys step through, where none has the focus. */
  readonly selected: string | null;
};

/** Shows what stands under the pointer; `,` and `.` step through what stands on the row of an agent. */
export function usePointing(frame: RefObject<HTMLElement | null>, pointed: Pointed) {
  const tip = useRef<(tip: TipShown | null) => void>(() => {});
  const latest = useRef(pointed);
  latest.current = pointed;
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const stepped = { agent: "", index: 0 };

    function place(track: Element, x: number): Pick<TipShown, "x" | "y"> {
      const [box, own] = [track.getBoundingClientRect(), element!.getBoundingClientRect()];
      const left = box.left - own.left + x;
      return { x: Math.max(0, Math.min(left, own.width - TIP_WIDTH)), y: box.bottom - own.top + 2 };
    }
    function onMove(event: PointerEvent): void {
      const track = (event.target as Element).closest("[data-track]");
      const { zoom, width, now, data } = latest.current;
      const row = track === null ? undefined : data.get(track.getAttribute("data-track")!);
      if (track === null || row === undefined || event.buttons !== 0) return tip.current?.(null);
      const x = event.clientX - track.getBoundingClientRect().left;
      const perPixel = (zoom.shown.to - zoom.shown.from) / Math.max(1, width);
      const hit = hitAt(row, timeAt(x, zoom.shown, width), perPixel * REACH, now);
      tip.current?.(hit === null ? null : { hit, ...place(track, x) });
    }
    function onKey(event: KeyboardEvent): void {
      if (event.key === "Escape") return tip.current?.(null);
      if ((event.key !== "," && event.key !== ".") || isTyping(event)) return;
      event.preventDefault();
      step(event.key === "." ? 1 : -1);
    }
    function step(by: 1 | -1): void {
      const { zoom, width, now, data, selected } = latest.current;
      const agent = focusedAgent() ?? selected ?? data.keys().next().value ?? "";
      const track = element!.querySelector(`[data-track="${CSS.escape(agent)}"]`);
      const hits = hitsOf(data.get(agent) ?? NO_ROW, now);
      if (track === null || hits.length === 0) return announce("Nothing stands on this row");
      const last = stepped.agent === agent ? stepped.index : by === 1 ? -1 : hits.length;
      const index = Math.max(0, Math.min(hits.length - 1, last + by));
      const hit = hits[index]!;
      const moment = momentOf(hit);
      Object.assign(stepped, { agent, index });
      const { from, to } = zoom.shown;
      if (moment < from || moment > to) zoom.pan((moment - (from + to) / 2) / (to - from));
      const x = Math.min(width, Math.max(0, xOf(moment, zoom.shown, width)));
      tip.current?.({ hit, ...place(track, x) });
      announce(`${toldOf(hit)}, ${index + 1} of ${hits.length}`);
    }
    const hide = () => tip.current?.(null);

    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerleave", hide);
    element.addEventListener("focusout", hide);
    element.addEventListener("keydown", onKey);
    return () => {
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerleave", hide);
      element.removeEventListener("focusout", hide);
      element.removeEventListener("keydown", onKey);
    };
  }, []);
  return tip;
}

/** The agent on whose row the focus is. */
function focusedAgent(): string | null {
  return document.activeElement?.closest("[data-agent]")?.getAttribute("data-agent") ?? null;
}
