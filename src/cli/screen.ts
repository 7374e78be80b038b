import type { Cli } from "./cli.ts";
import { fit } from "./table.ts";

/** Lines that are drawn again and again: in place on a terminal, one below the other in a pipe. */
export type Screen = {
  /** Draws soon; many calls within a short time draw once. */
  redraw(): void;
  /** Shows a line below until null takes it away; in a pipe there is no place for it. */
  notice(text: string | null): void;
  /** Draws what is still to be drawn, and gives the terminal back. */
  close(): void;
};

export type ScreenOptions = {
  /** The lines to draw, at most so many. */
  readonly draw: (room: number) => readonly string[];
  /** Whether to draw in place. */
  readonly isLive: boolean;
  /** Milliseconds from one drawing to the next, at least. */
  readonly pauseMs: number;
};

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[J";

export function createScreen(cli: Cli, { draw, isLive, pauseMs }: ScreenOptions): Screen {
  const { stdout } = cli.terminal;
  let drawn: readonly string[] = [];
  let notice: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function paint(): void {
    clearTimeout(timer);
    timer = undefined;
    drawnAt = performance.now();
    if (isLive) paintInPlace();
    else paintBelow(draw(Number.POSITIVE_INFINITY));
  }

  function paintInPlace(): void {
    const below = notice === null ? [] : [cli.paint.yellow(notice)];
    // More than the terminal holds would scroll, and could not be drawn over.
    const room = Math.max(1, stdout.rows() - 1);
    const lines = [...draw(Math.max(1, room - below.length)), ...below].slice(-room);
    const fitting = lines.map((line) => fit(line, stdout.columns()));
    const height = drawnHeight();
    const up = drawn.length === 0 ? HIDE_CURSOR : `\u001B[${height}A\r`;
    stdout.write(`${up}${CLEAR_BELOW}${fitting.join("\n")}\n`);
    drawn = fitting;
  }

  /** Rows that the last drawing takes now: a terminal that became narrower has wrapped its lines. */
  function drawnHeight(): number {
    const columns = stdout.columns();
    return drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)), 0);
  }

  /** A pipe gets the lines again only when they changed. */
  function paintBelow(lines: readonly string[]): void {
    const text = lines.join("\n");
    if (text !== drawn.join("\n")) stdout.write(`${drawn.length === 0 || lines.length === 1 ? "" : "\n"}${text}\n`);
    drawn = lines;
  }

  return {
    redraw() {
      const wait = drawnAt + pauseMs - performance.now();
      if (wait <= 0) paint();
      else timer ??= setTimeout(paint, wait);
    },
    notice(text) {
      if (text === notice) return;
      notice = text;
      if (isLive) paint();
    },
    close() {
      if (timer !== undefined) paint();
      if (isLive) stdout.write(SHOW_CURSOR);
    },
  };
}
