import { isUtf8 } from "node:buffer";
import { isRecord } from "#src/ingest/values.ts";
import type { Encoding } from "./envelope.ts";
import { Undecodable } from "./undecodable.ts";
import { sliceMessage } from "./wire.ts";

/** Larger bodies are dropped unread: nothing of them is kept anyway. */
const LOOKED_INTO = 1024 * 1024;
const MOST_FIELDS = 100_000;

/** Throws `Undecodable` for a request that cannot be one of metrics: an exporter that is set up wrongly is told so. */
export function checkMetrics(body: Uint8Array, encoding: Encoding): void {
  if (body.byteLength === 0 || body.byteLength > LOOKED_INTO) return;
  try {
    if (encoding === "protobuf") sliceMessage(body, [1], { left: MOST_FIELDS });
    else if (!isUtf8(body) || !isRecord(JSON.parse(new TextDecoder().decode(body)))) throw new Error("it is no object");
  } catch (error) {
    throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
