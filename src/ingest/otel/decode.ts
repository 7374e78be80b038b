import { isRecord, list, num, oneLine, text } from "#src/ingest/values.ts";
import { type Encoding, type Group, openEnvelope, type Signal } from "./envelope.ts";
import type { Pace } from "./pace.ts";
import type { Attributes, LogRecord, Origin, Span } from "./telemetry.ts";

/** Of one request; exporters send a few hundred. */
export const MOST_RECORDS = 50_000;
/** Values may hold values: deeper ones are null. */
const MOST_DEPTH = 16;
const ID = 64;
const STATUS_ERROR = 2;
/** Digits of a nanosecond below the millisecond. */
const BELOW_MS = 6;

/** What was sent; `rejected` records were beyond `MOST_RECORDS`. */
export type Decoded<Item> = { readonly records: readonly Item[]; readonly rejected: number };

type DecodeOptions = {
  readonly encoding: Encoding;
  readonly pace: Pace;
  /** Records of others are not even read. */
  readonly isWanted?: (origin: Origin) => boolean;
};

/** The log records that were sent. Throws `Undecodable`. */
export function decodeLogs(body: Uint8Array, options: DecodeOptions): Promise<Decoded<LogRecord>> {
  return decode(body, "logs", options, toLogRecord);
}

/** The spans that were sent. Throws `Undecodable`. */
export function decodeSpans(body: Uint8Array, options: DecodeOptions): Promise<Decoded<Span>> {
  return decode(body, "traces", options, toSpan);
}

type Fields = Readonly<Record<string, unknown>>;

async function decode<Item>(
  body: Uint8Array,
  signal: Signal,
  { encoding, pace, isWanted = () => true }: DecodeOptions,
  toItem: (fields: Fields, origin: Origin) => Item,
): Promise<Decoded<Item>> {
  const { groups, open } = await openEnvelope(body, encoding, signal, pace);
  const records: Item[] = [];
  let rejected = 0;
  for (const group of groups) {
    const origin = originOf(group);
    if (!isWanted(origin)) continue;
    for (const record of group.records) {
      if (records.length < MOST_RECORDS) records.push(toItem(open(record), origin));
      else rejected += 1;
      await pace();
    }
  }
  return { records, rejected };
}

function originOf({ resource, scope }: Group): Origin {
  const attributes = attributesOf(resource["attributes"]);
  const service = oneLine(attributes.get("service.name"), 200) ?? "";
  return { resource: attributes, service, scope: oneLine(scope["name"], 200) ?? "" };
}

function toLogRecord(fields: Fields, origin: Origin): LogRecord {
  return {
    origin,
    eventName: text(fields["eventName"]),
    body: plain(fields["body"], 0),
    attributes: attributesOf(fields["attributes"]),
    timeMs: millis(fields["timeUnixNano"]),
    observedMs: millis(fields["observedTimeUnixNano"]),
    spanId: idOf(fields["spanId"]),
    traceId: idOf(fields["traceId"]),
  };
}

function toSpan(fields: Fields, origin: Origin): Span {
  const status = isRecord(fields["status"]) ? fields["status"] : {};
  // Enumerations are numbers in OTLP/JSON; some write their names.
  const isError = num(status["code"]) === STATUS_ERROR || status["code"] === "STATUS_CODE_ERROR";
  return {
    origin,
    traceId: idOf(fields["traceId"]) ?? "",
    spanId: idOf(fields["spanId"]) ?? "",
    parentSpanId: idOf(fields["parentSpanId"]),
    name: text(fields["name"]) ?? "",
    startMs: millis(fields["startTimeUnixNano"]),
    endMs: millis(fields["endTimeUnixNano"]),
    attributes: attributesOf(fields["attributes"]),
    events: list(fields["events"])
      .filter(isRecord)
      .map((event) => ({ name: text(event["name"]) ?? "", attributes: attributesOf(event["attributes"]) })),
    error: isError ? (text(status["message"]) ?? "") : null,
  };
}

/** Hexadecimal; empty, or all zero, where there is none. */
function idOf(value: unknown): string | null {
  const id = text(value, ID)?.toLowerCase() ?? null;
  return id === null || /^0*$/.test(id) ? null : id;
}

function attributesOf(value: unknown): Attributes {
  const attributes = new Map<string, unknown>();
  for (const pair of list(value)) {
    if (isRecord(pair) && typeof pair["key"] === "string") attributes.set(pair["key"], plain(pair["value"], 0));
  }
  return attributes;
}

/** The plain value of an `AnyValue`. */
function plain(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth >= MOST_DEPTH) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return integer(intValue);
  if (doubleValue !== undefined) return num(doubleValue);
  if (isRecord(arrayValue)) return list(arrayValue["values"]).map((item) => plain(item, depth + 1));
  if (isRecord(kvlistValue)) {
    const pairs = list(kvlistValue["values"]).filter(isRecord);
    return Object.fromEntries(pairs.map(({ key, value: of }) => [String(key), plain(of, depth + 1)]));
  }
  return typeof bytesValue === "string" ? bytesValue : null;
}

/** 64 bits come as a text; what no number holds stays one. */
function integer(value: unknown): number | string | null {
  const number = num(value);
  if (number === null || Number.isSafeInteger(number) || typeof value !== "string") return number;
  return value;
}

/** Nanoseconds, a text or a number; 0 is no time. */
function millis(value: unknown): number | null {
  const nanos = typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)).toString() : value;
  if (typeof nanos !== "string" || !/^\d{7,20}$/.test(nanos)) return null;
  return Number(nanos.slice(0, -BELOW_MS)) || null;
}
