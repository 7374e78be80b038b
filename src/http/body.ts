import { isUtf8 } from "node:buffer";
import { Problem } from "#src/domain/problem.ts";
import type { JsonLimits } from "#src/platform/json-shape.ts";
import { checkJsonShape } from "./json-shape.ts";

const MB = 1024 * 1024;

/** How large a command's body may be, in bytes: prompts and batches of logs carry long texts. */
export const BODY_BYTES = { normal: MB, large: 8 * MB } as const;

/** Not counted. */
const SMALL_BYTES = 64 * 1024;
/** Bytes of larger bodies that may be arriving at once, in this process. */
const MOST_ARRIVING = 256 * MB;
let arriving = 0;

const decoder = new TextDecoder();

/** A declared media type of JSON, in UTF-8. */
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i;

/** The text of a command's body, which must be bounded in size and shape, in UTF-8, and declared as JSON. */
export async function readJsonText(request: Request, maxBytes: number, limits?: JsonLimits): Promise<string> {
  const type = request.headers.get("Content-Type");
  const body = await readBytes(request, maxBytes);
  if (type === null && body.byteLength > 0) {
    throw new Problem("unsupported_media_type", "The body has no Content-Type: send application/json.");
  }
  if (type !== null && !JSON_TYPE.test(type.trim())) {
    throw new Problem("unsupported_media_type", `The body is ${type.slice(0, 100)}: send application/json.`);
  }
  if (body.byteLength === 0) throw new Problem("malformed_json", "The body is empty: send JSON.");
  if (!isUtf8(body)) throw new Problem("malformed_json", "The body is not UTF-8.");
  await checkJsonShape(body, limits);
  return decoder.decode(body);
}

/** The value of a JSON text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("malformed_json", "Malformed JSON in request body");
  }
}

function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const length = request.headers.get("Content-Length");
  if (length === null || request.headers.has("Transfer-Encoding")) {
    return withinBudget(maxBytes, () => readChunks(request.body, maxBytes));
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  return Number(length) <= SMALL_BYTES ? request.bytes() : withinBudget(Number(length), () => request.bytes());
}

/** Bodies may take their time to arrive, each as large as it may be: together they may not take all memory. */
async function withinBudget(bytes: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
  using room = openRoom();
  room.take(bytes);
  return await read();
}

/** Room in memory for a body, until it is disposed of. */
export type BodyRoom = Disposable & {
  /** Throws a `Problem` when all bodies together would be too many bytes. */
  take(bytes: number): void;
  /** The same, where so many bytes are held by now. */
  hold(bytes: number): void;
};

export function openRoom(): BodyRoom {
  let taken = 0;
  return {
    hold(bytes) {
      if (bytes > taken) return this.take(bytes - taken);
      arriving -= taken - bytes;
      taken = bytes;
    },
    take(bytes) {
      if (arriving + bytes > MOST_ARRIVING) {
        const detail = "Too many large bodies are arriving. Nothing was stored; try again.";
        throw new Problem("unavailable", detail, {}, { "Retry-After": "1" });
      }
      arriving += bytes;
      taken += bytes;
    },
    [Symbol.dispose]() {
      arriving -= taken;
      taken = 0;
    },
  };
}

/** A body whose length is not known before it ends: it is let go as soon as it is too large. */
async function readChunks(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem("payload_too_large", `A body may hold at most ${maxBytes / MB} MB here.`);
}
