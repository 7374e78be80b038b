import { shown } from "./statistics.ts";

/** What is wanted of one figure, and what it came to: a line of the report. Nothing fails by it. */
export type Verdict = string;

/** A figure that should not be below its target. */
export function atLeast(what: string, target: number, reached: number, unit = ""): Verdict {
  return verdict(what, `≥ ${plain(target)}${unit}`, `${shown(reached)}${unit}`, (target - reached) / target);
}

/** A figure that should not be above its target. */
export function atMost(what: string, target: number, reached: number, unit = ""): Verdict {
  return verdict(what, `≤ ${plain(target)}${unit}`, `${shown(reached)}${unit}`, (reached - target) / target);
}

function verdict(what: string, target: string, reached: string, short: number): Verdict {
  if (Number.isNaN(short)) return `- ${what}: wanted ${target}, **not measured**`;
  const missed = short > 0 ? `, **missed by ${shown(short * 100)} %**` : "";
  return `- ${what}: wanted ${target}, reached ${reached}${missed}`;
}

function plain(value: number): string {
  return value.toLocaleString("en-US");
}
