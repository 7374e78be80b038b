import { describe, expect, test } from "bun:test";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { SpanStatusCode } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { decodeLogs, decodeSpans, MOST_RECORDS } from "#src/ingest/otel/decode.ts";
import { takeApart } from "#src/ingest/otel/json-records.ts";
import { checkMetrics } from "#src/ingest/otel/metrics.ts";
import type { LogRecord } from "#src/ingest/otel/telemetry.ts";
import { Undecodable } from "#src/ingest/otel/undecodable.ts";
import { anyValue, keyValues, logsOf } from "./given.ts";

const pace = async () => {};
const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const logs = async (body: Uint8Array, encoding: "json" | "protobuf" = "json") =>
  await decodeLogs(body, { encoding, pace });
const oneLog = async (record: object) =>
  (await logs(bytes({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }))).records[0]!;
const oneSpan = async (span: object) => {
  const body = bytes({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  return (await decodeSpans(body, { encoding: "json", pace })).records[0]!;
};

describe("a value", () => {
  test.each<[object, unknown]>([
    [{ stringValue: "x" }, "x"],
    [{ stringValue: "" }, ""],
    [{ boolValue: false }, false],
    [{ intValue: "12" }, 12],
    [{ intValue: 12 }, 12],
    [{ intValue: "9223372036854775807" }, "9223372036854775807"],
    [{ intValue: "x" }, null],
    [{ doubleValue: 0.5 }, 0.5],
    [{ doubleValue: "0.5" }, 0.5],
    [{ doubleValue: "NaN" }, null],
    [{ bytesValue: "AQI=" }, "AQI="],
    [{ arrayValue: { values: [{ intValue: "1" }, { stringValue: "b" }] } }, [1, "b"]],
    [{ arrayValue: {} }, []],
    [{ kvlistValue: { values: [{ key: "a", value: { intValue: 1 } }] } }, { a: 1 }],
    [{ kvlistValue: {} }, {}],
    [{}, null],
    [{ newValue: 1 }, null],
  ])("%j is %p", async (value, plain) => {
    const { attributes, body } = await oneLog({ attributes: [{ key: "a", value }], body: value });
    expect(attributes.get("a")).toEqual(plain);
    expect(body).toEqual(plain);
  });

  test("nested too deeply is cut, and a name is only a name", async () => {
    let value = anyValue("x");
    for (let depth = 0; depth < 50; depth += 1) value = { arrayValue: { values: [value] } };
    const nested = { key: "__proto__", value: { kvlistValue: { values: [{ key: "__proto__", value }] } } };
    const { attributes } = await oneLog({ attributes: [nested] });
    expect([...attributes.keys()]).toEqual(["__proto__"]);
    const plain = attributes.get("__proto__") as object;
    expect(Object.keys(plain)).toEqual(["__proto__"]);
    expect(JSON.stringify(plain).length).toBeLessThan(100);
  });
});

test.each<[unknown, number | null]>([
  ["1790000000123456789", 1_790_000_000_123],
  [1_790_000_000_123_000_000, 1_790_000_000_123],
  ["0", null],
  [0, null],
  ["x", null],
  [null, null],
  [-1, null],
])("the time %p is %p", async (timeUnixNano, timeMs) => {
  expect((await oneLog({ timeUnixNano })).timeMs).toBe(timeMs);
});

test.each<[object, string | null]>([
  [{ status: { code: 2, message: "no" } }, "no"],
  [{ status: { code: 2 } }, ""],
  [{ status: { code: "STATUS_CODE_ERROR", message: "no" } }, "no"],
  [{ status: { code: 1, message: "yes" } }, null],
  [{ status: 7 }, null],
  [{}, null],
])("a span with %j has the error %p", async (span, error) => {
  expect((await oneSpan(span)).error).toBe(error);
});

test("ids are none when they are empty or zero", async () => {
  const ids = { traceId: "5B8EFFF798038103D269B633813FC60C", spanId: "eee19b7ec3c1b174" };
  expect(await oneSpan({ ...ids, parentSpanId: "" })).toMatchObject({
    traceId: ids.traceId.toLowerCase(),
    parentSpanId: null,
  });
  expect(await oneSpan({ ...ids, parentSpanId: "0000000000000000" })).toMatchObject({ parentSpanId: null });
  expect(await oneLog({ traceId: "", spanId: "" })).toMatchObject({ traceId: null, spanId: null });
});

const VALUES = {
  "event.name": "codex.user_prompt",
  count: 12,
  share: 0.5,
  big: 9_007_199_254_740_991,
  isNew: true,
  list: ["a", "b"],
  nested: { a: { b: [1, "x"] } },
  long: "ü".repeat(5_000),
};

/** What the official SDK makes of a record. */
function sdkRecords() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": "codex_exec" }),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("scope", "1");
  logger.emit({
    eventName: "an.event",
    body: { a: ["b"] },
    attributes: VALUES,
    timestamp: new Date(1_790_000_000_123),
  });
  logger.emit({ body: "text", attributes: {} });
  return exporter.getFinishedLogRecords();
}

const SPANS = [
  {
    name: "chat",
    kind: 0,
    spanContext: () => ({ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", traceFlags: 1 }),
    parentSpanContext: { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b175", traceFlags: 1 },
    startTime: [1_790_000_000, 123_000_000],
    endTime: [1_790_000_001, 0],
    status: { code: SpanStatusCode.ERROR, message: "no" },
    attributes: { "gen_ai.operation.name": "chat", tokens: 5 },
    links: [],
    events: [{ name: "gen_ai.choice", time: [1_790_000_000, 0], attributes: { message: "m" } }],
    duration: [1, 0],
    ended: true,
    resource: resourceFromAttributes({ "service.name": "desk" }),
    instrumentationScope: { name: "scope" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  },
] as never;

describe("what the official SDK writes", () => {
  test("is the same as JSON and as protobuf: log records", async () => {
    const records = sdkRecords();
    const json = await logs(JsonLogsSerializer.serializeRequest(records)!);
    expect(await logs(ProtobufLogsSerializer.serializeRequest(records)!, "protobuf")).toEqual(json);
    expect(json.records).toHaveLength(2);
    expect(json.records[0]).toMatchObject({ eventName: "an.event", body: { a: ["b"] }, timeMs: 1_790_000_000_123 });
    expect(json.records[0]!.origin).toMatchObject({ service: "codex_exec", scope: "scope" });
    expect(Object.fromEntries(json.records[0]!.attributes)).toEqual({ ...VALUES });
    expect(json.records[1]).toMatchObject({ eventName: null, body: "text" });
  });

  test("is the same as JSON and as protobuf: spans", async () => {
    const json = await decodeSpans(JsonTraceSerializer.serializeRequest(SPANS)!, { encoding: "json", pace });
    const proto = ProtobufTraceSerializer.serializeRequest(SPANS)!;
    expect(await decodeSpans(proto, { encoding: "protobuf", pace })).toEqual(json);
    expect(json.records[0]).toMatchObject({
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      parentSpanId: "eee19b7ec3c1b175",
      startMs: 1_790_000_000_123,
      endMs: 1_790_000_001_000,
      error: "no",
      events: [{ name: "gen_ai.choice", attributes: new Map([["message", "m"]]) }],
    });
  });

  test("of which only what is wanted is read", async () => {
    const body = ProtobufTraceSerializer.serializeRequest(SPANS)!;
    const isWanted = ({ service }: { service: string }) => service !== "desk";
    expect((await decodeSpans(body, { encoding: "protobuf", pace, isWanted })).records).toEqual([]);
  });

  test("as metrics may be no more than looked at", () => {
    const empty = { resource: resourceFromAttributes({}), scopeMetrics: [] } as never;
    expect(() => checkMetrics(ProtobufMetricsSerializer.serializeRequest(empty)!, "protobuf")).not.toThrow();
  });
});

describe("a large text", () => {
  const recordOf = (json: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":${json}}]}]}]}`;
  const many = logsOf("codex_exec", ...Array.from({ length: 400 }, (_, at) => ({ ...VALUES, at, quote: '"\\"]}' })));

  test("is taken apart, and read as a small one is", async () => {
    const body = bytes(many);
    expect(body.byteLength).toBeGreaterThan(1_000_000);
    let pauses = 0;
    const { records } = await decodeLogs(body, { encoding: "json", pace: async () => void (pauses += 1) });
    expect(records.map(({ attributes }) => attributes.get("at"))).toEqual(Array.from({ length: 400 }, (_, at) => at));
    const small = (await logs(bytes(logsOf("codex_exec", { ...VALUES, at: 0, quote: '"\\"]}' })))).records[0]!;
    expect(records[0]).toEqual(small);
    expect(pauses).toBeGreaterThan(400);
  });

  test("is looked over in short steps, also in the middle of a text", async () => {
    let pauses = 0;
    const text = `{"resourceLogs":"${'\\"'.repeat(700_000)}"}`;
    const taken = await takeApart(bytes(text), async () => void (pauses += 1));
    expect(taken).toEqual({ around: text, records: [] });
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(text.length / (64 * 1024 + 1)));
  });

  test("with white space, and more than is known, is the same", async () => {
    const text = JSON.stringify({ extra: { deep: [[[[[[[{ a: [{}] }]]]]]]] }, ...many, more: [1, 2] }, null, 2);
    expect((await logs(bytes(text))).records).toEqual((await logs(bytes(many))).records);
  });

  test.each<[string, (text: string) => string]>([
    ["cut in a record", (text) => text.slice(0, text.length / 2)],
    ["cut at the end", (text) => text.slice(0, -1)],
    ["with something behind it", (text) => `${text}]`],
    ["without a comma between records", (text) => text.replace('},{"timeUnixNano"', '}{"timeUnixNano"')],
    ["with a record that is none", (text) => text.replace('"timeUnixNano":"0"', '"timeUnixNano":')],
    ["with a string that does not end", (text) => `${text.slice(0, -10)}"${"x".repeat(1000)}`],
    ["not UTF-8", (text) => text.replace("üü", "\uFFFFx")],
  ])("%s is not decoded", async (name, broken) => {
    const body = bytes(broken(JSON.stringify(many)));
    if (name === "not UTF-8") body[body.indexOf(0xef)] = 0xff;
    await expect(logs(body)).rejects.toThrow(Undecodable);
  });

  test.each<[string, string]>([
    ["nested without end", "[".repeat(1_000_000)],
    ["of members without end", `{"a":[${"1,".repeat(500_000)}1]}`],
    ["of a record of members without end", recordOf(`[${"1,".repeat(500_000)}1]`)],
    ["of a record of escapes without end", recordOf(`"${'\\"'.repeat(1_000_001)}"`)],
    ["of a record of names without end", recordOf(`{${Array.from({ length: 30_000 }, (_, at) => `"name ${at}":1`)}}`)],
    ["with too much around the records", `{"x":"${"x".repeat(5_000_000)}"}`],
  ])("%s is refused", async (_, text) => {
    await expect(logs(bytes(text))).rejects.toThrow(Undecodable);
  });
});

describe("what is no request", () => {
  test.each([
    "[]",
    "null",
    "7",
    '"x"',
    "{",
    "{]",
    '{"resourceLogs":7}',
    '{"resourceLogs":[7]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}',
  ])("is not decoded: %s", async (text) => {
    await expect(logs(bytes(text))).rejects.toThrow(Undecodable);
  });

  test.each(["", "{}", '{"resourceLogs":[]}', '{"resourceLogs":[{}]}', '{"unknown":[1]}'])(
    "is empty: %s",
    async (text) => {
      expect(await logs(bytes(text))).toEqual({ records: [], rejected: 0 });
    },
  );
});

const lengthDelimited = (number: number, value: Uint8Array) =>
  new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(value).finish();
/** A request of one record with this body. */
const requestOf = (record: Uint8Array) => lengthDelimited(1, lengthDelimited(2, lengthDelimited(2, record)));

describe("wrong protobuf", () => {
  const request = ProtobufLogsSerializer.serializeRequest(sdkRecords())!;

  test("cut anywhere is not decoded, or holds less", async () => {
    for (let at = 1; at < request.length; at += 37) {
      const cut = await logs(request.slice(0, at), "protobuf").catch((error: unknown) => error);
      if (cut instanceof Error) expect(cut).toBeInstanceOf(Undecodable);
      else expect((cut as { records: LogRecord[] }).records.length).toBeLessThan(2);
    }
  });

  test("with any byte changed is decoded or not, and nothing else", async () => {
    for (let at = 0; at < request.length; at += 13) {
      const changed = request.slice();
      changed[at]! ^= 0xff;
      const result = await logs(changed, "protobuf").catch((error: unknown) => error);
      expect(result instanceof Undecodable || Array.isArray((result as { records: unknown }).records)).toBe(true);
    }
  });

  test("nested deeply is cut", async () => {
    let value = new BinaryWriter().tag(1, WireType.LengthDelimited).string("x").finish();
    for (let depth = 0; depth < 3_000; depth += 1) value = lengthDelimited(5, lengthDelimited(1, value));
    const { records } = await logs(requestOf(lengthDelimited(5, value)), "protobuf");
    expect(JSON.stringify(records[0]!.body).length).toBeLessThan(100);
  });

  test.each<[string, Uint8Array]>([
    ["JSON", bytes({ resourceLogs: [] })],
    ["of fields without end", new Uint8Array(2_000_000).fill(8).map((_, at) => (at % 2 === 0 ? 0x10 : 0))],
    [
      "of a record of fields without end",
      requestOf(new Uint8Array(2_000_000).map((_, at) => (at % 2 === 0 ? 0x10 : 0))),
    ],
    ["of a record larger than any", requestOf(lengthDelimited(99, new Uint8Array(17 * 1024 * 1024)))],
    ["of groups without end", new Uint8Array(1_000_000).fill(0x0b)],
  ])("%s is refused", async (_, body) => {
    await expect(logs(body, "protobuf")).rejects.toThrow(Undecodable);
  });

  test("with fields of a later version is read without them", async () => {
    const record = new BinaryWriter().tag(12, WireType.LengthDelimited).string("an.event");
    record.tag(99, WireType.Varint).int32(7).tag(98, WireType.Bit32).fixed32(7).tag(12, WireType.Varint).int32(1);
    expect((await logs(requestOf(record.finish()), "protobuf")).records).toMatchObject([{ eventName: "an.event" }]);
  });
});

test("records beyond the most are rejected", async () => {
  const record = { attributes: keyValues({ a: 1 }) };
  const logRecords = Array.from({ length: MOST_RECORDS + 3 }, () => record);
  const decoded = await logs(bytes({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  expect([decoded.records.length, decoded.rejected]).toEqual([MOST_RECORDS, 3]);
});
