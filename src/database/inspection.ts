/** What stands where the configuration says, found without changing it. */
export type Inspection = {
  /** Name and version of the engine. */
  readonly engine: string;
  /** `interrupted`: a program that wrote it was cut off; who opens it next takes back what that left. */
  readonly kind: "missing" | "empty" | "ancestor" | "foreign" | "ours" | "unknown" | "interrupted";
  /** Migrations that the file has; null when it is not ours. */
  readonly schema: number | null;
  /** Migrations that this program knows. */
  readonly newest: number;
  readonly bytes: number;
  /** Permissions of the file; null when it is missing. */
  readonly mode: number | null;
  /** Why it cannot be used; null when it can. */
  readonly fault: string | null;
  /** What would help a damaged file; null for any other. */
  readonly advice: string | null;
  /** When the last of its tokens expires, UTC milliseconds; `Infinity` for one that does not, null without any. */
  readonly tokensUntil: number | null;
};
