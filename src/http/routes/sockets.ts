import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  AgentStatusQuery,
  AgentUpdateFrame,
  BookmarkFrame,
  ChangeFrame,
  HelloFrame,
  StaleFrame,
  StreamQuery,
} from "#src/domain/change.ts";
import { Problem } from "#src/domain/problem.ts";
import { socketData } from "#src/live/socket.ts";
import { topicOf } from "#src/live/topics.ts";
import type { StreamRequest } from "#src/live/join.ts";
import { readQuery } from "#src/http/checked.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { createRouter, problems } from "#src/http/openapi.ts";
import { requestUrl } from "#src/http/request-url.ts";

const TAGS = ["Live updates: queries"];

/** What OpenAPI cannot say of a socket in a schema. */
const ABOUT_SOCKETS = `Control frames: \`hello\` first, \`bookmark\` at least every 15 s, \`stale\` (then close 4410) when \`after\` can no longer be served.
With \`after\`, everything behind that \`seq\` is replayed and the stream goes live with no gap and no duplicate.
What a client sends is ignored; above 64 KB it is closed with 1009. A consumer that cannot keep up is closed with 4408 and comes back with \`after\`. At a restart sockets are closed with 1012.`;

export function socketRoutes(deps: HttpDeps): OpenAPIHono<Env> {
  const app = createRouter();
  describe(
    app,
    "/ws/agent-status",
    "watchAgentStatus",
    "Watch the status of runtime agents",
    AgentStatusQuery,
    AgentUpdateFrame,
    [
      "On opening without `after`: one frame with the agents that are alive or ended within the last hour (the newest 1000). Then a frame for every change of a runtime agent (`AgentUpdateFrame`).",
      ABOUT_SOCKETS,
    ],
  );
  describe(app, "/ws/events", "watchEvents", "Watch the whole change feed", StreamQuery, ChangeFrame, [
    "A frame for every change (`ChangeFrame`), narrowed by `types`, `session_id` and `agent_id`.",
    ABOUT_SOCKETS,
  ]);
  const upgrade = (c: Context<Env>, request: StreamRequest) => {
    refuseForeignOrigin(c, deps.corsOrigins);
    const upgraded = c.env.server.upgrade(c.req.raw, { data: socketData(request) });
    if (!upgraded) throw upgradeRequired();
    return new Response(null);
  };
  app.get("/ws/agent-status", (c) => {
    requireUpgrade(c);
    return upgrade(c, { topic: topicOf("agent-status", { types: ["agent"] }), ...readQuery(c, AgentStatusQuery) });
  });
  app.get("/ws/events", (c) => {
    requireUpgrade(c);
    const { after, feed, ...filter } = readQuery(c, StreamQuery);
    return upgrade(c, { topic: topicOf("events", filter), after, feed });
  });
  return app;
}

function requireUpgrade(c: Context<Env>): void {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") throw upgradeRequired();
}

function upgradeRequired(): Problem {
  return new Problem(
    "upgrade_required",
    "This path is a WebSocket: connect with ws:// and the `Upgrade` header.",
    {},
    {
      Upgrade: "websocket",
      Connection: "Upgrade",
    },
  );
}

/** Browsers let any page open a socket to this machine: its origin must be ours or an allowed one. */
function refuseForeignOrigin(c: Context<Env>, allowed: readonly string[]): void {
  const origin = c.req.header("Origin");
  if (origin === undefined || allowed.includes(origin) || origin === requestUrl(c.req.raw).origin) return;
  throw new Problem("forbidden", "Pages of this origin may not open sockets here: add it to CORS_ORIGINS.");
}

function describe(
  app: OpenAPIHono<Env>,
  path: string,
  operationId: string,
  summary: string,
  schema: z.ZodObject,
  changeFrame: typeof ChangeFrame | typeof AgentUpdateFrame,
  about: readonly string[],
): void {
  const frames = z.discriminatedUnion("type", [changeFrame, HelloFrame, BookmarkFrame, StaleFrame]);
  app.openAPIRegistry.registerPath({
    method: "get",
    path,
    operationId,
    summary,
    description: about.join("\n\n"),
    tags: TAGS,
    request: { query: schema },
    responses: {
      101: {
        description: "The socket is open. Each frame is a JSON text, told apart by its `type`.",
        content: { "application/json": { schema: frames } },
      },
      ...problems("bad_request", "forbidden", "method_not_allowed", "validation", "upgrade_required", "internal"),
    },
  });
}
