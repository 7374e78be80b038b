export type Column<Row> = {
  readonly title: string;
  /** Text that is safe on a terminal, see `visible`. */
  readonly text: (row: Row) => string;
  readonly align?: "right";
  /** Takes what room is left, and is cut to it. There is one at most. */
  readonly grows?: true;
  readonly paint?: (row: Row, padded: string) => string;
};

const GAP = "  ";
const LEAST_GROWING = 8;

/** Lines of a table under its titles, as wide as `columns` allows. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => Bun.stringWidth(line[index]!))),
  );
  shrink(columns, widths, width);
  const line = (texts: readonly string[], paint: (column: Column<Row>, padded: string) => string) =>
    columns
      .map((column, index) => paint(column, padded(texts[index]!, widths[index]!, column.align === "right")))
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      (_column, text) => text,
    ),
    ...rows.map((row, index) => line(cells[index]!, (column, text) => column.paint?.(row, text) ?? text)),
  ];
}

function shrink<Row>(columns: readonly Column<Row>[], widths: number[], width: number): void {
  const growing = columns.findIndex(({ grows }) => grows === true);
  if (growing === -1) return;
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  const over = total - width;
  if (over > 0) widths[growing] = Math.max(LEAST_GROWING, widths[growing]! - over);
}

function padded(text: string, width: number, right: boolean): string {
  const fitting = fit(text, width);
  const blanks = " ".repeat(width - Bun.stringWidth(fitting));
  return right ? blanks + fitting : fitting + blanks;
}

/** Cuts text to a width in cells of a terminal, never inside a character. */
export function fit(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  return width < 1 ? "" : `${Bun.sliceAnsi(text, 0, width - 1)}…`;
}
