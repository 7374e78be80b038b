import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "#src/client/client.ts";
import { nameOf, shortId } from "#src/ui/parts/agent-name.ts";
import { announce } from "#src/ui/parts/announce.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { useVirtualList } from "#src/ui/parts/virtual-list.tsx";
import { useLink, useSource } from "#src/ui/store/use-store.ts";
import { LogBar } from "./log-bar.tsx";
import { LogDetail } from "./log-detail.tsx";
import { LogEnd } from "./log-end.tsx";
import { type LogFilter, textOf } from "./log-filter.ts";
import { LogGrid, NARROW_ROW_HEIGHT, ROW_HEIGHT } from "./log-grid.tsx";
import { follow, type LogPages } from "./log-pages.ts";
import { placesOf } from "./log-places.ts";
import type { LogRow } from "./log-row.ts";
import { logSource } from "./log-source.ts";
import { useAgents } from "./use-agents.ts";
import { useListKeys } from "./use-list-keys.ts";
import { useLogPages } from "./use-log-pages.ts";
import { useNarrow } from "./use-narrow.ts";

type Props = {
  readonly filter: LogFilter;
  /** Told why the logs cannot be read, and null when they can. What the server refuses (422) is then shown by who is told. */
  readonly onError?: (error: Error | null) => void;
};

const EMPTY: LogPages["pages"] = [];

/**
 * Logs, newest first, as they come; older ones are read as one scrolls. While somebody reads (has scrolled, chosen a row or
 * paused) the list stands still, and says how many are new. As high as its place: `--logs-height`, 480 px unless set.
 */
export function LogList({ filter, onError }: Props) {
  const { link, cut } = useLink();
  const key = textOf(filter);
  const source = useMemo(() => logSource(filter, cut?.at), [key, cut]);
  const slice = useSource(source);
  const { value, error, put, reload } = slice;
  const [isPaused, setPaused] = useState(false);
  const [active, setActive] = useState<LogRow | null>(null);
  const [opened, setOpened] = useState<"pointer" | "key" | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow(frame);
  const pages = value?.pages ?? EMPTY;
  const places = useMemo(() => placesOf(pages), [pages]);
  const heights = isNarrow ? { rowHeight: NARROW_ROW_HEIGHT, above: 0 } : { rowHeight: ROW_HEIGHT, above: ROW_HEIGHT };
  const list = useVirtualList({ count: places.count, ...heights });
  const seen = [list.rows[0]?.index ?? 0, list.rows.at(-1)?.index ?? 0] as const;
  const reading = useLogPages(filter, slice, places, seen);
  const drawn = list.rows.map(({ index }) => ({ index, row: places.rowAt(index) }));
  const agents = useAgents(new Set(drawn.flatMap(({ row }) => row?.agentId ?? [])));
  const id = useId();

  const isToFollow = !isPaused && active === null && list.offset < ROW_HEIGHT / 2;
  useEffect(() => {
    if (value === undefined || value.isFollowing === isToFollow) return;
    put((known) => follow(known, isToFollow));
    if (isToFollow && value.isCut) reload();
  }, [value, isToFollow]);
  useEffect(() => onError?.(error), [error]);
  useEffect(() => {
    if (link.state === "live") reading.retry();
  }, [link.state]);
  // Another list is another place to read.
  useEffect(() => leave, [source.key]);
  const isRead = value !== undefined;
  useLayoutEffect(() => list.toTop(), [source.key, isRead]);

  function leave(): void {
    setActive(null);
    setOpened(null);
  }

  function pause(): void {
    announce(isPaused ? "Going on" : "Paused");
    setPaused(!isPaused);
  }

  function toTop(): void {
    setPaused(false);
    leave();
    list.toTop();
    list.scroller.current?.focus();
  }

  function close(): void {
    if (opened !== null) list.scroller.current?.focus();
    leave();
  }

  const open = useCallback((row: LogRow): void => {
    setActive(row);
    setOpened("pointer");
  }, []);

  function move(step: 1 | -1): void {
    const at = active === null ? -1 : places.find(active.id);
    const to =
      at === -1 ? Math.ceil(list.offset / heights.rowHeight) : Math.max(0, Math.min(places.count - 1, at + step));
    const row = places.rowAt(to);
    if (row === null) return;
    setActive(row);
    list.reveal(to);
  }

  useListKeys(frame, {
    move,
    open: () => active !== null && setOpened("key"),
    leave: () => {
      if (active === null) return false;
      close();
      return true;
    },
    pause,
  });

  const bodyOf = (known: LogPages) => (
    <>
      <LogBar until={filter.until} list={known} isPaused={isPaused} onPause={pause} onTop={toTop} />
      <div class={opened === null ? "logs-panes" : "logs-panes logs-opened"}>
        <LogGrid
          kind={filter.kind}
          list={list}
          rowHeight={heights.rowHeight}
          drawn={drawn}
          count={known.next === null ? places.count : null}
          active={active}
          id={id}
          byOf={byOf}
          onOpen={open}
        >
          <LogEnd filter={filter} list={known} count={places.count} reading={reading} />
        </LogGrid>
        {opened === null || active === null ? null : (
          <LogDetail
            row={active}
            agent={active.agentId === null ? undefined : agents(active.agentId)}
            takesFocus={opened === "key"}
            onClose={close}
          />
        )}
      </div>
    </>
  );

  function byOf(row: LogRow): string {
    if (row.agentId === null) return row.component ?? "";
    const agent = agents(row.agentId);
    return agent === undefined ? shortId(row.agentId) : nameOf(agent);
  }

  const isRefused = onError !== undefined && error instanceof ApiError && error.problem.errors !== undefined;
  const what = filter.kind === "system" ? "the system's logs" : "the logs";
  return (
    <div ref={frame} class={isNarrow ? "logs-frame logs-narrow" : "logs-frame"}>
      {isRefused ? (
        <p class="empty">The server refuses these filters: see what is marked.</p>
      ) : (
        <SliceView slice={slice} what={what}>
          {bodyOf}
        </SliceView>
      )}
    </div>
  );
}
