import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import type { Env } from "./env.ts";
import { guarded, json, problems } from "./openapi.ts";

const RESOURCE = { attributes: [{ key: "service.name", value: { stringValue: "claude-code" } }] };

/** What is said of each signal. */
const ABOUT_SIGNALS = [
  {
    path: "/v1/logs",
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
    operationId: "exportMetrics",
    summary: "Take metrics of OpenTelemetry, and drop them",
    about:
      "Accepted so that exporters stay quiet: events and spans tell the same, and of whom it is. Bodies up to 1 MB must be OTLP; larger ones are not looked into.",
    example: { resourceMetrics: [] },
  },
] as const;

const ABOUT = `OTLP/HTTP, in JSON or protobuf, as it is or gzip, up to 64 MB before and after; the answer, also to an error (\`Status\`), is in the encoding of the request. An event that comes again changes nothing. To be sent again, after \`Retry-After\`: 429 and 503, also for a full disk.`;

/** Refused before the route is asked, with a problem document; and what may be so too: a foreign Host or Origin. */
const BEFORE = new Set(["405", "414"]);
const ALSO_BEFORE = new Set(["400", "403"]);

const OtlpStatus = z
  .strictObject({ code: z.int().meta({ description: "Of gRPC" }), message: z.string() })
  .meta({ id: "OtlpStatus", description: "An error of OTLP/HTTP", examples: [{ code: 3, message: "no OTLP" }] });

const OtlpSuccess = z
  .strictObject({
    partialSuccess: z.record(z.string(), z.string()).optional().meta({ description: "What was rejected, and why" }),
  })
  .meta({ id: "OtlpSuccess", examples: [{}] });

const BYTES = z.string().meta({ description: "The same in protobuf" });

/** Documents the routes of OTLP/HTTP, whose errors are of OTLP too. */
export function describeOtlp(app: OpenAPIHono<Env>, scope: "ingest"): void {
  for (const { path, operationId, summary, about, example } of ABOUT_SIGNALS) {
    const { codes, description, security } = guarded(scope, `${about}\n\n${ABOUT}`);
    const request = z.looseObject({}).meta({ description: "An export request of OTLP/JSON", examples: [example] });
    const failures = problems(...codes, "malformed_json", "payload_too_large", "unsupported_media_type", "unavailable");
    const inOtlp = Object.entries<{ readonly content: object }>(failures).map(([status, answer]) => [
      status,
      BEFORE.has(status)
        ? answer
        : { ...answer, content: { ...both(OtlpStatus), ...(ALSO_BEFORE.has(status) ? answer.content : {}) } },
    ]);
    app.openAPIRegistry.registerPath({
      method: "post",
      path,
      operationId,
      summary,
      description,
      security,
      tags: ["OpenTelemetry: commands"],
      request: { body: { required: true, content: both(request) } },
      responses: {
        200: { ...json("Taken", OtlpSuccess, {}), content: both(OtlpSuccess) },
        ...Object.fromEntries(inOtlp),
      },
    });
  }
}

function both(schema: z.ZodType) {
  return { "application/json": { schema }, "application/x-protobuf": { schema: BYTES } };
}
