import type { Context } from "hono";
import { z } from "zod";
import { Problem } from "#src/domain/problem.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { createRouter, guarded, noContent, problems } from "#src/http/openapi.ts";
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

type Parameter = {
  readonly name: string;
  readonly says: { readonly description: string; readonly examples: string[] };
};

const VIEW: Parameter = { name: "view", says: { description: "Name of a view", examples: ["logs"] } };
const NAME: Parameter = {
  name: "name",
  says: { description: "As the page names it", examples: ["icon-se73057a.svg"] },
};

/** The dashboard: one document for all its views, and the files that it loads. */
export function dashboardRoutes({ page }: Pick<HttpDeps, "page">) {
  const app = createRouter();
  describe(app, "/dashboard", "getDashboard", "The dashboard, a page; works with no internet");
  describe(app, "/dashboard/{view}", "getDashboardView", "The same page, opened at one of its views", VIEW);
  describe(app, "/dashboard/assets/{name}", "getDashboardAsset", "A script, style or picture of that page", NAME);
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

function describe(
  app: ReturnType<typeof createRouter>,
  path: string,
  operationId: string,
  summary: string,
  parameter?: Parameter,
): void {
  const { codes, ...guardedAs } = guarded("public");
  app.openAPIRegistry.registerPath({
    method: "get",
    path,
    operationId,
    summary,
    ...guardedAs,
    tags: ["System: queries"],
    ...(parameter === undefined
      ? {}
      : { request: { params: z.object({ [parameter.name]: z.string().meta(parameter.says) }) } }),
    responses: {
      200: { ...noContent(summary), content: { [parameter === NAME ? "*/*" : "text/html"]: { schema: z.string() } } },
      304: noContent("As `If-None-Match` has it"),
      ...problems(...codes, ...(parameter === NAME ? (["not_found"] as const) : [])),
    },
  });
}
