import type { Context } from "hono";
import { z } from "zod";
import { EventPage, EventQuery } from "#src/domain/change.ts";
import { Problem } from "#src/domain/problem.ts";
import { toChangeFrame } from "#src/live/frames.ts";
import { topicOf } from "#src/live/topics.ts";
import { listEvents } from "#src/queries/events.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { noRoom } from "#src/http/no-room.ts";
import { CHANGE_SEQ, createRouter, json, queryRoute } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";

const NOUN = "Live updates";

const list = queryRoute(
  NOUN,
  {
    method: "get",
    path: "/api/events",
    operationId: "listEvents",
    scope: "read",
    summary: "Read the change feed, as a page or as a live stream",
    description:
      "As JSON: a page behind `after`; without `after` it is empty and tells the head. With `Accept: text/event-stream`: a live SSE stream that begins with `hello`, replays what is behind `after` (or `Last-Event-ID`, which wins) and goes on live; frames as on `/ws/events`.",
    request: { query: EventQuery },
    responses: {
      200: {
        ...json("A page of the feed, or the stream", EventPage, CHANGE_SEQ),
        content: {
          "application/json": { schema: EventPage },
          "text/event-stream": {
            schema: z.string().meta({
              description: "Each frame is one `data:` line; `id:` is its `seq`",
              examples: ['id: 42\ndata: {"type":"bookmark","seq":42}\n\n'],
            }),
          },
        },
      },
    },
  },
  "cursor_gone",
);

export function eventRoutes(deps: HttpDeps) {
  return createRouter().openapi(list, async (c) => {
    const query = c.req.valid("query");
    if (wantsStream(c)) return streamEvents(c, deps, query) as never;
    const { state, changes, nextAfter } = await listEvents(deps.db, query);
    return sendJson(
      {
        events: changes.map(toChangeFrame),
        next_after: nextAfter,
        head_seq: state.headSeq,
        oldest_seq: state.oldestSeq,
        feed: state.feed,
      },
      200,
      { "X-Change-Seq": String(state.headSeq) },
    );
  });
}

function wantsStream(c: Context<Env>): boolean {
  return /\btext\/event-stream\b/i.test(c.req.header("Accept") ?? "");
}

function streamEvents(c: Context<Env>, deps: HttpDeps, query: z.output<typeof EventQuery>): Response {
  const { after, feed, limit: _limit, ...filter } = query;
  const request = { topic: topicOf("events", filter), after: lastEventId(c) ?? after, feed };
  const headers = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  };
  // Nobody would read or end the stream of a HEAD.
  if (c.env.method === "HEAD") return c.body(null, 200, headers);
  if (!deps.hasRoom()) throw noRoom();
  // Bun ends an answer that is silent for 10 s unless told otherwise.
  c.env.server?.timeout(c.req.raw, 0);
  return c.body(deps.sse.open(request, c.env.principal), 200, headers);
}

function lastEventId(c: Context<Env>): number | undefined {
  const header = c.req.header("Last-Event-ID");
  if (header === undefined || header === "") return undefined;
  if (!/^\d{1,16}$/.test(header) || !Number.isSafeInteger(Number(header))) {
    const detail = "expected the `id` of a frame, a whole number";
    throw new Problem("validation", `The header is not valid: Last-Event-ID: ${detail}.`, {
      errors: [{ pointer: "Last-Event-ID", detail }],
    });
  }
  return Number(header);
}
