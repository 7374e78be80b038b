import { getPath } from "hono/utils/url";

/** The address of a request. Its Host header may be rubbish: then only the path is right. */
export function requestUrl(request: Request): URL {
  return URL.parse(request.url) ?? new URL(getPath(request), "http://localhost");
}
