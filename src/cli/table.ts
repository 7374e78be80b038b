export type Column<Row> = {
  readonly title: string;
  /** Text that is safe on a terminal, see `visible`. */
  readonly text: (row: Row) => string;
  readonly align?: "right";
  /** Is never cut: an id is there to be copied. */
  readonly whole?: true;
  readonly paint?: (row: Row, padded: string) => string;
};

const GAP = "  ";
/** A column that is cut keeps so much, or its title. */
const LEAST = 8;

/** Lines of a table under its titles; where they would be wider than `width`, the widest columns are cut. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((widest, line) => Math.max(widest, Bun.stringWidth(line[index]!)), title.length),
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
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  const least = columns.map(({ title, whole }, index) => (whole ? widths[index]! : Math.max(LEAST, title.length)));
  for (let over = total - width; over > 0; over -= 1) {
    const spare = widths.map((each, index) => each - least[index]!);
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest]! <= 0) return;
    widths[widest]! -= 1;
  }
}

function padded(text: string, width: number, right: boolean): string {
  const fitting = fit(text, width);
  const blanks = " ".repeat(width - Bun.stringWidth(fitting));
  return right ? blanks + fitting : fitting + blanks;
}

/** Cuts text to a width in cells of a terminal, never inside a character. */
export function fit(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  if (width < 1) return "";
  // A character of two cells that begins in the last one would be too wide.
  for (let end = width - 1; ; end -= 1) {
    const cut = Bun.sliceAnsi(text, 0, end);
    if (Bun.stringWidth(cut) < width) return `${cut}…`;
  }
}
