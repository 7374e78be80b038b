import { Problem } from "#src/domain/problem.ts";

/** Smaller bodies are parsed in a few milliseconds whatever is in them. */
const SMALL_BYTES = 256 * 1024;
/** Members of objects and elements of arrays: what is taken here has far fewer, and parsing more would hold everybody up. */
const MOST_MEMBERS = 100_000;
/** Far deeper than any JSON that is stored: a field that is too deep is pointed at when it is looked at. */
const MOST_DEPTH = 250_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Refuses a large body of too many members, or nested too deeply, before it is parsed. It need not be JSON at all. */
export function checkJsonShape(body: Uint8Array): void {
  if (body.byteLength <= SMALL_BYTES) return;
  let members = 0;
  let depth = 0;
  for (let at = 0; at < body.byteLength; at += 1) {
    const byte = body[at]!;
    if (byte === QUOTE) at = endOfString(body, at);
    else if (byte === COMMA) members += 1;
    else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    if (members > MOST_MEMBERS) throw refusal(`it holds more than ${MOST_MEMBERS} members and elements`);
    if (depth > MOST_DEPTH) throw refusal(`it is nested deeper than ${MOST_DEPTH} levels`);
  }
}

/** Of the string that begins at the quote; the end of the body when it has none. */
function endOfString(body: Uint8Array, quote: number): number {
  for (let end = body.indexOf(QUOTE, quote + 1); end !== -1; end = body.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (body[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return body.byteLength;
}

function refusal(fault: string): Problem {
  return new Problem("validation", `The body is not valid: ${fault}.`, { errors: [{ pointer: "", detail: fault }] });
}
