import { z } from "zod";
import {
  createOrchestratorAgent,
  deleteOrchestratorAgent,
  updateOrchestratorAgent,
} from "#src/commands/orchestrator-agents.ts";
import {
  CreateOrchestratorAgent,
  FoundOrchestratorAgent,
  OrchestratorAgent,
  OrchestratorAgentQuery,
  UpdateOrchestratorAgent,
} from "#src/domain/orchestrator-agent.ts";
import { getOrchestratorAgent, listOrchestratorAgents } from "#src/queries/orchestrator-agents.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { depsOf } from "#src/http/idempotency.ts";
import {
  CHANGE_SEQ,
  commandRoute,
  CREATED,
  createRouter,
  json,
  jsonBody,
  noContent,
  PAGED,
  queryRoute,
} from "#src/http/openapi.ts";
import { sendCreated, sendPage, sendRow } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Orchestrator agents";
const PATH = "/api/agents";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listOrchestratorAgents",
  scope: "read",
  summary: "List definitions, newest first",
  request: { query: OrchestratorAgentQuery },
  responses: { 200: json("Definitions", z.array(FoundOrchestratorAgent), PAGED) },
});

const create = commandRoute(NOUN, {
  method: "post",
  path: PATH,
  operationId: "createOrchestratorAgent",
  scope: "control",
  summary: "Define a kind of agent",
  request: { body: jsonBody(CreateOrchestratorAgent) },
  responses: { 201: json("The definition", OrchestratorAgent, CREATED) },
});

const get = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/{id}`,
    operationId: "getOrchestratorAgent",
    scope: "read",
    summary: "Read a definition",
    responses: { 200: json("The definition", OrchestratorAgent, CHANGE_SEQ) },
  },
  "not_found",
);

const update = commandRoute(
  NOUN,
  {
    method: "put",
    path: `${PATH}/{id}`,
    operationId: "updateOrchestratorAgent",
    scope: "control",
    summary: "Change the given fields of a definition",
    request: { body: jsonBody(UpdateOrchestratorAgent) },
    responses: { 200: json("The definition as it now is", OrchestratorAgent, {}) },
  },
  "not_found",
);

const CascadeQuery = z.strictObject({
  cascade: z
    .enum(["true", "false"])
    .default("false")
    .transform((value) => value === "true")
    .meta({ type: "boolean", default: false, description: "Delete its finished runtime agents and workflows with it" }),
});

const remove = commandRoute(
  NOUN,
  {
    method: "delete",
    path: `${PATH}/{id}`,
    operationId: "deleteOrchestratorAgent",
    scope: "control",
    summary: "Delete a definition",
    request: { query: CascadeQuery },
    responses: { 204: noContent("Deleted") },
  },
  "not_found",
);

export function orchestratorAgentRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      return sendPage(c, await listOrchestratorAgents(deps.db, filter, { limit, cursor }));
    })
    .openapi(create, async (c) =>
      sendCreated(PATH, await createOrchestratorAgent(depsOf(c, deps), c.req.valid("json"))),
    )
    .openapi(get, async (c) => sendRow(await getOrchestratorAgent(deps.db, c.req.param("id"))))
    .openapi(update, async (c) => {
      const id = c.req.param("id");
      return sendJson(await updateOrchestratorAgent(deps, id, c.req.valid("json")), 200);
    })
    .openapi(remove, async (c) => {
      await deleteOrchestratorAgent(deps, c.req.param("id"), c.req.valid("query").cascade);
      return c.body(null, 204);
    });
}
