import type { Context } from "hono";

/** The address of a request. Its Host header may be rubbish: then only the path is right. */
export function requestUrl(c: Context): URL {
  return URL.parse(c.req.url) ?? new URL(c.req.path, "http://localhost");
}
