import { Scalar } from "@scalar/hono-api-reference";
import type { HttpDeps } from "#src/http/env.ts";
import { createRouter } from "#src/http/openapi.ts";
import { describePublicFile } from "#src/http/public-file.ts";
import { requestUrl } from "#src/http/request-url.ts";
import { etagOf, packFile, sendFile } from "#src/http/static-file.ts";

/**
 * Everything comes from here, so that the page works with no internet and can leak nothing. Scripts are the one of this
 * server and the few lines that stand in the page, by their hash; the script sets styles in place.
 */
const policy = (page: string) =>
  [
    "default-src 'none'",
    ["script-src 'self'", ...inlineScripts(page).map((text) => `'sha256-${sha256(text)}'`)].join(" "),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** The API reference, and the document it shows. */
export function docsRoutes(deps: HttpDeps, openApiDocument: () => string) {
  const app = createRouter();
  const summary = "The API reference as a page; works with no internet";
  describePublicFile(app, { path: "/docs", operationId: "getDocs", summary, type: "text/html", isKept: false });
  describePublicFile(app, {
    path: "/docs/scalar.js",
    operationId: "getDocsScript",
    summary: "The script of that page",
    type: "text/javascript",
  });
  describePublicFile(app, {
    path: "/openapi.json",
    operationId: "getOpenApiDocument",
    summary: "This document",
    type: "application/json",
  });
  const script = once(() => packScript(deps.scalarBundle));
  const document = once(() => {
    const text = openApiDocument();
    return { text, etag: etagOf(text) };
  });

  app.get("/openapi.json", (c) => {
    const { text, etag } = document();
    if (c.req.header("If-None-Match") === etag) return c.body(null, 304, { ETag: etag });
    return c.body(text, 200, { "Content-Type": "application/json", "Cache-Control": "no-cache", ETag: etag });
  });

  app.get(
    "/docs",
    async (c, next) => {
      await next();
      const page = await c.res.clone().text();
      c.header("Content-Security-Policy", policy(page));
      c.header("Cache-Control", "no-cache");
    },
    Scalar((c) => ({
      url: "/openapi.json",
      // So that the examples shown can be pasted into a terminal.
      baseServerURL: requestUrl(c.req.raw).origin,
      cdn: "/docs/scalar.js",
      pageTitle: "Orchestrator API",
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: "never",
    })),
  );

  app.get("/docs/scalar.js", async (c) => sendFile(c, await script(), { "Cache-Control": "max-age=86400" }));
  return app;
}

/** The scripts that stand in a page. */
function inlineScripts(page: string): string[] {
  return [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("base64");
}

/** Packed once, when the first reader asks. */
async function packScript(path: string) {
  return packFile(await Bun.file(path).bytes(), "text/javascript; charset=utf-8");
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
