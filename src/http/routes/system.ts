import { z } from "zod";
import { Health, ServiceInfo } from "#src/domain/health.ts";
import { prefersPage } from "#src/http/accepts.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { createRouter, json, noContent, queryRoute } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";
import { seldom } from "#src/platform/seldom.ts";
import { getHealth } from "#src/queries/health.ts";

const NOUN = "System";

/** Probes add what they like against caches; there is no filter to mistype. */
const ANY_QUERY = z.looseObject({});

const root = queryRoute(NOUN, {
  method: "get",
  path: "/",
  operationId: "getServiceInfo",
  scope: "read",
  isPublic: wantsPage,
  summary: "What this is; a browser is sent to the dashboard",
  request: { query: ANY_QUERY },
  responses: {
    200: json("The service", ServiceInfo, {}),
    302: noContent("To `/dashboard`, when HTML is asked for", {
      Location: { description: "`/dashboard`", schema: { type: "string" } },
    }),
  },
});

const health = queryRoute(NOUN, {
  method: "get",
  path: "/health",
  operationId: "getHealth",
  scope: "public",
  summary: "Whether reading, writing, the feed and the disk are well",
  description:
    "Cheap, and it waits for nobody: a write that cannot begin within 50 ms is told as waiting. It names no file and no path.",
  request: { query: ANY_QUERY },
  responses: {
    200: json("Nothing has failed; what is `degraded` wants looking after", Health, {}),
    503: json("One of the checks is `failed`", Health, {}),
  },
});

/** A browser that was given the server's address. */
function wantsPage({ headers }: Request): boolean {
  return prefersPage(headers.get("Accept"));
}

export function systemRoutes(deps: HttpDeps) {
  const log = seldom(deps.log);
  return createRouter()
    .openapi(root, (c) => {
      if (wantsPage(c.req.raw)) return c.redirect("/dashboard", 302);
      return sendJson({ service: "orchestrator", version: deps.version, status: "operational" as const }, 200);
    })
    .openapi(health, async () => {
      const found = await getHealth({ ...deps, log, feed: () => deps.liveFigures().feed });
      return sendJson(found, found.status === "healthy" ? 200 : 503);
    });
}
