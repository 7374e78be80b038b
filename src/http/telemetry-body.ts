import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Problem } from "#src/domain/problem.ts";
import type { Encoding } from "#src/ingest/otel/envelope.ts";
import { newPace } from "#src/ingest/otel/pace.ts";
import { type BodyRoom, tooLarge } from "./body.ts";

const MB = 1024 * 1024;

/** Of a body as it comes, and of what is in it. */
export const TELEMETRY_BYTES = 64 * MB;

const INFLATED_AT_ONCE = 256 * 1024;
const TYPE = /^application\/(json|x-protobuf)\s*(;.*)?$/i;

/** How a body is written, and its answer. Null for a type that is not taken. */
export function encodingOf(request: Request): Encoding | null {
  const [, type] = TYPE.exec(request.headers.get("Content-Type")?.trim() ?? "") ?? [];
  if (type === undefined) return null;
  return type.toLowerCase() === "json" ? "json" : "protobuf";
}

/**
 * The body of an exporter, inflated. Exporters send chunks and no length: bytes are counted as they come, and no more is
 * inflated than may be. Throws a `Problem`.
 */
export async function readTelemetryBody(request: Request, room: BodyRoom): Promise<Uint8Array> {
  const coding = request.headers.get("Content-Encoding")?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity" && coding !== "gzip") {
    throw new Problem("unsupported_media_type", `The body is ${coding.slice(0, 100)}: send it as it is, or gzip.`);
  }
  if (Number(request.headers.get("Content-Length")) > TELEMETRY_BYTES) throw tooLarge(TELEMETRY_BYTES);
  const sent = await counted(request.body ?? [], room);
  return coding === "identity" ? sent : await inflate(sent, room);
}

async function inflate(sent: Uint8Array, room: BodyRoom): Promise<Uint8Array> {
  const gunzip = Readable.from([sent]).pipe(createGunzip({ chunkSize: INFLATED_AT_ONCE }));
  try {
    return await counted(gunzip, room);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("malformed_json", "The body is not gzip, though its Content-Encoding says so.");
  } finally {
    gunzip.destroy();
  }
}

async function counted(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, room: BodyRoom): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > TELEMETRY_BYTES) throw tooLarge(TELEMETRY_BYTES);
    room.take(chunk.byteLength);
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0]! : await together(parts, size);
}

/** Of 64 MB that alone takes longer than others may wait. */
async function together(parts: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const pace = newPace();
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
    await pace();
  }
  return whole;
}
