import { z } from "zod";
import { Health, ServiceInfo } from "#src/domain/health.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { createRouter, json, noContent, queryRoute } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "System";

/** Probes add what they like against caches; there is no filter to mistype. */
const ANY_QUERY = z.looseObject({});

const root = queryRoute(NOUN, {
  method: "get",
  path: "/",
  operationId: "getServiceInfo",
  scope: "read",
  summary: "What this is; a browser is sent to the docs",
  request: { query: ANY_QUERY },
  responses: {
    200: json("The service", ServiceInfo, {}),
    302: noContent("To `/docs`, when HTML is asked for", {
      Location: { description: "`/docs`", schema: { type: "string" } },
    }),
  },
});

const health = queryRoute(NOUN, {
  method: "get",
  path: "/health",
  operationId: "getHealth",
  scope: "public",
  summary: "Whether the database answers",
  request: { query: ANY_QUERY },
  responses: { 200: json("It does", Health, {}), 503: json("It does not", Health, {}) },
});

export function systemRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(root, (c) => {
      if ((c.req.header("Accept") ?? "").includes("text/html")) return c.redirect("/docs", 302);
      return sendJson({ service: "orchestrator", version: deps.version, status: "operational" as const }, 200);
    })
    .openapi(health, async () => {
      const uptime = Math.round((deps.clock() - deps.startedAt) / 1000);
      try {
        await deps.db.probe();
        return sendJson(
          { status: "healthy" as const, database: "connected" as const, version: deps.version, uptime_s: uptime },
          200,
        );
      } catch (error) {
        deps.log.error("the database does not answer", { error });
        return sendJson(
          { status: "unhealthy" as const, database: "disconnected" as const, version: deps.version, uptime_s: uptime },
          503,
        );
      }
    });
}
