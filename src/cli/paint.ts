import { styleText } from "node:util";

/** Colours and weights that commands use; each leaves the text as it is where there is no colour. */
export type Paint = Record<(typeof NAMES)[number], Painter>;
type Painter = (text: string) => string;

const NAMES = ["red", "green", "yellow", "cyan", "dim", "bold"] as const;

export function createPaint(hasColor: boolean): Paint {
  const painter =
    (name: (typeof NAMES)[number]): Painter =>
    (text) =>
      hasColor && text !== "" ? styleText(name, text, { validateStream: false }) : text;
  return Object.fromEntries(NAMES.map((name) => [name, painter(name)])) as Paint;
}

/** How a status looks: what needs somebody stands out. */
export function paintStatus(paint: Paint, status: string): Painter {
  switch (status) {
    case "waiting":
      return (text) => paint.bold(paint.yellow(text));
    case "failed":
      return paint.red;
    case "completed":
      return paint.green;
    case "cancelled":
    case "pending":
    case "idle":
      return paint.dim;
    default:
      return paint.cyan;
  }
}

/** How the level of a log looks. */
export function paintLevel(paint: Paint, level: string): Painter {
  if (level === "ERROR" || level === "CRITICAL") return paint.red;
  if (level === "WARNING") return paint.yellow;
  return level === "DEBUG" ? paint.dim : (text) => text;
}
