import type { Cli } from "./cli.ts";
import { fit } from "./table.ts";

/** Lines that are drawn again and again: in place on a terminal, one below the other in a pipe. */
export type Screen = {
  /** Whether it draws in place. */
  readonly isLive: boolean;
  /** Draws soon; many calls within a short time draw once. */
  redraw(): void;
  /** Shows a line below, on stderr in a pipe; null takes it away. */
  notice(text: string | null): void;
  /** Draws what is still to be drawn, and gives the terminal back. */
  close(): void;
};

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[J";

export function createScreen(cli: Cli, draw: () => readonly string[], pauseMs: number): Screen {
  const { stdout, stderr } = cli.terminal;
  const isLive = stdout.isTerminal;
  let drawnLines = 0;
  let drawnText: string | null = null;
  let notice: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function paint(): void {
    timer = undefined;
    drawnAt = performance.now();
    const lines = draw();
    if (isLive) paintInPlace(lines);
    else paintBelow(lines);
  }

  function paintInPlace(lines: readonly string[]): void {
    const shown = [...lines, ...(notice === null ? [] : [cli.paint.yellow(notice)])];
    // More than the terminal holds would scroll, and could not be drawn over.
    const fitting = shown.slice(0, Math.max(1, stdout.rows() - 1)).map((line) => fit(line, stdout.columns()));
    const up = drawnLines === 0 ? HIDE_CURSOR : `\u001B[${drawnLines}A\r`;
    stdout.write(`${up}${CLEAR_BELOW}${fitting.join("\n")}\n`);
    drawnLines = fitting.length;
  }

  /** A pipe gets the lines again only when they changed. */
  function paintBelow(lines: readonly string[]): void {
    const text = lines.join("\n");
    if (text !== drawnText) stdout.write(`${drawnText === null || lines.length === 1 ? "" : "\n"}${text}\n`);
    drawnText = text;
  }

  return {
    isLive,
    redraw() {
      const wait = drawnAt + pauseMs - performance.now();
      if (wait <= 0) paint();
      else timer ??= setTimeout(paint, wait);
    },
    notice(text) {
      if (text === notice) return;
      notice = text;
      if (isLive) paint();
      else if (text !== null) stderr.write(`${text}\n`);
    },
    close() {
      if (timer !== undefined) {
        clearTimeout(timer);
        paint();
      }
      if (isLive) stdout.write(SHOW_CURSOR);
    },
  };
}
