import { z } from "zod";
import { createToken, deleteToken } from "#src/commands/tokens.ts";
import { CreatedToken, CreateToken, Token, TokenQuery } from "#src/domain/token.ts";
import { listTokens } from "#src/queries/tokens.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { depsOf } from "#src/http/idempotency.ts";
import { commandRoute, createRouter, json, jsonBody, noContent, PAGED, queryRoute } from "#src/http/openapi.ts";
import { sendPage } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Tokens";
const PATH = "/api/tokens";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listTokens",
  scope: "admin",
  summary: "List tokens, newest first",
  request: { query: TokenQuery },
  responses: { 200: json("Tokens, without what is secret of them", z.array(Token), PAGED) },
});

const create = commandRoute(NOUN, {
  method: "post",
  path: PATH,
  operationId: "createToken",
  scope: "admin",
  summary: "Make a token",
  description:
    "Its `secret` is shown in this answer only, and not again under the same `Idempotency-Key`, which is a conflict (409). From the first token on, everything but the docs and `/health` asks for one.",
  isSecret: true,
  request: { body: jsonBody(CreateToken) },
  responses: { 201: json("The token, with its secret", CreatedToken, {}) },
});

const remove = commandRoute(
  NOUN,
  {
    method: "delete",
    path: `${PATH}/{id}`,
    operationId: "deleteToken",
    scope: "admin",
    summary: "Revoke a token",
    description: "It is refused from now on; its sockets are closed with 4401, its streams end.",
    responses: { 204: noContent("Revoked") },
  },
  "not_found",
);

export function tokenRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => sendPage(c, await listTokens(deps.db, c.req.valid("query"))))
    .openapi(create, async (c) => {
      const token = await createToken(depsOf(c, deps), c.req.valid("json"));
      c.env.subject = { id: token.id, name: token.name, scope: token.scope };
      return sendJson(token, 201);
    })
    .openapi(remove, async (c) => {
      const id = c.req.param("id");
      await deleteToken(deps, id);
      c.env.subject = { id };
      return c.body(null, 204);
    });
}
