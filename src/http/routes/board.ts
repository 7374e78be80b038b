import { z } from "zod";
import { BoardAgent, BoardQuery, CURRENT_AGENTS } from "#src/domain/board.ts";
import { listBoard } from "#src/queries/board.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { CHANGE_SEQ, createRouter, json, queryRoute } from "#src/http/openapi.ts";
import { sendRow } from "#src/http/paging.ts";

const list = queryRoute("Runtime agents", {
  method: "get",
  path: "/api/runtime/board",
  operationId: "listBoard",
  scope: "read",
  summary: "Who needs somebody, who works on what, what it took so far",
  description: `The agents that are alive or ended within the last hour, as \`/ws/agent-status\` begins with them; with a filter those that pass it, whatever their status and age. The newest first by \`started_at\`, \`limit\` rows (${CURRENT_AGENTS.most} at the most), not paged. Of more than that, those that wait are shown first, then the alive ones; all that there are is in /api/runtime/agents. Logs and tokens may be of changes behind \`X-Change-Seq\`, which come again to who watches from there.`,
  request: { query: BoardQuery },
  responses: { 200: json("Agents", z.array(BoardAgent), CHANGE_SEQ) },
});

export function boardRoutes(deps: HttpDeps) {
  return createRouter().openapi(list, async (c) => {
    const { limit, ...filter } = c.req.valid("query");
    return sendRow(await listBoard(deps.db, filter, limit, deps.clock()));
  });
}
