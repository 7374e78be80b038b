import type { LogRecord, Origin, Span } from "#src/ingest/otel/telemetry.ts";

type Values = Readonly<Record<string, unknown>>;

export function originOf(service: string, scope = "", resource: Values = {}): Origin {
  return { resource: new Map(Object.entries({ "service.name": service, ...resource })), service, scope };
}

/** A log record as it is decoded. */
export function recordOf(attributes: Values, more: Partial<LogRecord> = {}): LogRecord {
  return {
    origin: originOf("test"),
    eventName: null,
    body: null,
    attributes: new Map(Object.entries(attributes)),
    timeMs: null,
    observedMs: null,
    spanId: null,
    traceId: null,
    ...more,
  };
}

export const TRACE = "5b8efff798038103d269b633813fc60c";

/** A span as it is decoded: of one second, `at` seconds after the beginning. */
export function spanOf(spanId: string, attributes: Values, more: Partial<Span> & { readonly at?: number } = {}): Span {
  const { at = 0, ...fields } = more;
  const startMs = 1_790_000_000_000 + at * 1_000;
  return {
    origin: originOf("support-desk"),
    traceId: TRACE,
    spanId,
    parentSpanId: null,
    name: "a span",
    startMs,
    endMs: startMs + 1_000,
    attributes: new Map(Object.entries(attributes)),
    events: [],
    error: null,
    ...fields,
  };
}

/** A plain value as OTLP/JSON writes it. */
export function anyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Values) } };
}

export function keyValues(values: Values): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** An export request of log records with these attributes. */
export function logsOf(service: string, ...records: readonly Values[]): object {
  const logRecords = records.map((attributes) => ({ timeUnixNano: "0", attributes: keyValues(attributes) }));
  const resource = { attributes: keyValues({ "service.name": service }) };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "test" }, logRecords }] }] };
}
