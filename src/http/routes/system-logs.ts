import { z } from "zod";
import { createSystemLog } from "#src/commands/system-logs.ts";
import { Problem } from "#src/domain/problem.ts";
import { CreateSystemLog, FoundSystemLog, SystemLog, SystemLogQuery } from "#src/domain/system-log.ts";
import { listSystemLogs } from "#src/queries/system-logs.ts";
import { AUDIT_COMPONENT } from "#src/http/audit.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { depsOf } from "#src/http/idempotency.ts";
import { commandRoute, createRouter, json, jsonBody, PAGED, queryRoute } from "#src/http/openapi.ts";
import { sendPage } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "System logs";
const PATH = "/api/system/logs";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listSystemLogs",
  scope: "read",
  summary: "List logs of the system itself, newest first",
  request: { query: SystemLogQuery },
  responses: { 200: json("Logs", z.array(FoundSystemLog), PAGED) },
});

const create = commandRoute(NOUN, {
  method: "post",
  path: PATH,
  operationId: "createSystemLog",
  scope: "ingest",
  summary: "Append a system log",
  description: 'Where the server asks for tokens, the component "auth" is its own.',
  request: { body: jsonBody(CreateSystemLog) },
  responses: { 201: json("The row", SystemLog, {}) },
});

export function systemLogRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, since, until, ...filter } = c.req.valid("query");
      return sendPage(c, await listSystemLogs(deps.db, filter, { limit, cursor, since, until }));
    })
    .openapi(create, async (c) => {
      const command = c.req.valid("json");
      if (c.env.principal !== null && command.component === AUDIT_COMPONENT) throw reserved();
      return sendJson(await createSystemLog(depsOf(c, deps), command), 201);
    });
}

/** Where there are tokens, what stands in the audit must be what the server has seen. */
function reserved(): Problem {
  const detail = `"${AUDIT_COMPONENT}" is the server's own: take another name`;
  return new Problem("validation", `The body is not valid: /component: ${detail}.`, {
    errors: [{ pointer: "/component", detail }],
  });
}
