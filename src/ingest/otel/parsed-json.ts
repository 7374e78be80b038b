/** Characters; a longer text stays one. */
const LIMIT = 4 * 1024 * 1024;

/** The value of a text that is JSON of an object or list; anything else as it is. */
export function parsedJson(value: unknown): unknown {
  if (typeof value !== "string" || value.length > LIMIT || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
