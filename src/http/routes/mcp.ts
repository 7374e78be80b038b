import { z } from "zod";
import { covers } from "#src/domain/token.ts";
import type { HttpDeps } from "#src/http/env.ts";
import type { McpAnswers } from "#src/http/mcp/server.ts";
import { commandRoute, createRouter, jsonBody, noContent, problems } from "#src/http/openapi.ts";
import type { JsonLimits } from "#src/platform/json-shape.ts";

const EXAMPLE = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "register_agent", arguments: { name: "planner of issue 42", kind: "planner" } },
};

/** One, no batch: that would be many commands for the price of one, and the protocol has done away with them. */
const Message = z
  .looseObject({ jsonrpc: z.literal("2.0") })
  .meta({ description: "A JSON-RPC 2.0 message", examples: [EXAMPLE] });

/** Each member is checked several times, by the protocol and by the tool. */
const LIMITS: JsonLimits = { small: 32 * 1024, members: 25_000, names: 10_000, depth: 1_000, escapes: Infinity };

/** An error of the protocol, which has a form of its own, or one of this API. */
function asAnswered(code: "malformed_json" | "not_found") {
  const [answer] = Object.values<{ readonly content: object }>(problems(code));
  return { ...answer!, content: { ...answer!.content, "application/json": { schema: Message } } } as never;
}

const call = commandRoute("MCP", {
  method: "post",
  path: "/mcp",
  operationId: "callMcp",
  scope: "read",
  summary: "Speak the Model Context Protocol",
  description: `Streamable HTTP without sessions: revision 2026-07-28, and the \`initialize\` handshake of the revisions of 2025. One JSON-RPC message to a request; its answer and its errors are of the protocol.
Tools: \`list_agents\`, \`get_session\`, \`search\`; where the token may \`ingest\` (or none is asked for) also \`register_agent\`, \`set_status\`, \`log\`, \`record_prompt\`. Resources: \`orchestrator://sessions/{session_id}\`. What a tool refuses is a result with \`isError\`. An \`Idempotency-Key\` is not heeded here: \`register_agent\` takes an \`external_id\` for that.`,
  limits: LIMITS,
  request: { body: jsonBody(Message) },
  responses: {
    200: {
      ...noContent("The answer; to clients of 2025 as an event stream of one message"),
      content: {
        "application/json": { schema: Message },
        "text/event-stream": {
          schema: z.string().meta({ examples: ['data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'] }),
        },
      },
    },
    400: asAnswered("malformed_json"),
    404: asAnswered("not_found"),
    202: noContent("Taken: a notification has no answer"),
  },
});

export function mcpRoutes(deps: HttpDeps) {
  // Loading it takes as long as a third of a start, which most never need.
  let answers: Promise<McpAnswers> | undefined;
  const load = async () => (await import("#src/http/mcp/server.ts")).createMcpAnswers(deps);
  return createRouter().openapi(call, async (c) => {
    const { principal } = c.env;
    const mayWrite = principal === null || covers(principal.scope, "ingest");
    return (await (await (answers ??= load())).fetch(c.req.raw, c.req.valid("json"), mayWrite)) as never;
  });
}
