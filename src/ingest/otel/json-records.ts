import { countDistinct, type Distinct, MARKS, scanJson } from "#src/platform/json-scan.ts";
import { EVENT_LIMITS } from "#src/platform/json-shape.ts";
import type { Pace } from "./pace.ts";
import { Undecodable } from "./undecodable.ts";

/** Containers around a record: request, resources, resource, scopes, scope, records. */
const RECORD_DEPTH = 6;
const MOST_DEPTH = 500;
/** What is around the records: resources and scopes. */
const MOST_AROUND = 4 * 1024 * 1024;
/** Bytes of a record in which no names are counted: there cannot be many. */
const FEW_NAMES = EVENT_LIMITS.names;

/** A JSON text taken apart, so that no single parse is long. */
export type Apart = {
  /** The text, with the number of each record in its place: it is valid JSON exactly when what is around the records is. */
  readonly around: string;
  readonly records: readonly Uint8Array[];
};

/** What a single parse will meet: one record, or what is around them all. */
type Place = { members: number; escapes: number; names: Distinct | null };

/** Takes the records of a request out of its text: the objects in the lists at their depth. It need not be JSON at all. */
export async function takeApart(body: Uint8Array, pace: Pace): Promise<Apart> {
  const pieces: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  const isList: boolean[] = [];
  const around: Place = { members: 0, escapes: 0, names: countDistinct() };
  const ofRecord = countDistinct();
  let place = around;
  let depth = 0;
  let begin = 0;
  let end = 0;
  let bytesAround = 0;
  let escapesBefore = 0;

  function keep(until: number): void {
    pieces.push(body.subarray(end, until));
    bytesAround += until - end;
    if (bytesAround > MOST_AROUND) throw new Undecodable("there is too much around the records");
  }
  /** The escapes up to here are of the place that ends. */
  function change(next: Place): void {
    place.escapes += scan.escapes - escapesBefore;
    escapesBefore = scan.escapes;
    check(place);
    place = next;
  }
  function open(at: number, list: boolean): void {
    if (!list && place === around && depth === RECORD_DEPTH && isList[depth] === true) {
      begin = at;
      change({ members: 0, escapes: 0, names: null });
    }
    depth += 1;
    if (depth > MOST_DEPTH) throw new Undecodable(`it is nested deeper than ${MOST_DEPTH} levels`);
    isList[depth] = list;
  }
  function close(at: number): void {
    depth -= 1;
    if (place === around || depth !== RECORD_DEPTH) return;
    keep(begin);
    pieces.push(Buffer.from(String(records.length)));
    records.push(body.subarray(begin, at + 1));
    end = at + 1;
    change(around);
  }
  function named(at: number): void {
    if (place.names === null) {
      if (at - begin < FEW_NAMES) return;
      ofRecord.clear();
      place.names = ofRecord;
    }
    place.names.add(scan.hash);
  }

  const scan = scanJson(body, (byte, at) => {
    if (byte === MARKS.comma) place.members += 1;
    else if (byte === MARKS.colon) named(at);
    else if (byte === MARKS.openObject || byte === MARKS.openList) open(at, byte === MARKS.openList);
    else if (byte === MARKS.closeObject || byte === MARKS.closeList) close(at);
  });
  while (scan.step()) {
    check(place);
    await pace();
  }
  change(around);
  keep(body.byteLength);
  return { around: Buffer.concat(pieces).toString(), records };
}

function check({ members, escapes, names }: Place): void {
  const { members: mostMembers, escapes: mostEscapes, names: mostNames } = EVENT_LIMITS;
  if (members > mostMembers) {
    throw new Undecodable(`it holds more than ${mostMembers} members and elements in one place`);
  }
  if (names !== null && names.count > mostNames) {
    throw new Undecodable(`it holds more than ${mostNames} different names in one place`);
  }
  if (escapes > mostEscapes) throw new Undecodable(`it holds more than ${mostEscapes} escapes in one place`);
}
