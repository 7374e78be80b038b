import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
import { seldom } from "#src/platform/seldom.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { toProblem } from "#src/http/problem.ts";
import { addSessionResources } from "./resources.ts";
import { addReadingTools } from "./tools-read.ts";
import { addWritingTools } from "./tools-write.ts";

const JSON_TYPE = "application/json";
const INSTRUCTIONS =
  "Knows every coding agent of this machine. Register yourself once with register_agent and keep the agent_id; report with set_status, log and record_prompt what a person should see. Nothing of it is needed to do your work.";

/** What one request of the Model Context Protocol is answered by. */
export type McpAnswers = {
  /**
   * @param message the body of the request, read
   * @param mayWrite whether the tools that store something are there
   */
  fetch(request: Request, message: object, mayWrite: boolean): Promise<Response>;
};

/** Keeps nothing between requests: a server is made for each, with the tools that who asks may use. */
export function createMcpAnswers(deps: HttpDeps): McpAnswers {
  const logs = { each: deps.log, few: seldom(deps.log) };
  const known = {
    db: deps.db,
    clock: deps.clock,
    newId: deps.newId,
    explain: (error: unknown) => toProblem(error, logs, { path: "/mcp" }),
  };
  // The usual one generates code, which the executable forbids.
  const jsonSchemaValidator = new CfWorkerJsonSchemaValidator();

  function serverFor(mayWrite: boolean): McpServer {
    const capabilities = { tools: { listChanged: false }, resources: { listChanged: false, subscribe: false } };
    const server = new McpServer(
      { name: "orchestrator", title: "Orchestrator", version: deps.version },
      { capabilities, instructions: INSTRUCTIONS, jsonSchemaValidator },
    );
    addReadingTools(server, known);
    if (mayWrite) addWritingTools(server, known);
    addSessionResources(server, known);
    return server;
  }

  /** Nothing is told but answers: there is nothing to subscribe to, and no answer is a stream. */
  const handlerFor = (mayWrite: boolean) =>
    createMcpHandler(() => serverFor(mayWrite), {
      maxSubscriptions: 0,
      keepAliveMs: 0,
      onerror: (error) => deps.log.debug("a request of MCP was refused", { error }),
    });
  const handlers = { reading: handlerFor(false), writing: handlerFor(true) };

  return {
    async fetch(request, parsedBody, mayWrite) {
      const answer = await handlers[mayWrite ? "writing" : "reading"].fetch(accepting(request), { parsedBody });
      const { headers } = answer;
      if (headers.get("Content-Type")?.startsWith(JSON_TYPE)) headers.set("Content-Type", JSON_TYPE);
      return answer;
    },
  };
}

/** The transport refuses who does not name both types, as `curl` does not: it is left to them what they can read. */
function accepting(request: Request): Request {
  const headers = new Headers(request.headers);
  // It was read as JSON, by whatever name.
  headers.set("Content-Type", JSON_TYPE);
  headers.set("Accept", `${JSON_TYPE}, text/event-stream`);
  return new Request(request.url, { method: "POST", headers, signal: request.signal });
}
