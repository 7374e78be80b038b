const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d{1,10}(?:\.\d{1,6})?)(ms|s|m|h)?$/;
const YEAR = 8_760 * UNITS.h;

/** What a duration may be written as. */
export const DURATIONS =
  "minutes, or a time with its unit such as 500ms, 30s, 5m or 2h, up to 8760h; 0 or off for never";

/** Milliseconds; null for never (`0`, `off`); undefined for what is no duration. Without a unit a number is minutes. */
export function parseDuration(text: string): number | null | undefined {
  if (text === "off") return null;
  const [, number, unit] = DURATION.exec(text) ?? [];
  if (number === undefined) return undefined;
  if (Number(number) === 0) return null;
  const millis = Number(number) * UNITS[(unit ?? "m") as keyof typeof UNITS];
  return millis > YEAR ? undefined : Math.max(1, Math.round(millis));
}
