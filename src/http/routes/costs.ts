import { z } from "zod";
import { AgentCost, CostRow, CostsQuery, MOST_AGENTS } from "#src/domain/costs.ts";
import { getAgentCost, listCosts } from "#src/queries/costs.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { CHANGE_SEQ, createRouter, json, queryRoute } from "#src/http/openapi.ts";
import { sendRow } from "#src/http/paging.ts";

const NOUN = "Costs";

const ofAgent = queryRoute(
  NOUN,
  {
    method: "get",
    path: "/api/runtime/agents/{id}/cost",
    operationId: "getAgentCost",
    scope: "read",
    summary: "What an agent cost, with all below it",
    description:
      "Costs are those of the agents; tokens are those of the prompts that are still there. What is computed from list prices is an estimate.",
    responses: { 200: json("The cost", AgentCost, CHANGE_SEQ) },
  },
  "not_found",
);

const list = queryRoute(NOUN, {
  method: "get",
  path: "/api/costs",
  operationId: "listCosts",
  scope: "read",
  summary: "Costs by agent, session, definition, model or day",
  description: `The costliest first, days the newest first; \`limit\` rows, not paged. By definition, model and day as in /api/stats. By agent and session the newest ${MOST_AGENTS.toLocaleString("en-US")} of the time asked for are compared: where there may be more, ask for less time.`,
  request: { query: CostsQuery },
  responses: { 200: json("Costs", z.array(CostRow), CHANGE_SEQ) },
});

export function costRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(ofAgent, async (c) => sendRow(await getAgentCost(deps.db, c.req.param("id"))))
    .openapi(list, async (c) => sendRow(await listCosts(deps.db, c.req.valid("query"))));
}
