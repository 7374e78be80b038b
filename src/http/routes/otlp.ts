import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Problem } from "#src/domain/problem.ts";
import { openRoom } from "#src/http/body.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { createRouter } from "#src/http/openapi.ts";
import { otlpFailure, otlpSuccess, type RejectedField } from "#src/http/otlp-answer.ts";
import { describeOtlp } from "#src/http/otlp-document.ts";
import { toProblem } from "#src/http/problem.ts";
import { traceFields } from "#src/http/request-log.ts";
import { encodingOf, readTelemetryBody } from "#src/http/telemetry-body.ts";
import { decodeLogs, decodeSpans, MOST_RECORDS } from "#src/ingest/otel/decode.ts";
import type { Encoding } from "#src/ingest/otel/envelope.ts";
import { readSpans } from "#src/ingest/otel/genai-spans.ts";
import { checkMetrics } from "#src/ingest/otel/metrics.ts";
import { newPace, paced } from "#src/ingest/otel/pace.ts";
import { inOrder, readLogs } from "#src/ingest/otel/read-logs.ts";
import { hasSpans } from "#src/ingest/otel/senders.ts";
import { newSpanMemory } from "#src/ingest/otel/span-memory.ts";
import { Undecodable } from "#src/ingest/otel/undecodable.ts";
import type { Reading } from "#src/ingest/report.ts";
import { seldom } from "#src/platform/seldom.ts";

const SCOPE = "ingest";
/** Records that are read, and reports that are stored, at once. */
const TOGETHER = 200;
/** That a request may take; exporters wait for less. */
const MOST_SECONDS = 120;

/** Takes what is in a body, and tells how many of its records were too many. */
type Take = (body: Uint8Array, encoding: Encoding) => Promise<number>;

/**
 * OTLP/HTTP, for exporters as they are. Its errors are those of OTLP, not problem documents: exporters know which of them
 * to try again.
 */
export function otlpRoutes(deps: HttpDeps): OpenAPIHono<Env> {
  const app = createRouter();
  const logs = { each: deps.log, few: seldom(deps.log) };
  const memory = newSpanMemory();

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
      await store(await paced(readLogs(ordered.slice(at, at + TOGETHER), memory), pace));
    }
    return rejected;
  }

  async function takeSpans(body: Uint8Array, encoding: Encoding): Promise<number> {
    const pace = newPace();
    const { records, rejected } = await decodeSpans(body, { encoding, pace, isWanted: hasSpans });
    await store(await paced(readSpans(records, memory), pace));
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
        // Bun ends an answer that is silent for 10 s: an exporter would send all of it again.
        c.env.server?.timeout(c.req.raw, MOST_SECONDS);
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

  describeOtlp(app, SCOPE);
  receive("/v1/logs", "rejectedLogRecords", takeLogs);
  receive("/v1/traces", "rejectedSpans", takeSpans);
  receive("/v1/metrics", "rejectedDataPoints", takeMetrics);
  return app;
}

function unknownType(request: Request): Problem {
  const type = request.headers.get("Content-Type")?.slice(0, 100) ?? "of no Content-Type";
  return new Problem("unsupported_media_type", `The body is ${type}: send application/json or application/x-protobuf.`);
}
