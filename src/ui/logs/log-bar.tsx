import { formatCount } from "#src/ui/parts/format.ts";
import { isOver } from "./log-filter.ts";
import type { LogPages } from "./log-pages.ts";

type Props = {
  /** The end of what is shown, where there is one. */
  readonly until: string | undefined;
  readonly list: LogPages;
  readonly isPaused: boolean;
  readonly onPause: () => void;
  readonly onTop: () => void;
};

/** Whether the list moves by itself, and what waits to be shown. */
export function LogBar({ until, list, isPaused, onPause, onTop }: Props) {
  const { waiting, isCut, isFollowing } = list;
  if (isOver(until)) return null;
  return (
    <div class="logs-bar">
      <button type="button" aria-pressed={isPaused} onClick={onPause} title={isPaused ? "Go on (p)" : "Pause (p)"}>
        {isPaused ? "Go on" : "Pause"}
      </button>
      <span class="muted">{stateOf(isFollowing, isPaused)}</span>
      {isFollowing || (waiting.length === 0 && !isCut) ? null : (
        <button type="button" class="primary logs-new" onClick={onTop}>
          {isCut ? "Many new logs" : `${formatCount(waiting.length)} new`} <span aria-hidden="true">↑</span>
        </button>
      )}
    </div>
  );
}

function stateOf(isFollowing: boolean, isPaused: boolean): string {
  if (isFollowing) return "New logs appear at the top";
  return isPaused ? "Paused" : "Stands still while you read";
}
