import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
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
import { LogGap, LogLine } from "./log-line.tsx";
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

const ROW_HEIGHT = 28;
/** Where there is little room a message stands below the rest. */
const NARROW_ROW_HEIGHT = 50;
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
  useEffect(() => list.toTop(), [source.key]);

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

  function open(row: LogRow): void {
    setActive(row);
    setOpened("pointer");
  }

  function move(step: 1 | -1): void {
    const at = active === null ? -1 : places.find(active.id);
    const to = at === -1 ? seen[0] : Math.max(0, Math.min(places.count - 1, at + step));
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
      if (opened !== null) list.scroller.current?.focus();
      leave();
      return true;
    },
    pause,
  });

  const idOf = (row: LogRow) => `${id}-${row.id}`;
  const isActiveDrawn = active !== null && drawn.some(({ row }) => row?.id === active.id);
  const isSystem = filter.kind === "system";
  const bodyOf = (known: LogPages) => (
    <>
      <LogBar until={filter.until} list={known} isPaused={isPaused} onPause={pause} onTop={toTop} />
      <div class={opened === null ? "logs-panes" : "logs-panes logs-opened"}>
        <div
          ref={list.scroller}
          class={`logs-scroller logs-of-${filter.kind}`}
          role="grid"
          aria-label={isSystem ? "System logs" : "Agent logs"}
          aria-rowcount={known.next === null ? places.count + 1 : -1}
          aria-activedescendant={isActiveDrawn ? idOf(active) : undefined}
          aria-readonly="true"
          tabIndex={0}
        >
          <LogHead isSystem={isSystem} />
          <div role="presentation" class="logs-rows" style={{ height: `${list.height}px` }}>
            <div role="rowgroup" style={{ transform: `translateY(${list.rows[0]?.start ?? 0}px)` }}>
              {drawn.map(({ index, row }) =>
                row === null ? (
                  <LogGap key={`gap-${index}`} index={index} />
                ) : (
                  <LogLine
                    key={row.id}
                    row={row}
                    index={index}
                    id={idOf(row)}
                    by={byOf(row)}
                    isActive={row.id === active?.id}
                    onOpen={open}
                  />
                ),
              )}
            </div>
          </div>
          <div class="logs-end">
            <LogEnd filter={filter} list={known} count={places.count} reading={reading} />
          </div>
        </div>
        {opened === null || active === null ? null : (
          <LogDetail
            row={active}
            agent={active.agentId === null ? undefined : agents(active.agentId)}
            takesFocus={opened === "key"}
            onClose={() => {
              leave();
              list.scroller.current?.focus();
            }}
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
  const what = isSystem ? "the system's logs" : "the logs";
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

function LogHead({ isSystem }: { readonly isSystem: boolean }) {
  const names = ["Time", "Level", ...(isSystem ? ["Component"] : ["Type", "Agent"]), "Message"];
  return (
    <div role="rowgroup" class="logs-head">
      <div role="row" aria-rowindex={1} class="logs-row">
        {names.map((name) => (
          <span key={name} role="columnheader" class={`logs-${name.toLowerCase()}`}>
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}
