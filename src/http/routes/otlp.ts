import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import { Problem } from "#src/domain/problem.ts";
import { openRoom } from "#src/http/body.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { createRouter, guarded, json, problems } from "#src/http/openapi.ts";
import { otlpFailure, otlpSuccess, type RejectedField } from "#src/http/otlp-answer.ts";
import { toProblem } from "#src/http/problem.ts";
import { traceFields } from "#src/http/request-log.ts";
import { encodingOf, readTelemetryBody } from "#src/http/telemetry-body.ts";
import { decodeLogs, decodeSpans, MOST_RECORDS } from "#src/ingest/otel/decode.ts";
import type { Encoding } from "#src/ingest/otel/envelope.ts";
import { newOutermostAgents } from "#src/ingest/otel/genai-agents.ts";
import { readSpans } from "#src/ingest/otel/genai-spans.ts";
import { checkMetrics } from "#src/ingest/otel/metrics.ts";
import { newPace, paced } from "#src/ingest/otel/pace.ts";
import { inOrder, readLogs } from "#src/ingest/otel/read-logs.ts";
import { hasSpans } from "#src/ingest/otel/senders.ts";
import { Undecodable } from "#src/ingest/otel/undecodable.ts";
import type { Reading } from "#src/ingest/report.ts";
import { seldom } from "#src/platform/seldom.ts";

const SCOPE = "ingest";
/** Records that are read, and reports that are stored, at once. */
const TOGETHER = 200;

/** Takes what is in a body, and tells how many of its records were too many. */
type Take = (body: Uint8Array, encoding: Encoding) => Promise<number>;

/**
 * OTLP/HTTP, for exporters as they are. Its errors are those of OTLP, not problem documents: exporters know which of them
 * to try again.
 */
export function otlpRoutes(deps: HttpDeps): OpenAPIHono<Env> {
  const app = createRouter();
  const logs = { each: deps.log, few: seldom(deps.log) };
  const outermost = newOutermostAgents();

  async function store({ reports, unread }: Reading): Promise<void> {
    for (let at = 0; at < reports.length; at += TOGETHER) {
      await deps.ingest.take({ reports: reports.slice(at, at + TOGETHER), unread: [] });
    }
    for (let at = 0; at < unread.length; at += TOGETHER) {
      await deps.ingest.take({ reports: [], unread: unread.slice(at, at + TOGETHER) });
    }
  }

  async function takeLogs(body: Uint8Array, encoding: Encoding): Promise<number> {
    const pace = newPace();
    const { records, rejected } = await decodeLogs(body, { encoding, pace });
    const ordered = await paced(inOrder(records), pace);
    for (let at = 0; at < ordered.length; at += TOGETHER) {
      await store(readLogs(ordered.slice(at, at + TOGETHER)));
      await pace();
    }
    return rejected;
  }

  async function takeSpans(body: Uint8Array, encoding: Encoding): Promise<number> {
    const pace = newPace();
    const { records, rejected } = await decodeSpans(body, { encoding, pace, isWanted: hasSpans });
    await store(await paced(readSpans(records, outermost), pace));
    return rejected;
  }

  async function takeMetrics(body: Uint8Array, encoding: Encoding): Promise<number> {
    checkMetrics(body, encoding);
    return 0;
  }

  function fail(c: Context<Env>, encoding: Encoding, error: unknown): Response {
    const known =
      error instanceof Undecodable ? new Problem("malformed_json", `The body is no OTLP: ${error.message}.`) : error;
    const problem = toProblem(known, logs, traceFields(c.env));
    c.env.guard.note(c.env, problem);
    return otlpFailure(c.req.raw, encoding, problem, error);
  }

  function receive(path: string, field: RejectedField, take: Take): void {
    app.post(path, async (c) => {
      c.env.route = path;
      const encoding = encodingOf(c.req.raw);
      try {
        c.env.guard.admit(c, SCOPE);
        if (encoding === null) throw unknownType(c.req.raw);
        using room = openRoom();
        const body = await readTelemetryBody(c.req.raw, room);
        c.env.guard.confirm(c);
        const count = await take(body, encoding);
        const message = `More than ${MOST_RECORDS} in one request`;
        return otlpSuccess(encoding, count === 0 ? null : { field, count, message });
      } catch (error) {
        // Whom nobody hears any more is left to the app.
        if (c.req.raw.signal.aborted) throw error;
        return fail(c, encoding ?? "json", error);
      }
    });
  }

  for (const { path, operationId, summary, about, example, field } of SIGNALS) {
    describe(app, path, operationId, summary, about, example);
    const takes = { rejectedLogRecords: takeLogs, rejectedSpans: takeSpans, rejectedDataPoints: takeMetrics };
    receive(path, field, takes[field]);
  }
  return app;
}

