import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { isAddressable } from "#src/client/path.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import { LOG_LEVELS } from "#src/domain/vocabulary.ts";
import { Instant } from "#src/domain/timestamp.ts";
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

/** A port that something can listen on. */
export function portNumber(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 65_535) return value;
  throw new InvalidArgumentError("It may be a port from 1 to 65535.");
}

/** An amount in US dollars. */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It may be an amount in US dollars, such as 0.25.");
  }
  return value;
}

/** A JSON value that was given. The parser would take `null` itself for none. */
export type JsonGiven = { readonly value: unknown };

/** A JSON value, or `@FILE` for one in a file. */
export function jsonValue(text: string): JsonGiven {
  try {
    return { value: JSON.parse(text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text) };
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

/** An option for such a list; help and completion show its choices. */
export function listOption<const Item extends string>(flags: string, description: string, choices: readonly Item[]) {
  return new Option(flags, description).choices(choices).argParser(listOf(choices));
}

const LEVELS = LOG_LEVELS.map((level) => level.toLowerCase());

/** Levels of logs, in any case; `warn` is `warning`. */
export function levelsOption(flags: string, description: string) {
  const read = (text: string, before: readonly LogLevel[] = []) => [...before, ...text.split(",").map(readLevel)];
  return new Option(flags, description).choices(LEVELS).argParser(read);
}

function readLevel(text: string): LogLevel {
  const name = text.trim().toUpperCase();
  const level = LOG_LEVELS.find((each) => each === (name === "WARN" ? "WARNING" : name));
  if (level !== undefined) return level;
  throw new InvalidArgumentError(`It may be ${LEVELS.join(", ")}.`);
}

/** Texts separated by commas; may be given several times. */
export function texts(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").map(idOrName)];
}

/** An id, or a name: a shell gives an empty one for a variable that is not set. */
export function idOrName(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}

/** An id that can stand in an address. */
export function idText(text: string): string {
  if (text !== "" && !isAddressable(text)) throw new InvalidArgumentError("It is no id.");
  return idOrName(text);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time as the API takes it, or how long ago: `30s`, `15m`, `2h`, `7d`. */
export function timeOrAge(now: Clock) {
  return (text: string): string => {
    const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
    if (count === undefined) {
      if (Instant.safeParse(text).success) return text;
      throw new InvalidArgumentError(
        "It may be RFC 3339, a date such as 2026-02-05, or an age such as 15m, 2h, 7d, 2w.",
      );
    }
    return new Date(now() - Number(count) * UNIT_MS[unit!]!).toISOString();
  };
}

export const limitOption = (rows: number) =>
  new Option("-n, --limit <rows>", "rows at the most").argParser(wholeNumber(1)).default(rows);

/** Without the options that were not given. */
export function given<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}
