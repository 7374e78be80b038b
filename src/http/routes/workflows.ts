import { z } from "zod";
import { createWorkflow, updateWorkflow } from "#src/commands/workflows.ts";
import { CreateWorkflow, UpdateWorkflow, Workflow, WorkflowQuery } from "#src/domain/workflow.ts";
import { getWorkflow, listWorkflows } from "#src/queries/workflows.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { depsOf } from "#src/http/idempotency.ts";
import {
  CHANGE_SEQ,
  commandRoute,
  CREATED,
  createRouter,
  json,
  jsonBody,
  PAGED,
  queryRoute,
} from "#src/http/openapi.ts";
import { sendCreated, sendPage, sendRow } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Workflows";
const PATH = "/api/runtime/workflows";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listWorkflows",
  scope: "read",
  summary: "List AI developer workflows, newest first",
  request: { query: WorkflowQuery },
  responses: { 200: json("Workflows", z.array(Workflow), PAGED) },
});

const create = commandRoute(
  NOUN,
  {
    method: "post",
    path: PATH,
    operationId: "createWorkflow",
    scope: "ingest",
    summary: "Plan a workflow",
    request: { body: jsonBody(CreateWorkflow) },
    responses: { 201: json("The workflow", Workflow, CREATED) },
  },
  "not_found",
);

const get = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/{id}`,
    operationId: "getWorkflow",
    scope: "read",
    summary: "Read a workflow",
    responses: { 200: json("The workflow", Workflow, CHANGE_SEQ) },
  },
  "not_found",
);

const update = commandRoute(
  NOUN,
  {
    method: "patch",
    path: `${PATH}/{id}`,
    operationId: "updateWorkflow",
    scope: "ingest",
    summary: "Record a workflow's progress",
    description:
      "pending → in_progress (sets `started_at`) → completed, failed or cancelled (sets `completed_at` and `duration_seconds`).",
    request: { body: jsonBody(UpdateWorkflow) },
    responses: { 200: json("The workflow as it now is", Workflow, {}) },
  },
  "not_found",
);

export function workflowRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      return sendPage(c, await listWorkflows(deps.db, filter, { limit, cursor }));
    })
    .openapi(create, async (c) => sendCreated(PATH, await createWorkflow(depsOf(c, deps), c.req.valid("json"))))
    .openapi(get, async (c) => sendRow(await getWorkflow(deps.db, c.req.param("id"))))
    .openapi(update, async (c) => {
      const id = c.req.param("id");
      return sendJson(await updateWorkflow(deps, id, c.req.valid("json")), 200);
    });
}
