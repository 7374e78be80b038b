import { z } from "zod";
import { createPrompt, deletePrompt, updatePrompt } from "#src/commands/prompts.ts";
import { CreatePrompt, FoundPrompt, Prompt, PromptQuery, UpdatePrompt } from "#src/domain/prompt.ts";
import { getPrompt, listPrompts } from "#src/queries/prompts.ts";
import { BODY_BYTES } from "#src/http/body.ts";
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

const NOUN = "Prompts";
const PATH = "/api/runtime/prompts";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listPrompts",
  scope: "read",
  summary: "List prompts of all agents, newest first",
  request: { query: PromptQuery },
  responses: { 200: json("Prompts", z.array(FoundPrompt), PAGED) },
});

const create = commandRoute(
  NOUN,
  {
    method: "post",
    path: PATH,
    operationId: "createPrompt",
    scope: "ingest",
    summary: "Record a prompt of an agent",
    description: "A `cost_usd` moves the agent's cost by the same amount. Bodies up to 8 MB.",
    maxBytes: BODY_BYTES.large,
    request: { body: jsonBody(CreatePrompt) },
    responses: { 201: json("The prompt", Prompt, CREATED) },
  },
  "not_found",
);

const get = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/{id}`,
    operationId: "getPrompt",
    scope: "read",
    summary: "Read a prompt",
    responses: { 200: json("The prompt", Prompt, CHANGE_SEQ) },
  },
  "not_found",
);

const update = commandRoute(
  NOUN,
  {
    method: "patch",
    path: `${PATH}/{id}`,
    operationId: "updatePrompt",
    scope: "ingest",
    summary: "Record the answer to a prompt",
    description:
      "pending → streaming → completed, failed or cancelled. A change of `cost_usd` moves the agent's cost by the same amount. Bodies up to 8 MB.",
    maxBytes: BODY_BYTES.large,
    request: { body: jsonBody(UpdatePrompt) },
    responses: { 200: json("The prompt as it now is", Prompt, {}) },
  },
  "not_found",
);

const remove = commandRoute(
  NOUN,
  {
    method: "delete",
    path: `${PATH}/{id}`,
    operationId: "deletePrompt",
    scope: "control",
    summary: "Delete a prompt; its agent's cost stays",
    responses: { 204: noContent("Deleted") },
  },
  "not_found",
);

export function promptRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, since, until, ...filter } = c.req.valid("query");
      return sendPage(c, await listPrompts(deps.db, filter, { limit, cursor, since, until }));
    })
    .openapi(create, async (c) => sendCreated(PATH, await createPrompt(depsOf(c, deps), c.req.valid("json"))))
    .openapi(get, async (c) => sendRow(await getPrompt(deps.db, c.req.param("id"))))
    .openapi(update, async (c) => {
      const id = c.req.param("id");
      return sendJson(await updatePrompt(deps, id, c.req.valid("json")), 200);
    })
    .openapi(remove, async (c) => {
      await deletePrompt(deps, c.req.param("id"));
      return c.body(null, 204);
    });
}
