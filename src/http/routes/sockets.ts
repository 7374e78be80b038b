import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  AgentStatusQuery,
  AgentUpdateFrame,
  BookmarkFrame,
  ChangeFrame,
  ErrorFrame,
  HelloFrame,
  StaleFrame,
  StreamQuery,
} from "#src/domain/change.ts";
import { Problem } from "#src/domain/problem.ts";
import { type Receive, socketData } from "#src/live/socket.ts";
import { topicOf } from "#src/live/topics.ts";
import type { StreamRequest } from "#src/live/join.ts";
import { readQuery } from "#src/http/checked.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { noRoom } from "#src/http/no-room.ts";
import { createRouter, guarded, problems } from "#src/http/openapi.ts";
import { createReceiver } from "#src/http/socket-messages.ts";

const TAGS = ["Live updates: queries"];
const SCOPE = "read";
const PROTOCOL = "orchestrator";

/** What OpenAPI cannot say of a socket in a schema. */
const ABOUT_SOCKETS = `Control frames: \`hello\` first, \`bookmark\` at least every 15 s, \`stale\` (then close 4410) when \`after\` can no longer be served.
With \`after\`, everything behind that \`seq\` is replayed and the stream goes live with no gap and no duplicate.
What a client sends is ignored, but on \`/ws\`; above 64 KB it is closed with 1009. A consumer that cannot keep up is closed with 4408 and comes back with \`after\`. At a restart sockets are closed with 1012, and with 4401 when their token is revoked or expires.
A page cannot set headers: it offers the subprotocols \`["orchestrator", "bearer.<token>"]\`, of which \`orchestrator\` is chosen.`;

const ABOUT_MESSAGES = `Takes what the Python workflow processes of TAC send: texts \`{"type":"adw_broadcast"|"agent_broadcast","broadcast_type":…}\`. Each needs the scope \`ingest\` and counts as a command (\`RATE_LIMIT\`). It is stored, in the order of its socket, as workflows, agents and logs, and shown as every other change; nothing is passed on that was not stored.
A message that is refused is answered by a frame \`{"type":"error"}\`; one that is stored by nothing. A socket that has had one stored is a sender: it gets no more frames but errors, because those processes do not read. When more than 4 MB of its messages wait, it is closed with 4408.`;

export function socketRoutes(deps: HttpDeps): OpenAPIHono<Env> {
  const app = createRouter();
  const receiverOf = createReceiver(deps);
  describe(
    app,
    "/ws",
    "exchangeBroadcasts",
    "Tell of workflows, and watch the whole change feed",
    StreamQuery,
    ChangeFrame,
    ["Frames and query as of `/ws/events`.", ABOUT_MESSAGES, ABOUT_SOCKETS],
  );
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
  const upgrade = (c: Context<Env>, request: StreamRequest, receive: Receive | null = null) => {
    if (!deps.hasRoom()) throw noRoom();
    const data = socketData(request, c.env.principal, receive);
    const upgraded = c.env.server.upgrade(c.req.raw, { data, headers: chosenProtocol(c) });
    if (!upgraded) throw upgradeRequired();
    // For the log and the figures: Bun has answered already.
    return new Response(null, { status: 101 });
  };
  app.get("/ws/agent-status", (c) => {
    c.env.guard.admit(c, SCOPE);
    requireUpgrade(c);
    return upgrade(c, { topic: topicOf("agent-status", { types: ["agent"] }), ...readQuery(c, AgentStatusQuery) });
  });
  app.get("/ws", (c) => {
    c.env.guard.admit(c, SCOPE);
    requireUpgrade(c);
    const { after, feed, ...filter } = readQuery(c, StreamQuery);
    return upgrade(c, { topic: topicOf("events", filter), after, feed }, receiverOf(c));
  });
  app.get("/ws/events", (c) => {
    c.env.guard.admit(c, SCOPE);
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

/** A client that offers subprotocols wants one of them; the other one it offers is its token, which is not repeated. */
function chosenProtocol(c: Context<Env>): Record<string, string> {
  const header = c.req.header("Sec-WebSocket-Protocol");
  if (header === undefined) return {};
  const offered = header.split(",").map((name) => name.trim());
  if (offered.includes(PROTOCOL)) return { "Sec-WebSocket-Protocol": PROTOCOL };
  const detail = `expected \`${PROTOCOL}\`, alone or beside \`bearer.<token>\``;
  throw new Problem("validation", `The header is not valid: Sec-WebSocket-Protocol: ${detail}.`, {
    errors: [{ pointer: "Sec-WebSocket-Protocol", detail }],
  });
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
  const { codes, description, security } = guarded(SCOPE, about.join("\n\n"));
  const errors = path === "/ws" ? [ErrorFrame] : [];
  const frames = z.discriminatedUnion("type", [changeFrame, HelloFrame, BookmarkFrame, StaleFrame, ...errors]);
  app.openAPIRegistry.registerPath({
    method: "get",
    path,
    operationId,
    summary,
    description,
    security,
    tags: TAGS,
    request: { query: schema },
    responses: {
      101: {
        description: "The socket is open. Each frame is a JSON text, told apart by its `type`.",
        content: { "application/json": { schema: frames } },
      },
      ...problems(...codes, "validation", "upgrade_required", "unavailable"),
    },
  });
}
