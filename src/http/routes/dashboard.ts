import type { Context } from "hono";
import { Problem } from "#src/domain/problem.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { createRouter } from "#src/http/openapi.ts";
import { describePublicFile } from "#src/http/public-file.ts";
import { requestUrl } from "#src/http/request-url.ts";
import { packFile, sendFile, type StaticFile } from "#src/http/static-file.ts";

const DOCUMENT = "index.html";

/**
 * Everything comes from here, nothing stands in the document, and no text ever becomes markup: where a browser knows
 * trusted types, a script that tried would throw.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** The dashboard: one document for all its views, and the files that it loads. */
export function dashboardRoutes({ page }: Pick<HttpDeps, "page">) {
  const app = createRouter();
  describePublicFile(app, {
    path: "/dashboard",
    operationId: "getDashboard",
    summary: "The dashboard, a page; works with no internet",
    type: "text/html",
  });
  describePublicFile(app, {
    path: "/dashboard/{view}",
    operationId: "getDashboardView",
    summary: "The same page, opened at one of its views",
    type: "text/html",
    parameter: { name: "view", description: "Name of a view", examples: ["logs"] },
  });
  describePublicFile(app, {
    path: "/dashboard/assets/{name}",
    operationId: "getDashboardAsset",
    summary: "A script, style or picture of that page",
    type: "*/*",
    parameter: { name: "name", description: "As the page names it", examples: ["icon-se73057a.svg"] },
    isMissing: true,
  });
  let served: Promise<ReadonlyMap<string, StaticFile>> | undefined;

  /** Packed once, off this thread, when the first reader asks; what failed is tried again by the next. */
  function files(): Promise<ReadonlyMap<string, StaticFile>> {
    served ??= pack(page()).catch((error: unknown) => {
      served = undefined;
      throw error;
    });
    return served;
  }

  async function answer(c: Context<Env>, name: string, more: Readonly<Record<string, string>>): Promise<Response> {
    const file = (await files()).get(name);
    if (file === undefined)
      throw new Problem("not_found", "The dashboard has no such file: it may be of another version.");
    return sendFile(c, file, more);
  }

  const asPage = { "Content-Security-Policy": POLICY, "Cache-Control": "no-cache" };
  app.get("/dashboard", (c) => answer(c, DOCUMENT, asPage));
  app.get("/dashboard/:view", (c) => answer(c, DOCUMENT, asPage));
  // Their names change with what is in them.
  app.get("/dashboard/assets/:name", (c) => {
    const name = c.req.param("name");
    return answer(c, name === DOCUMENT ? "" : name, { "Cache-Control": "public, max-age=31536000, immutable" });
  });
  return app;
}

/** Where somebody meant to go who typed a slash behind an address of the page; null elsewhere. */
export function withoutSlash(request: Request): string | null {
  const { pathname, search } = requestUrl(request);
  return /^\/dashboard(\/\w+)?\/$/.test(pathname) ? pathname.slice(0, -1) + search : null;
}

async function pack(page: ReturnType<HttpDeps["page"]>): Promise<ReadonlyMap<string, StaticFile>> {
  const packed = [...(await page)].map(async ([name, plain]): Promise<[string, StaticFile]> => {
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    return [name, await packFile(plain, type)];
  });
  return new Map(await Promise.all(packed));
}
