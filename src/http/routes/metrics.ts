import { z } from "zod";
import type { HttpDeps } from "#src/http/env.ts";
import { createMetrics } from "#src/http/metrics.ts";
import { createRouter, noContent, queryRoute } from "#src/http/openapi.ts";
import type { RequestFigures } from "#src/http/request-figures.ts";

/** A scraper may be told to add what it likes; there is no filter to mistype. */
const ANY_QUERY = z.looseObject({});

const get = queryRoute("System", {
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  scope: "read",
  summary: "What this server does, for Prometheus",
  description: "Text format 0.0.4. Counters begin at 0 with each start of the server.",
  request: { query: ANY_QUERY },
  responses: {
    200: {
      ...noContent("The metrics"),
      content: {
        "text/plain": {
          schema: z.string().meta({
            description: "One line for each value, after its `# HELP` and `# TYPE`",
            examples: ['orchestrator_http_requests_total{method="GET",route="/api/agents/{id}",status="200"} 42'],
          }),
        },
      },
    },
  },
});

export function metricsRoutes(deps: HttpDeps, requests: RequestFigures) {
  const metrics = createMetrics(deps, requests);
  return createRouter().openapi(get, async (c) =>
    c.text(await metrics.write(), 200, { "Content-Type": metrics.contentType }),
  );
}
