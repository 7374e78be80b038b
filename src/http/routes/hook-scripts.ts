import { z } from "zod";
import { BODY_BYTES } from "#src/http/body.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { commandRoute, createRouter, json, jsonBody } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";
import { readDislerEvent } from "#src/ingest/disler.ts";
import { EVENT_LIMITS } from "#src/platform/json-shape.ts";

const EXAMPLE = {
  source_app: "shop",
  session_id: "5f3c2b1a",
  hook_event_type: "UserPromptSubmit",
  payload: { session_id: "5f3c2b1a", hook_event_name: "UserPromptSubmit", cwd: "/repo/shop", prompt: "Plan issue 42" },
  timestamp: 1770287400000,
  model_name: "claude-sonnet-5",
};

/** Whatever fields it has: what is not understood is kept as a log. */
const HookScriptEvent = z.looseObject({}).meta({
  description:
    "`source_app`, `session_id`, `hook_event_type`, `payload` (the event as Claude Code gave it to the hook), `timestamp`, `model_name`, `summary`; `chat` is left out",
  examples: [EXAMPLE],
});

const post = commandRoute("Ingest", {
  method: "post",
  path: "/events",
  operationId: "postHookScriptEvent",
  scope: "ingest",
  summary: "Report a hook event of Claude Code, as the scripts of claude-code-hooks-multi-agent-observability do",
  description:
    "Set their `--server-url` to this path. They heed nothing but the status. Not the change feed: that is `/api/events`. Bodies up to 8 MB.",
  maxBytes: BODY_BYTES.large,
  limits: EVENT_LIMITS,
  request: { body: jsonBody(HookScriptEvent) },
  responses: { 200: json("Stored", z.strictObject({}), {}) },
});

export function hookScriptRoutes(deps: HttpDeps) {
  return createRouter().openapi(post, async (c) => {
    await deps.ingest.take(readDislerEvent(c.req.valid("json")));
    return sendJson({}, 200);
  });
}
