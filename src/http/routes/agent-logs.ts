import { z } from "zod";
import { createAgentLogs } from "#src/commands/agent-logs.ts";
import { AgentLog, AgentLogQuery, CreateAgentLog, CreateAgentLogs, FoundAgentLog } from "#src/domain/agent-log.ts";
import { listAgentLogs, listLogsOfAgent } from "#src/queries/agent-logs.ts";
import { BODY_BYTES } from "#src/http/body.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { depsOf } from "#src/http/idempotency.ts";
import { commandRoute, createRouter, json, jsonBody, PAGED, queryRoute } from "#src/http/openapi.ts";
import { sendPage } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Agent logs";
const PATH = "/api/runtime/logs";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listAgentLogs",
  scope: "read",
  summary: "List logs of all agents, newest first",
  request: { query: AgentLogQuery },
  responses: { 200: json("Logs", z.array(FoundAgentLog), PAGED) },
});

const create = commandRoute(
  NOUN,
  {
    method: "post",
    path: PATH,
    operationId: "createAgentLogs",
    scope: "ingest",
    summary: "Append one log, or up to 1000 of them: all or none",
    description: "One log answers one row, an array answers an array. Bodies up to 8 MB.",
    maxBytes: BODY_BYTES.large,
    request: { body: jsonBody(z.union([CreateAgentLog, CreateAgentLogs])) },
    kept: (rows: readonly AgentLog[], command: unknown) => (Array.isArray(command) ? rows : rows[0]),
    responses: { 201: json("The row or rows", z.union([AgentLog, z.array(AgentLog)]), {}) },
  },
  "not_found",
);

const listOfAgent = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/agent/{agent_id}`,
    operationId: "listLogsOfAgent",
    scope: "read",
    summary: "List logs of one agent, newest first",
    request: { query: AgentLogQuery },
    responses: { 200: json("Logs", z.array(FoundAgentLog), PAGED) },
  },
  "not_found",
);

export function agentLogRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, since, until, ...filter } = c.req.valid("query");
      return sendPage(c, await listAgentLogs(deps.db, filter, { limit, cursor, since, until }));
    })
    .openapi(create, async (c) => {
      const body = c.req.valid("json");
      const rows = await createAgentLogs(depsOf(c, deps), Array.isArray(body) ? body : [body]);
      return sendJson(Array.isArray(body) ? rows : rows[0]!, 201);
    })
    .openapi(listOfAgent, async (c) => {
      const { limit, cursor, since, until, ...filter } = c.req.valid("query");
      const agentId = c.req.param("agent_id");
      return sendPage(c, await listLogsOfAgent(deps.db, agentId, filter, { limit, cursor, since, until }));
    });
}
