import { isUtf8 } from "node:buffer";
import { isRecord } from "#src/ingest/values.ts";
import { takeApart } from "./json-records.ts";
import type { Pace } from "./pace.ts";
import { Undecodable } from "./undecodable.ts";
import { LOG_RECORD, type Message, readMessage, RESOURCE, SCOPE, sliceMessage, SPAN } from "./wire.ts";

export type Encoding = "json" | "protobuf";
export type Signal = "logs" | "traces";

/** The records of one scope of one resource; they are read one at a time. All in the words of OTLP/JSON. */
export type Group = {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly records: readonly unknown[];
};

export type Envelope = {
  readonly groups: readonly Group[];
  /** One of the records of a group. Throws `Undecodable`. */
  readonly open: (record: unknown) => Readonly<Record<string, unknown>>;
};

const NAMES = {
  logs: { resources: "resourceLogs", scopes: "scopeLogs", records: "logRecords", record: LOG_RECORD },
  traces: { resources: "resourceSpans", scopes: "scopeSpans", records: "spans", record: SPAN },
} as const;

/** Bytes of JSON that are parsed in a few milliseconds, whatever is in them. */
const SMALL = 256 * 1024;
/** Of one record, in bytes and, in protobuf, in fields of its own and of what is nested in it. */
const MOST_RECORD = 16 * 1024 * 1024;
const MOST_FIELDS = 100_000;
/** Fields around the records of one request, each record being one. */
const MOST_AROUND = 110_000;

/** Opens what an exporter sent, without reading its records. Throws `Undecodable`. */
export async function openEnvelope(
  body: Uint8Array,
  encoding: Encoding,
  signal: Signal,
  pace: Pace,
): Promise<Envelope> {
  // An empty request is one without telemetry.
  if (body.byteLength === 0) return { groups: [], open: asFields };
  if (encoding === "protobuf") return openWire(body, NAMES[signal].record);
  if (!isUtf8(body)) throw new Undecodable("it is not UTF-8");
  if (body.byteLength <= SMALL) return { groups: groupsOf(parse(body), signal), open: asFields };
  const { around, records } = await takeApart(body, pace);
  return {
    groups: groupsOf(parse(around), signal),
    open(number) {
      const record = typeof number === "number" ? records[number] : undefined;
      return record === undefined ? asFields(number) : asFields(parse(bounded(record)));
    },
  };
}

function openWire(body: Uint8Array, record: Message): Envelope {
  const room = { left: MOST_AROUND };
  return {
    groups: orUndecodable(() =>
      sliceMessage(body, [1], room)
        .get(1)!
        .flatMap((inResources) => {
          const ofResource = sliceMessage(inResources, [1, 2], room);
          const resource = readMessage(lastOf(ofResource.get(1)!), RESOURCE, room);
          return ofResource.get(2)!.map((inScopes) => {
            const ofScope = sliceMessage(inScopes, [1, 2], room);
            return { resource, scope: readMessage(lastOf(ofScope.get(1)!), SCOPE, room), records: ofScope.get(2)! };
          });
        }),
    ),
    open(bytes) {
      return orUndecodable(() => readMessage(bounded(bytes as Uint8Array), record, { left: MOST_FIELDS }));
    },
  };
}

function lastOf(slices: readonly Uint8Array[]): Uint8Array {
  return slices.at(-1) ?? new Uint8Array();
}

function bounded(record: Uint8Array): Uint8Array {
  if (record.byteLength > MOST_RECORD) throw new Undecodable("a record is larger than 16 MB");
  return record;
}

function groupsOf(request: unknown, signal: Signal): Group[] {
  const names = NAMES[signal];
  return listIn(asFields(request), names.resources).flatMap((inResources) => {
    const ofResource = asFields(inResources);
    return listIn(ofResource, names.scopes).map((inScopes) => {
      const ofScope = asFields(inScopes);
      return {
        resource: asFields(ofResource["resource"] ?? {}),
        scope: asFields(ofScope["scope"] ?? {}),
        records: listIn(ofScope, names.records),
      };
    });
  });
}

function listIn(fields: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new Undecodable(`\`${name}\` is no list`);
  return value;
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Undecodable("there is something else where an object should be");
  return value;
}

function parse(json: Uint8Array | string): unknown {
  return orUndecodable(() => JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json)) as unknown);
}

/** Whatever a parser says of what it cannot read, the sender cannot mend it by sending it again. */
function orUndecodable<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof Undecodable) throw error;
    throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
