/** Attributes by name, their values as plain JSON; a map, so that no name is special. */
export type Attributes = ReadonlyMap<string, unknown>;

/** Who has sent records: the process, and the library in it. */
export type Origin = {
  readonly resource: Attributes;
  /** `service.name`; empty when there is none. */
  readonly service: string;
  readonly scope: string;
};

/** A log record or event. Times are UTC milliseconds, null where the sender left them 0. */
export type LogRecord = {
  readonly origin: Origin;
  readonly eventName: string | null;
  readonly body: unknown;
  readonly attributes: Attributes;
  readonly timeMs: number | null;
  readonly observedMs: number | null;
  /** Of the span it was written in. */
  readonly spanId: string | null;
  readonly traceId: string | null;
};

export type Span = {
  readonly origin: Origin;
  /** Hexadecimal, lower case. */
  readonly traceId: string;
  readonly spanId: string;
  /** Null for the root of a trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Null unless its status is an error; may be empty. */
  readonly error: string | null;
};

type SpanEvent = { readonly name: string; readonly attributes: Attributes };
