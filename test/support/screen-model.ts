/** What a person sees of a terminal that wraps long lines anew when it is resized, as most do. */
export type ScreenModel = {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** The rows on the screen and above it, without blanks at their ends. */
  readonly lines: readonly string[];
  /** Rows that went out at the top. */
  readonly scrolled: number;
  readonly isCursorShown: boolean;
  /** Sequences that it does not know. */
  readonly unknown: readonly string[];
};

// oxlint-disable-next-line no-control-regex
const TOKEN = /\u001B\[([?\d;]*)([A-Za-z])|\u001B[^[]|[\r\n]|[^\u001B\r\n]+/g;

export function createScreenModel(startColumns: number, startRows: number): ScreenModel {
  let columns = startColumns;
  let rows = startRows;
  // A line is what stands between two line ends; it takes as many rows as its cells need.
  const lines: string[] = [""];
  let line = 0;
  let column = 0;
  let isCursorShown = true;
  const unknown: string[] = [];

  const heightOf = (text: string) => Math.max(1, Math.ceil(Bun.stringWidth(text) / columns));
  const height = () => lines.reduce((sum, text) => sum + heightOf(text), 0);

  function moveUp(count: number): void {
    const above = lines.slice(0, line).reduce((sum, text) => sum + heightOf(text), 0);
    const now = above + Math.floor(column / columns);
    let target = Math.max(now - count, height() - rows, 0);
    column %= columns;
    line = 0;
    while (target >= heightOf(lines[line]!)) {
      target -= heightOf(lines[line]!);
      line += 1;
    }
    column += target * columns;
  }

  function put(text: string): void {
    const kept = Bun.sliceAnsi(lines[line]!, 0, column);
    lines[line] = kept.padEnd(kept.length + column - Bun.stringWidth(kept)) + text;
    column += Bun.stringWidth(text);
  }

  function obey(parameters: string, command: string): void {
    if (command === "A") moveUp(Number(parameters || 1));
    else if (command === "J" && parameters === "") {
      lines[line] = Bun.sliceAnsi(lines[line]!, 0, column);
      lines.length = line + 1;
    } else if (parameters === "?25" && (command === "h" || command === "l")) isCursorShown = command === "h";
    else if (command !== "m") unknown.push(`${parameters}${command}`);
  }

  return {
    write(text) {
      for (const [token, parameters = "", command] of text.matchAll(TOKEN)) {
        if (command !== undefined) obey(parameters, command);
        else if (token === "\r") column = 0;
        else if (token === "\n") {
          line += 1;
          if (line === lines.length) lines.push("");
        } else if (token.startsWith("\u001B")) unknown.push(token);
        else put(token);
      }
    },
    resize(newColumns, newRows) {
      columns = newColumns;
      rows = newRows;
    },
    get lines() {
      return lines.map((text) => text.trimEnd());
    },
    get scrolled() {
      return Math.max(0, height() - rows);
    },
    get isCursorShown() {
      return isCursorShown;
    },
    get unknown() {
      return unknown;
    },
  };
}
