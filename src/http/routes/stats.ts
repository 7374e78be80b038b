import { z } from "zod";
import { StatsQuery, StatsRow, statsRequest } from "#src/domain/stats.ts";
import { getStats } from "#src/queries/stats.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { CHANGE_SEQ, createRouter, json, queryRoute } from "#src/http/openapi.ts";
import { sendRow } from "#src/http/paging.ts";

const NOUN = "Stats";

const stats = queryRoute(NOUN, {
  method: "get",
  path: "/api/stats",
  operationId: "getStats",
  scope: "read",
  summary: "Totals by day, model, type or definition",
  description:
    "Kept with every write, never added up here; what retention has removed is counted on. Days are UTC. Newest day first, then the costliest; at most 10,000 rows.",
  request: { query: StatsQuery },
  responses: { 200: json("Totals", z.array(StatsRow), CHANGE_SEQ) },
});

export function statsRoutes(deps: HttpDeps) {
  return createRouter().openapi(stats, async (c) =>
    sendRow(await getStats(deps.db, statsRequest(c.req.valid("query")))),
  );
}
