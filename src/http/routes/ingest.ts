import { z } from "zod";
import { Problem } from "#src/domain/problem.ts";
import { BODY_BYTES } from "#src/http/body.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { commandRoute, createRouter, jsonBody, noContent } from "#src/http/openapi.ts";
import { readClaudeHook } from "#src/ingest/claude/hooks.ts";
import { readCodexHook } from "#src/ingest/codex/hooks.ts";
import { readGeminiHook } from "#src/ingest/gemini/hooks.ts";
import { MOST_EVENTS, readOpencodeEvents } from "#src/ingest/opencode/events.ts";
import type { Reading } from "#src/ingest/report.ts";
import { EVENT_LIMITS } from "#src/platform/json-shape.ts";

const NOUN = "Ingest";

/** What reads the events of each agent, by its name in the path. */
const READERS: ReadonlyMap<string, (event: unknown) => Reading> = new Map([
  ["claude-code", readClaudeHook],
  ["codex", readCodexHook],
  ["gemini", readGeminiHook],
  ["opencode", readOpencodeEvents],
]);

const HookEvents = z.unknown().meta({
  id: "HookEvents",
  description: `An event as the agent gives it to its hooks; of opencode also an array of up to ${MOST_EVENTS}`,
  examples: [{ session_id: "session-2026-02-05", hook_event_name: "UserPromptSubmit", prompt: "Fix issue 42" }],
});

const receive = commandRoute(
  NOUN,
  {
    method: "post",
    path: "/ingest/hooks/{source}",
    operationId: "receiveHook",
    scope: "ingest",
    summary: "Take an event of a coding agent's hooks",
    description:
      "Makes or changes the agent, its prompts and logs that the event is about. What is not understood is kept as a system log of level DEBUG, and never refused. An event that comes again changes nothing. Bodies up to 8 MB.",
    maxBytes: BODY_BYTES.large,
    limits: EVENT_LIMITS,
    request: { body: jsonBody(HookEvents) },
    // Never a text: Claude Code and Codex would take it for an instruction.
    responses: { 204: noContent("Stored") },
  },
  "not_found",
);

/** Events that are read and stored at once: between them others may run. */
const TOGETHER = 24;

function* slicesOf(events: readonly unknown[]): Generator<readonly unknown[], void> {
  for (let at = 0; at < events.length; at += TOGETHER) yield events.slice(at, at + TOGETHER);
}

export function ingestRoutes(deps: HttpDeps) {
  return createRouter().openapi(receive, async (c) => {
    const read = READERS.get(c.req.param("source"));
    if (read === undefined) {
      const known = [...READERS.keys()].join(", ");
      throw new Problem("not_found", `No events of ${c.req.path.slice(0, 200)} are known: send those of ${known}.`);
    }
    const events: unknown = c.req.valid("json");
    if (Array.isArray(events) && events.length > MOST_EVENTS) {
      throw new Problem("validation", `The body holds ${events.length} events: send up to ${MOST_EVENTS} at once.`);
    }
    const parts = Array.isArray(events) && read === readOpencodeEvents ? slicesOf(events) : [events];
    for (const part of parts) await deps.ingest.take(read(part));
    return c.body(null, 204);
  });
}
