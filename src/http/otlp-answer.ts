import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StoreOverloaded } from "#src/database/manager.ts";
import { type Problem, type ProblemCode, PROBLEMS } from "#src/domain/problem.ts";
import type { Encoding } from "#src/ingest/otel/envelope.ts";
import { isUnread } from "./problem.ts";

const TYPES: Readonly<Record<Encoding, string>> = { json: "application/json", protobuf: "application/x-protobuf" };
const RETRY_AFTER_S = "1";

/** Codes of gRPC, which OTLP's errors carry; any other problem is `INTERNAL`. */
const GRPC: Readonly<Partial<Record<ProblemCode, number>>> = {
  malformed_json: 3,
  unsupported_media_type: 3,
  forbidden: 7,
  payload_too_large: 8,
  too_many_requests: 8,
  unavailable: 14,
  disk_full: 14,
  unauthorized: 16,
};
const INTERNAL = 13;

/** Records that were not taken, and why. */
export type Rejected = { readonly field: RejectedField; readonly count: number; readonly message: string };
export type RejectedField = "rejectedLogRecords" | "rejectedSpans" | "rejectedDataPoints";

/** That a request was taken, in its own encoding. */
export function otlpSuccess(encoding: Encoding, rejected: Rejected | null): Response {
  return new Response(encoding === "json" ? successJson(rejected) : successBytes(rejected), {
    headers: { "Content-Type": TYPES[encoding] },
  });
}

function successJson(rejected: Rejected | null): string {
  if (rejected === null) return "{}";
  const { field, count, message } = rejected;
  return JSON.stringify({ partialSuccess: { [field]: String(count), errorMessage: message } });
}

/** An empty message has no bytes. */
function successBytes(rejected: Rejected | null): Uint8Array<ArrayBuffer> {
  if (rejected === null) return new Uint8Array();
  const partial = new BinaryWriter().tag(1, WireType.Varint).int64(rejected.count);
  partial.tag(2, WireType.LengthDelimited).string(rejected.message);
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(partial.finish()).finish();
}

/** A problem as the `Status` of OTLP. What a client may send again later is 429 or 503; nothing else. */
export function otlpFailure(request: Request, encoding: Encoding, problem: Problem, error: unknown): Response {
  const isLater = problem.code === "disk_full" || error instanceof StoreOverloaded;
  const status = isLater ? 503 : PROBLEMS[problem.code].status;
  const code = isLater ? GRPC.unavailable! : (GRPC[problem.code] ?? INTERNAL);
  const headers = {
    "Content-Type": TYPES[encoding],
    ...(isUnread(request, problem) ? { Connection: "close" } : {}),
    ...(isLater ? { "Retry-After": RETRY_AFTER_S } : {}),
    ...problem.headers,
  };
  const body =
    encoding === "json" ? JSON.stringify({ code, message: problem.message }) : statusBytes(code, problem.message);
  return new Response(body, { status, headers });
}

function statusBytes(code: number, message: string): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(code);
  return writer.tag(2, WireType.LengthDelimited).string(message).finish();
}
