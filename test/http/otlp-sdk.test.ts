import { describe, expect, test } from "bun:test";
import { context, diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { testServer } from "#test/support/test-server.ts";

const EXPORTERS = {
  "http/json": { logs: JsonLogs, traces: JsonTraces, metrics: JsonMetrics },
  "http/protobuf": { logs: ProtoLogs, traces: ProtoTraces, metrics: ProtoMetrics },
} as const;
const COMPRESSIONS = ["none", "gzip"] as const;

/** What the SDK says, from a warning on. */
function listenToSdk(): { readonly said: string[] } & Disposable {
  const said: string[] = [];
  const note = (...words: unknown[]) => void said.push(words.map(String).join(" "));
  const silent = () => {};
  diag.setLogger({ error: note, warn: note, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  return { said, [Symbol.dispose]: () => diag.disable() };
}

const resource = resourceFromAttributes({ "service.name": "support-desk", "service.version": "1.2.3" });

describe.each(Object.entries(EXPORTERS))("the official SDK over %s", (_, exporters) => {
  test.each(COMPRESSIONS)("exports without an error on its side, compression %s", async (compression) => {
    await using server = await testServer();
    using sdk = listenToSdk();
    const to = (path: string) => ({ url: `${server.url}/v1/${path}`, compression: compression as never });

    const loggers = new LoggerProvider({
      resource: resourceFromAttributes({ "service.name": "codex_exec" }),
      processors: [new BatchLogRecordProcessor({ exporter: new exporters.logs(to("logs")) })],
    });
    const events = { "event.timestamp": "2026-11-20T10:00:00.000Z", "conversation.id": "t1", model: "gpt-5.6-sol" };
    const logger = loggers.getLogger("codex_otel");
    logger.emit({ eventName: "codex.user_prompt", attributes: { ...events, prompt: "Fix it" } });
    logger.emit({
      attributes: {
        ...events,
        "event.name": "codex.sse_event",
        "event.timestamp": "2026-11-20T10:00:01.000Z",
        "event.kind": "response.completed",
        input_token_count: "1100",
        output_token_count: "15",
        cached_token_count: 1000,
      },
    });

    const tracers = new TracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor({ exporter: new exporters.traces(to("traces")) })],
    });
    const tracer = tracers.getTracer("desk");
    const inConversation = { "gen_ai.conversation.id": "c1" };
    const outer = tracer.startSpan("invoke_agent planner", {
      attributes: { ...inConversation, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner" },
    });
    const within = trace.setSpan(context.active(), outer);
    const inner = tracer.startSpan(
      "invoke_agent coder",
      { attributes: { ...inConversation, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "coder" } },
      within,
    );
    const chat = tracer.startSpan(
      "chat gpt-5.6-sol",
      {
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-5.6-sol",
          "gen_ai.usage.input_tokens": 120,
          "gen_ai.usage.output_tokens": 34,
        },
      },
      trace.setSpan(context.active(), inner),
    );
    chat.end();
    inner.setStatus({ code: SpanStatusCode.ERROR, message: "out of ideas" });
    inner.end();
    outer.end();

    const meters = new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter: new exporters.metrics(to("metrics")) })],
    });
    meters.getMeter("desk").createCounter("orders").add(1, { kind: "test" });

    await Promise.all([loggers.forceFlush(), tracers.forceFlush(), meters.forceFlush()]);
    await Promise.all([loggers.shutdown(), tracers.shutdown(), meters.shutdown()]);
    expect(sdk.said).toEqual([]);

    const agents = (await server.call("GET", "/api/runtime/agents")).body;
    const byId = new Map(agents.map((agent: { external_id: string }) => [agent.external_id, agent]));
    expect([...byId.keys()].toSorted()).toEqual(["codex:t1", "otel:c1", "otel:c1:coder"]);
    expect(byId.get("otel:c1")).toMatchObject({ name: "planner", status: "idle", parent_agent_id: null });
    const planner = byId.get("otel:c1") as { id: string };
    const coder = { name: "coder", status: "failed", error_message: "out of ideas", parent_agent_id: planner.id };
    expect(byId.get("otel:c1:coder")).toMatchObject(coder);
    const prompts = (await server.call("GET", "/api/runtime/prompts")).body;
    expect(prompts).toHaveLength(2);
    expect(prompts).toContainEqual(
      expect.objectContaining({ tokens_input: 120, tokens_output: 34, status: "completed" }),
    );
    expect(prompts).toContainEqual(
      expect.objectContaining({
        prompt_text: "Fix it",
        tokens_input: 1100,
        tokens_cache_read: 1000,
        model_used: "gpt-5.6-sol",
      }),
    );
    const names = (await server.call("GET", "/api/agents")).body.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["codex", "support-desk", "support-desk/coder"]));
  });
});

test("the official SDK says when it cannot export", async () => {
  await using server = await testServer();
  using sdk = listenToSdk();
  const loggers = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: new JsonLogs({ url: `${server.url}/v1/nowhere` }) })],
  });
  loggers.getLogger("x").emit({ body: "x" });
  await loggers.forceFlush().catch(() => {});
  await loggers.shutdown().catch(() => {});
  // Or nothing would be seen above either.
  expect(sdk.said.join("\n")).not.toBe("");
});
