/** When a new token ends, as the form offers it. */
export const EXPIRIES = ["never", "30", "90", "365", "day"] as const;
export type Expiry = (typeof EXPIRIES)[number];

export const EXPIRY: Readonly<Record<Expiry, string>> = {
  never: "Never",
  "30": "In 30 days",
  "90": "In 90 days",
  "365": "In a year",
  day: "On a day…",
};

const DAY_MS = 86_400_000;

/** The same as the API takes it. @param day of the calendar, for `day` */
export function expiryAt(expiry: Expiry, day: string, now: number): string | null {
  if (expiry === "never") return null;
  if (expiry === "day") return day;
  return new Date(now + Number(expiry) * DAY_MS).toISOString();
}
