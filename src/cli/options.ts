import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import type { Clock } from "#src/platform/clock.ts";

/** A whole number from `min` on. */
export function wholeNumber(min: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`It may be a whole number from ${min} on.`);
    }
    return value;
  };
}

/** An amount in US dollars. */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It may be an amount in US dollars, such as 0.25.");
  }
  return value;
}

/** A JSON value, or `@FILE` for one in a file. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text);
  } catch (error) {
    throw new InvalidArgumentError(`It may be JSON or @FILE: ${(error as Error).message}.`);
  }
}

/** A list separated by commas, of which each must be one of `choices`; may be given several times. */
export function listOf<const Item extends string>(choices: readonly Item[]) {
  const isChoice = (item: string): item is Item => (choices as readonly string[]).includes(item);
  return (text: string, before: readonly Item[] = []): Item[] => {
    const items = text.split(",").map((item) => item.trim());
    if (!items.every(isChoice))
      throw new InvalidArgumentError(`It may hold ${choices.join(", ")}, separated by commas.`);
    return [...before, ...items];
  };
}

/** Texts separated by commas; may be given several times. */
export function texts(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").filter((item) => item !== "")];
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as the API takes it, or how long ago: `30s`, `15m`, `2h`, `7d`. */
export function timeOrAge(now: Clock) {
  return (text: string): string => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count === undefined) return text;
    return new Date(now() - Number(count) * UNIT_MS[unit!]!).toISOString();
  };
}

export const limitOption = (rows: number) =>
  new Option("--limit <rows>", "rows at the most").argParser(wholeNumber(1)).default(rows);

/** Without the options that were not given. */
export function given<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}
