import { z } from "zod";
import { updateSession } from "#src/commands/sessions.ts";
import { Session, SessionQuery, SessionWithTree, UpdateSession } from "#src/domain/session.ts";
import { getSession, listSessions } from "#src/queries/sessions.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { CHANGE_SEQ, commandRoute, createRouter, json, jsonBody, PAGED, queryRoute } from "#src/http/openapi.ts";
import { sendPage, sendRow } from "#src/http/paging.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Sessions";
const PATH = "/api/runtime/sessions";

const list = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "listSessions",
  scope: "read",
  summary: "List sessions, the last active first",
  request: { query: SessionQuery },
  responses: { 200: json("Sessions", z.array(Session), PAGED) },
});

const get = queryRoute(
  NOUN,
  {
    method: "get",
    path: `${PATH}/{session_id}`,
    operationId: "getSession",
    scope: "read",
    summary: "Read a session with its agent tree",
    responses: { 200: json("The session", SessionWithTree, CHANGE_SEQ) },
  },
  "not_found",
);

const update = commandRoute(
  NOUN,
  {
    method: "patch",
    path: `${PATH}/{session_id}`,
    operationId: "updateSession",
    scope: "control",
    summary: "Configure a session",
    description: "`config` is replaced whole, null takes it away. It leaves no change in the feed.",
    request: { body: jsonBody(UpdateSession) },
    responses: { 200: json("The session as it now is", Session, {}) },
  },
  "not_found",
);

export function sessionRoutes(deps: HttpDeps) {
  return createRouter()
    .openapi(list, async (c) => sendPage(c, await listSessions(deps.db, c.req.valid("query"))))
    .openapi(get, async (c) => sendRow(await getSession(deps.db, c.req.param("session_id"))))
    .openapi(update, async (c) =>
      sendJson(await updateSession(deps, c.req.param("session_id"), c.req.valid("json")), 200),
    );
}
