import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** How a field is written: in the words of OTLP/JSON, which both encodings are read as. */
type Kind = "string" | "bool" | "int32" | "int64" | "fixed64" | "double" | "hex" | "base64";
type Field = {
  readonly name: string;
  readonly repeated?: true;
  /** A message, given late where it holds itself. */
  readonly of: Kind | (() => Message);
};
/** Fields by number, of opentelemetry-proto 1.x; what is not named here is skipped. */
export type Message = ReadonlyMap<number, Field>;

/** Values may hold values: deeper ones are left out. */
const MOST_DEPTH = 32;

/** How many fields may still be read: two bytes are one, and each takes its time. */
export type Fields = { left: number };

const one = (name: string, of: Field["of"]): Field => ({ name, of });
const many = (name: string, of: Field["of"]): Field => ({ name, of, repeated: true });

const VALUE: Message = new Map([
  [1, one("stringValue", "string")],
  [2, one("boolValue", "bool")],
  [3, one("intValue", "int64")],
  [4, one("doubleValue", "double")],
  [5, one("arrayValue", () => ARRAY)],
  [6, one("kvlistValue", () => LIST)],
  [7, one("bytesValue", "base64")],
]);
const ARRAY: Message = new Map([[1, many("values", () => VALUE)]]);
const PAIR: Message = new Map([
  [1, one("key", "string")],
  [2, one("value", () => VALUE)],
]);
const LIST: Message = new Map([[1, many("values", () => PAIR)]]);

export const RESOURCE: Message = new Map([[1, many("attributes", () => PAIR)]]);
export const SCOPE: Message = new Map([
  [1, one("name", "string")],
  [2, one("version", "string")],
]);
export const LOG_RECORD: Message = new Map([
  [1, one("timeUnixNano", "fixed64")],
  [5, one("body", () => VALUE)],
  [6, many("attributes", () => PAIR)],
  [9, one("traceId", "hex")],
  [10, one("spanId", "hex")],
  [11, one("observedTimeUnixNano", "fixed64")],
  [12, one("eventName", "string")],
]);
const STATUS: Message = new Map([
  [2, one("message", "string")],
  [3, one("code", "int32")],
]);
const EVENT: Message = new Map([
  [2, one("name", "string")],
  [3, many("attributes", () => PAIR)],
]);
export const SPAN: Message = new Map([
  [1, one("traceId", "hex")],
  [2, one("spanId", "hex")],
  [4, one("parentSpanId", "hex")],
  [5, one("name", "string")],
  [7, one("startTimeUnixNano", "fixed64")],
  [8, one("endTimeUnixNano", "fixed64")],
  [9, many("attributes", () => PAIR)],
  [11, many("events", () => EVENT)],
  [15, one("status", () => STATUS)],
]);

const WIRE_TYPES: Readonly<Record<Kind, WireType>> = {
  string: WireType.LengthDelimited,
  hex: WireType.LengthDelimited,
  base64: WireType.LengthDelimited,
  bool: WireType.Varint,
  int32: WireType.Varint,
  int64: WireType.Varint,
  fixed64: WireType.Bit64,
  double: WireType.Bit64,
};

/**
 * Reads a message as its OTLP/JSON. Hand-written over the wire format: no generated code, and what is nested too deeply is
 * left out instead of followed. Throws an error of any kind when the bytes are no message.
 */
export function readMessage(bytes: Uint8Array, message: Message, room: Fields, depth = 0): Record<string, unknown> {
  const reader = new BinaryReader(bytes);
  const found: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const [number, wireType] = nextTag(reader, room);
    const field = message.get(number);
    if (field === undefined || wireType !== wireTypeOf(field)) {
      reader.skip(wireType, number);
      continue;
    }
    const value =
      typeof field.of === "string" ? readKind(reader, field.of) : readNested(reader, field.of(), room, depth);
    // What is cut within a number is not always an error of its own.
    if (reader.pos > reader.len) throw new RangeError("premature EOF");
    if (field.repeated === true) ((found[field.name] ??= []) as unknown[]).push(value);
    else found[field.name] = value;
  }
  return found;
}

/** The fields of these numbers, uncopied and unread; all of them must be messages. */
export function sliceMessage(
  bytes: Uint8Array,
  numbers: readonly number[],
  room: Fields,
): ReadonlyMap<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const slices = new Map<number, Uint8Array[]>(numbers.map((number) => [number, []]));
  while (reader.pos < reader.len) {
    const [number, wireType] = nextTag(reader, room);
    const wanted = slices.get(number);
    if (wanted === undefined) reader.skip(wireType, number);
    else if (wireType === WireType.LengthDelimited) wanted.push(reader.bytes());
    else throw new Error(`field ${number} is no message`);
  }
  return slices;
}

function nextTag(reader: BinaryReader, room: Fields): [number, WireType] {
  room.left -= 1;
  if (room.left < 0) throw new Error("it holds too many fields in one place");
  return reader.tag();
}

function readNested(reader: BinaryReader, message: Message, room: Fields, depth: number): unknown {
  const bytes = reader.bytes();
  return depth < MOST_DEPTH ? readMessage(bytes, message, room, depth + 1) : {};
}

function wireTypeOf({ of }: Field): WireType {
  return typeof of === "string" ? WIRE_TYPES[of] : WireType.LengthDelimited;
}

function readKind(reader: BinaryReader, kind: Kind): unknown {
  switch (kind) {
    case "string":
      return reader.string();
    case "bool":
      return reader.bool();
    case "int32":
      return reader.int32();
    case "int64":
      return String(reader.int64());
    case "fixed64":
      return String(reader.fixed64());
    case "double":
      return reader.double();
    case "hex":
      return Buffer.from(reader.bytes()).toString("hex");
    case "base64":
      return Buffer.from(reader.bytes()).toString("base64");
  }
}