function unknownType(request: Request): Problem {
  const type = request.headers.get("Content-Type")?.slice(0, 100) ?? "of no Content-Type";
  return new Problem("unsupported_media_type", `The body is ${type}: send application/json or application/x-protobuf.`);
}

const RESOURCE = { attributes: [{ key: "service.name", value: { stringValue: "claude-code" } }] };

const SIGNALS = [
  {
    path: "/v1/logs",
    field: "rejectedLogRecords",
    operationId: "exportLogs",
    summary: "Take log records and events of OpenTelemetry",
    about:
      "Events of Claude Code, Codex and Gemini CLI, and of calls of models by the GenAI conventions, become agents, prompts, costs and logs; what says nothing of agents is accepted and dropped.",
    example: {
      resourceLogs: [
        {
          resource: RESOURCE,
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: "1790000000000000000",
                  body: { stringValue: "claude_code.api_request" },
                  attributes: [
                    { key: "event.name", value: { stringValue: "api_request" } },
                    { key: "session.id", value: { stringValue: "session-2026-02-05" } },
                    { key: "model", value: { stringValue: "claude-sonnet-5" } },
                    { key: "input_tokens", value: { intValue: "12" } },
                    { key: "cost_usd", value: { doubleValue: 0.031 } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    path: "/v1/traces",
    field: "rejectedSpans",
    operationId: "exportTraces",
    summary: "Take spans of OpenTelemetry",
    about:
      "Spans by the GenAI conventions (`invoke_agent`, `chat`, `execute_tool` …) become agents, prompts, costs and logs. Those of Codex, Gemini CLI and opencode are dropped, since their events tell the same; so is what says nothing of agents.",
    example: {
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "support-desk" } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: "5b8efff798038103d269b633813fc60c",
                  spanId: "eee19b7ec3c1b174",
                  name: "chat gpt-5.6",
                  startTimeUnixNano: "1790000000000000000",
                  endTimeUnixNano: "1790000001000000000",
                  attributes: [
                    { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
                    { key: "gen_ai.request.model", value: { stringValue: "gpt-5.6" } },
                    { key: "gen_ai.usage.input_tokens", value: { intValue: "120" } },
                    { key: "gen_ai.usage.output_tokens", value: { intValue: "34" } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    path: "/v1/metrics",
    field: "rejectedDataPoints",
    operationId: "exportMetrics",
    summary: "Take metrics of OpenTelemetry, and drop them",
    about:
      "Accepted so that exporters stay quiet: events and spans tell the same, and of whom it is. Bodies up to 1 MB must be OTLP; larger ones are not looked into.",
    example: { resourceMetrics: [] },
  },
] as const;

const ABOUT = `OTLP/HTTP, in JSON or protobuf, as it is or gzip, up to 64 MB before and after; the answer, also to an error (\`Status\`), is in the encoding of the request. An event that comes again changes nothing. To be sent again, after \`Retry-After\`: 429 and 503, also for a full disk.`;

const OtlpStatus = z
  .strictObject({ code: z.int().meta({ description: "Of gRPC" }), message: z.string() })
  .meta({ id: "OtlpStatus", description: "An error of OTLP/HTTP", examples: [{ code: 3, message: "no OTLP" }] });

const OtlpSuccess = z
  .strictObject({
    partialSuccess: z.record(z.string(), z.string()).optional().meta({ description: "What was rejected, and why" }),
  })
  .meta({ id: "OtlpSuccess", examples: [{}] });

const BYTES = z.string().meta({ description: "The same in protobuf", format: "binary" });

function describe(
  app: OpenAPIHono<Env>,
  path: string,
  operationId: string,
  summary: string,
  about: string,
  example: object,
): void {
  const { codes, description, security } = guarded(SCOPE, `${about}\n\n${ABOUT}`);
  const request = z.looseObject({}).meta({ description: "An export request of OTLP/JSON", examples: [example] });
  const failures = problems(...codes, "malformed_json", "payload_too_large", "unsupported_media_type", "unavailable");
  const inOtlp = Object.entries<object>(failures).map(([status, answer]) => [
    status,
    status === "405" ? answer : { ...answer, content: both(OtlpStatus) },
  ]);
  const taken = json("Taken", OtlpSuccess, {});
  app.openAPIRegistry.registerPath({
    method: "post",
    path,
    operationId,
    summary,
    description,
    security,
    tags: ["OpenTelemetry: commands"],
    request: { body: { required: true, content: both(request) } },
    responses: { 200: { ...taken, content: both(OtlpSuccess) }, ...Object.fromEntries(inOtlp) },
  });
}

function both(schema: z.ZodType) {
  return { "application/json": { schema }, "application/x-protobuf": { schema: BYTES } };
}
