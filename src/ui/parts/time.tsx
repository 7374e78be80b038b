import { useEffect, useState } from "preact/hooks";
import { formatAgo } from "./format.ts";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

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
  return <>{formatAgo(Math.max(0, useNow() - at))}</>;
}

export function utcOf(at: string): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 23)} UTC`;
}

function localOf(at: string, as: "time" | "full"): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  if (as === "full" || !isToday)
    return as === "full" ? full.format(date) : `${day.format(date)}, ${clock.format(date)}`;
  return clock.format(date);
}

const watchers = new Set<(now: number) => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  const now = Date.now();
  for (const watcher of watchers) watcher(now);
}

/** The present time in milliseconds, each second: one timer for all that shows how long ago something was. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    watchers.add(setNow);
    ticking ??= setInterval(tick, 1000);
    return () => {
      watchers.delete(setNow);
      if (watchers.size > 0) return;
      clearInterval(ticking);
      ticking = undefined;
    };
  }, []);
  return now;
}
