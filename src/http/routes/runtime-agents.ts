import { z } from "zod";
import { createRuntimeAgent, deleteRuntimeAgent, updateRuntimeAgent } from "#src/commands/runtime-agents.ts";
import { CreateRuntimeAgent, RuntimeAgent, RuntimeAgentQuery, UpdateRuntimeAgent } from "#src/domain/runtime-agent.ts";
import { getRuntimeAgent, listRuntimeAgents } from "#src/queries/runtime-agents.ts";
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

const NOUN = "Runtime agents";
const PATH = "/api/runtime/agents";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listRuntimeAgents",
  scope: "read",
  summary: "List running and finished agents, newest first",
  request: { query: RuntimeAgentQuery },
  responses: { 200: json("Runtime agents", z.array(RuntimeAgent), PAGED) },
});

const create = commandRoute(
  NOUN,
  {
    method: "post",
    path: PATH,
    operationId: "createRuntimeAgent",
    scope: "ingest",
    summary: "Start an instance of a definition",
    request: { body: jsonBody(CreateRuntimeAgent) },
    responses: {
      200: json("The agent that has this `external_id` already", RuntimeAgent, {}),
      201: json("The agent", RuntimeAgent, CREATED),
    },
  },
  "not_found",
);

const get = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/{id}`,
    operationId: "getRuntimeAgent",
    scope: "read",
    summary: "Read a runtime agent",
    responses: { 200: json("The agent", RuntimeAgent, CHANGE_SEQ) },
  },
  "not_found",
);

const update = commandRoute(
  NOUN,
  {
    method: "patch",
    path: `${PATH}/{id}`,
    operationId: "updateRuntimeAgent",
    scope: "ingest",
    summary: "Change an agent's status or other fields",
    description:
      "An alive status may become any other; a final one never changes (409). Each change of status leaves a `state_change` log.",
    request: { body: jsonBody(UpdateRuntimeAgent) },
    responses: { 200: json("The agent as it now is", RuntimeAgent, {}) },
  },
  "not_found",
);

const remove = commandRoute(
  NOUN,
  {
    method: "delete",
    path: `${PATH}/{id}`,
    operationId: "deleteRuntimeAgent",
    scope: "control",
    summary: "Delete an agent with its prompts and logs",
    responses: { 204: noContent("Deleted") },
  },
  "not_found",
);

export function runtimeAgentRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, since, until, ...filter } = c.req.valid("query");
      return sendPage(c, await listRuntimeAgents(deps.db, filter, { limit, cursor, since, until }));
    })
    .openapi(create, async (c) => {
      const { agent, created } = await createRuntimeAgent(depsOf(c, deps), c.req.valid("json"));
      return created ? sendCreated(PATH, agent) : sendJson(agent, 200);
    })
    .openapi(get, async (c) => sendRow(await getRuntimeAgent(deps.db, c.req.param("id"))))
    .openapi(update, async (c) => {
      const id = c.req.param("id");
      return sendJson(await updateRuntimeAgent(deps, id, c.req.valid("json")), 200);
    })
    .openapi(remove, async (c) => {
      await deleteRuntimeAgent(deps, c.req.param("id"));
      return c.body(null, 204);
    });
}
