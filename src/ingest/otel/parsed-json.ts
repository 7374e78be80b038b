import { toEnd } from "#src/domain/redact.ts";
import { EVENT_LIMITS, jsonFault, SMALL_JSON } from "#src/platform/json-shape.ts";

/** Characters; a longer text stays one. */
const LIMIT = 4 * 1024 * 1024;

/** The value of a text that is JSON of an object or list; anything else, and what would be slow to parse, as it is. */
export function parsedJson(value: unknown): unknown {
  if (typeof value !== "string" || value.length > LIMIT || !/^\s*[{[]/.test(value)) return value;
  if (value.length > SMALL_JSON && toEnd(jsonFault(Buffer.from(value), EVENT_LIMITS)) !== null) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
