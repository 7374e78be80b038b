import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

type Options = {
  readonly count: number;
  /** Pixels of a row; where rows are of their own heights, about how high one is. */
  readonly rowHeight: number;
  /** Pixels of what stands above the rows and stays in sight, such as their headings. */
  readonly above?: number;
  /** Rows drawn beyond what is seen, on either side. */
  readonly overscan?: number;
  /** What a measured row is known by; rows of one height need none. One function, not a new one each time. */
  readonly keyOf?: (index: number) => string | number;
};

export type VirtualList = {
  /** Of the element that scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The rows to draw, by index, and where they begin in the list. */
  readonly rows: readonly { readonly index: number; readonly start: number }[];
  /** Pixels of all rows together. */
  readonly height: number;
  /** Pixels scrolled so far. */
  readonly offset: number;
  /** `ref` of rows that are to be measured; they carry their index as `data-index`. */
  readonly measure: (element: HTMLElement | null) => void;
  /** Scrolls as far as needed to see a row. */
  readonly reveal: (index: number) => void;
  readonly toTop: () => void;
};

/** The part of a list that is seen: however long it is, few of its rows are in the document. */
export function useVirtualList({ count, rowHeight, above = 0, overscan = 8, keyOf }: Options): VirtualList {
  const scroller = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const options = {
    count,
    overscan,
    scrollMargin: above,
    scrollPaddingStart: above,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
    ...(keyOf === undefined ? {} : { getItemKey: keyOf }),
  };
  const [list] = useState(() => new Virtualizer<HTMLDivElement, HTMLElement>(options));
  list.setOptions(options);
  // Both are for those who bind the library to a framework, as this does.
  // oxlint-disable-next-line no-underscore-dangle
  useLayoutEffect(() => list._didMount(), [list]);
  // oxlint-disable-next-line no-underscore-dangle
  useLayoutEffect(() => list._willUpdate());
  useLayoutEffect(() => list.measure(), [list, rowHeight]);
  return {
    scroller,
    rows: list.getVirtualItems().map(({ index, start }) => ({ index, start: start - above })),
    height: list.getTotalSize(),
    offset: list.scrollOffset ?? 0,
    measure: list.measureElement,
    reveal: (index) => list.scrollToIndex(index, { align: "auto" }),
    toTop: () => list.scrollToOffset(0),
  };
}
