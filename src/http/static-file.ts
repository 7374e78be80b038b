import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";
import { takesGzip } from "./accepts.ts";
import type { Env } from "./env.ts";

const compress = promisify(gzip);
const BEST = 9;
const PACKED = "-gzip";

/** A file that is always the same, as it is sent: plain, or packed to who can unpack. */
export type StaticFile = {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly etag: string;
};

/** Packs a file, off this thread. */
export async function packFile(plain: Uint8Array<ArrayBuffer>, type: string): Promise<StaticFile> {
  const packed = await compress(plain, { level: BEST });
  return { type, plain, packed: new Uint8Array(packed), etag: etagOf(plain) };
}

/** Answers with a file, or that the reader has it. */
export function sendFile(c: Context<Env>, file: StaticFile, more: Readonly<Record<string, string>>): Response {
  const isPacked = takesGzip(c.req.header("Accept-Encoding"));
  // Other bytes, another tag: a cache that holds both must not mix them up.
  const etag = isPacked ? file.etag.replace(/"$/, `${PACKED}"`) : file.etag;
  const headers = { "Content-Type": file.type, ETag: etag, Vary: "Accept-Encoding", ...more };
  if (isKnown(c.req.header("If-None-Match"), file.etag)) return c.body(null, 304, headers);
  if (!isPacked) return c.body(file.plain, 200, headers);
  return c.body(file.packed, 200, { ...headers, "Content-Encoding": "gzip" });
}

/** Whether one of the tags that a client knows is that of the file, packed by us or by a proxy (which makes it weak) or not. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? "").split(",").some((tag) => {
    const known = tag.trim().replace(/^W\//, "").replace(`${PACKED}"`, '"');
    return known === etag || known === "*";
  });
}

export function etagOf(content: string | Uint8Array): string {
  return `"${new Bun.CryptoHasher("sha256").update(content).digest("hex").slice(0, 32)}"`;
}
