import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { formatAgo } from "./format.ts";
import { once } from "./once.ts";
import { serverNow } from "./server-time.ts";

const clock = once(() => new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }));
const day = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }));
const full = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }));

type Props = {
  /** RFC 3339; null is a dash. */
  readonly at: string | null;
  /** `ago` moves with time; `time` leaves the day out where it is today. */
  readonly as?: "ago" | "time" | "full";
};

/** A time in the reader's zone, with the whole of it in UTC on hover. */
export function Time({ at, as = "time" }: Props) {
  if (at === null) return <span class="muted">–</span>;
  return (
    <time dateTime={at} title={utcOf(at)}>
      {as === "ago" ? <Ago at={Date.parse(at)} /> : localOf(at, as)}
    </time>
  );
}

function Ago({ at }: { readonly at: number }) {
  return <>{useNowAs((now) => formatAgo(Math.max(0, now - at)))}</>;
}

export function utcOf(at: string): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 23)} UTC`;
}

function localOf(at: string, as: "time" | "full"): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  if (as === "full" || !isToday)
    return as === "full" ? full().format(date) : `${day().format(date)}, ${clock().format(date)}`;
  return clock().format(date);
}

const watchers = new Set<(now: number) => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  const now = serverNow();
  for (const watcher of watchers) watcher(now);
}

function watch(watcher: (now: number) => void): () => void {
  watchers.add(watcher);
  ticking ??= setInterval(tick, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The present time in milliseconds, each second: one timer for all that shows how long ago something was. */
export function useNow(): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => watch(setNow), []);
  return now;
}

/** What is made of the present time, a text or a number: the component is drawn again only when that has changed. */
export function useNowAs<Value extends string | number>(make: (now: number) => Value): Value {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const drawn = make(serverNow());
  const last = useRef({ make, drawn });
  last.current = { make, drawn };
  useEffect(() => {
    return watch((now) => {
      if (last.current.make(now) !== last.current.drawn) redraw(undefined);
    });
  }, []);
  return drawn;
}
