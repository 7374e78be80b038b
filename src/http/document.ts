import type { OpenAPIHono } from "@hono/zod-openapi";
import { SCOPES } from "#src/domain/vocabulary.ts";
import type { Env } from "./env.ts";
import { BEARER } from "./openapi.ts";

const DESCRIPTION = `The one local process that knows every AI coding agent: definitions, running instances, prompts, logs and costs.

Commands (POST, PUT, PATCH, DELETE) and queries (GET) are separate. Times are RFC 3339 UTC with milliseconds.
Errors are RFC 9457 problem documents. Lists are newest first and paged by \`Link\`; a comma in a filter always means "any of"; every read carries \`X-Change-Seq\`,
from which \`/ws/events\` and \`/api/events\` go on without a hole. A POST with an \`Idempotency-Key\` may be sent again: it is done once.`;

/** The OpenAPI 3.1 document of every route. */
export function openApiDocument(app: OpenAPIHono<Env>, version: string): object {
  app.openAPIRegistry.registerComponent("securitySchemes", BEARER, {
    type: "http",
    scheme: "bearer",
    description: `A token, \`orc_…\`. Each scope allows what those before it do: ${SCOPES.join(" < ")}. A server on loopback asks for one as soon as there is one. A socket also takes it as a second subprotocol: \`["orchestrator", "bearer.<token>"]\`.`,
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    servers: [{ url: "/" }],
    info: {
      title: "Orchestrator",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT" },
    },
  });
}
