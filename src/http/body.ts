import { isUtf8 } from "node:buffer";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Problem } from "#src/domain/problem.ts";
import type { Env } from "./env.ts";

const MB = 1024 * 1024;

/** How large a command's body may be, in bytes: prompts and batches of logs carry long texts. */
export const BODY_BYTES = { normal: MB, large: 8 * MB } as const;

const decoder = new TextDecoder();

/** A declared media type of JSON, in UTF-8. */
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i;

/** What a command's body must be before it is parsed: bounded, JSON, in UTF-8, and declared as that. */
export function bodyGuards(maxBytes: number): MiddlewareHandler<Env>[] {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError() {
      throw new Problem("payload_too_large", `A body may hold at most ${maxBytes / MB} MB here.`);
    },
  });
  return [limit, requireJson];
}

const requireJson: MiddlewareHandler<Env> = async (c, next) => {
  const type = c.req.header("Content-Type");
  const body = await c.req.arrayBuffer();
  if (type === undefined && body.byteLength > 0) {
    throw new Problem("unsupported_media_type", "The body has no Content-Type: send application/json.");
  }
  if (type !== undefined && !JSON_TYPE.test(type.trim())) {
    throw new Problem("unsupported_media_type", `The body is ${type.slice(0, 100)}: send application/json.`);
  }
  if (body.byteLength === 0) throw new Problem("malformed_json", "The body is empty: send JSON.");
  if (!isUtf8(body)) throw new Problem("malformed_json", "The body is not UTF-8.");
  // What the validator reads next: it would decode the bytes by way of another Response. (Hono keeps promises here.)
  c.req.bodyCache.text = Promise.resolve(decoder.decode(body)) as never;
  return next();
};
