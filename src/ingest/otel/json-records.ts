import type { Pace } from "./pace.ts";
import { Undecodable } from "./undecodable.ts";

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Containers around a record: request, resources, resource, scopes, scope, records. */
const RECORD_DEPTH = 6;
const MOST_DEPTH = 500;
/** What is around the records: resources and scopes. */
const MOST_AROUND = 4 * 1024 * 1024;
/** Members and elements of one record, or of what is around them all. */
const MOST_MEMBERS = 100_000;
/** Bytes between two looks at the clock. */
const STEP = 64 * 1024;

/** A JSON text taken apart, so that no single parse is long. */
export type Apart = {
  /** The text, with the number of each record in its place: it is valid JSON exactly when what is around the records is. */
  readonly around: string;
  readonly records: readonly Uint8Array[];
};

/** Takes the records of a request out of its text: the objects in the lists at their depth. It need not be JSON at all. */
export async function takeApart(body: Uint8Array, pace: Pace): Promise<Apart> {
  const around: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  const isList: boolean[] = [];
  let [depth, begin, end, members, membersAround, aroundBytes, looked] = [0, -1, 0, 0, 0, 0, 0];

  function keep(until: number): void {
    around.push(body.subarray(end, until));
    aroundBytes += until - end;
    if (aroundBytes > MOST_AROUND) throw new Undecodable("there is too much around the records");
  }
  function open(at: number, list: boolean): void {
    if (!list && begin === -1 && depth === RECORD_DEPTH && isList[depth] === true) {
      begin = at;
      members = 0;
    }
    depth += 1;
    if (depth > MOST_DEPTH) throw new Undecodable(`it is nested deeper than ${MOST_DEPTH} levels`);
    isList[depth] = list;
  }
  function close(at: number): void {
    depth -= 1;
    if (begin === -1 || depth !== RECORD_DEPTH) return;
    keep(begin);
    around.push(Buffer.from(String(records.length)));
    records.push(body.subarray(begin, at + 1));
    end = at + 1;
    begin = -1;
  }
  function count(): void {
    if (begin === -1) membersAround += 1;
    else members += 1;
    if (Math.max(members, membersAround) > MOST_MEMBERS) {
      throw new Undecodable(`it holds more than ${MOST_MEMBERS} members and elements in one place`);
    }
  }

  for (let at = 0; at < body.byteLength; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at);
    else if (byte === COMMA) count();
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) open(at, byte === OPEN_LIST);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) close(at);
    if (at - looked > STEP) {
      looked = at;
      await pace();
    }
  }
  keep(body.byteLength);
  return { around: Buffer.concat(around).toString(), records };
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
