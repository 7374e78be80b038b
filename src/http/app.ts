import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { Problem } from "#src/domain/problem.ts";
import { seldom } from "#src/platform/seldom.ts";
import { openApiDocument } from "./document.ts";
import type { Env, HttpDeps } from "./env.ts";
import { createGuard } from "./guard.ts";
import { createRouter } from "./openapi.ts";
import { toProblem, writeProblem } from "./problem.ts";
import { newRequestFigures } from "./request-figures.ts";
import { createRequestLog, traceFields } from "./request-log.ts";
import { agentLogRoutes } from "./routes/agent-logs.ts";
import { boardRoutes } from "./routes/board.ts";
import { costRoutes } from "./routes/costs.ts";
import { dashboardRoutes, withoutSlash } from "./routes/dashboard.ts";
import { docsRoutes } from "./routes/docs.ts";
import { eventRoutes } from "./routes/events.ts";
import { hookScriptRoutes } from "./routes/hook-scripts.ts";
import { ingestJsonlRoutes } from "./routes/ingest-jsonl.ts";
import { ingestRoutes } from "./routes/ingest.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { orchestratorAgentRoutes } from "./routes/orchestrator-agents.ts";
import { otlpRoutes } from "./routes/otlp.ts";
import { problemRoutes } from "./routes/problems.ts";
import { promptRoutes } from "./routes/prompts.ts";
import { runtimeAgentRoutes } from "./routes/runtime-agents.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { socketRoutes } from "./routes/sockets.ts";
import { statsRoutes } from "./routes/stats.ts";
import { storageRoutes } from "./routes/storage.ts";
import { systemLogRoutes } from "./routes/system-logs.ts";
import { systemRoutes } from "./routes/system.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { workflowRoutes } from "./routes/workflows.ts";
import { withStandardHeaders } from "./standard-headers.ts";

/** The whole HTTP interface: the guard and the standard headers around it, the checks of a request around each handler. */
export function createApp(deps: HttpDeps): OpenAPIHono<Env> {
  const app = createRouter();
  const guard = createGuard(deps);
  const figures = newRequestFigures();
  const logs = { each: deps.log, few: seldom(deps.log) };
  app.fetch = withStandardHeaders(app.fetch, deps, guard, { figures, log: createRequestLog(deps.log) });

  app.onError((error, c) => {
    // The client left in the middle of its body: nobody reads an answer, and nothing is wrong here.
    if (c.req.raw.signal.aborted) {
      deps.log.debug("a client left", { path: c.req.path });
      return new Response(null, { status: 400 });
    }
    const problem = toProblem(error, logs, traceFields(c.env));
    guard.note(c.env, problem);
    return writeProblem(c.req.raw, c.env.requestId, problem);
  });
  // Not a middleware here: it acts only where no route answered, and every request would pay for it.
  const refuseMethod = methodNotAllowed({
    app,
    onMethodNotAllowed(c, methods) {
      const { requestId, method } = (c as Context<Env>).env;
      const detail = `${method} is not possible here; ${methods.join(", ")} is.`;
      const problem = new Problem("method_not_allowed", detail, {}, { Allow: methods.join(", ") });
      return writeProblem(c.req.raw, requestId, problem);
    },
  });
  app.notFound(async (c) => {
    const meant = withoutSlash(c.req.raw);
    if (meant !== null) return c.redirect(meant, 308);
    // What there is, is nobody's business who may not read.
    guard.admit(c, "read");
    const problem = new Problem("not_found", `There is nothing at ${c.req.path}.`);
    c.res = writeProblem(c.req.raw, c.env.requestId, problem);
    await refuseMethod(c, async () => {});
    return c.res;
  });

  app.route("/", orchestratorAgentRoutes(deps));
  app.route("/", runtimeAgentRoutes(deps));
  app.route("/", sessionRoutes(deps));
  app.route("/", promptRoutes(deps));
  app.route("/", agentLogRoutes(deps));
  app.route("/", systemLogRoutes(deps));
  app.route("/", workflowRoutes(deps));
  app.route("/", statsRoutes(deps));
  app.route("/", boardRoutes(deps));
  app.route("/", costRoutes(deps));
  app.route("/", eventRoutes(deps));
  app.route("/", socketRoutes(deps));
  app.route("/", otlpRoutes(deps));
  app.route("/", ingestRoutes(deps));
  app.route("/", ingestJsonlRoutes(deps));
  app.route("/", mcpRoutes(deps));
  app.route("/", hookScriptRoutes(deps));
  app.route("/", storageRoutes(deps));
  app.route("/", tokenRoutes(deps));
  app.route("/", systemRoutes(deps));
  app.route("/", metricsRoutes(deps, figures));
  app.route("/", problemRoutes());
  app.route("/", dashboardRoutes(deps));
  app.route(
    "/",
    docsRoutes(deps, () => JSON.stringify(openApiDocument(app, deps.version))),
  );
  return app;
}
