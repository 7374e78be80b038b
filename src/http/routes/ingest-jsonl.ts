import type { Context } from "hono";
import { z } from "zod";
import { LinesQuery, LinesTaken, MOST_SKIPPED } from "#src/domain/lines-taken.ts";
import { Problem } from "#src/domain/problem.ts";
import { readQuery } from "#src/http/checked.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { type LineBatch, lineBatches } from "#src/http/line-batches.ts";
import { commandRoute, createRouter, json } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";
import { type LineStream, openLineStream, type Skipped } from "#src/ingest/line-stream.ts";
import { newPace } from "#src/ingest/otel/pace.ts";

const PATH = "/ingest/jsonl";
const EXAMPLE = '{"type":"thread.started","thread_id":"0199-thread"}\n{"type":"turn.started"}\n';
const LINES = z.string().meta({ description: "One JSON object on each line, in UTF-8", examples: [EXAMPLE] });
/** Seconds that a connection may say nothing once it is answered. */
const ANSWERED_S = 30;
/** As the document has them; what is sent as JSON, or as nothing, is taken too. */
const TYPES = ["application/x-ndjson", "application/jsonl", "text/plain"] as const;
const TYPE = /^(application\/(x-ndjson|ndjson|jsonl|x-jsonlines|json)|text\/plain)\s*(;.*)?$/i;

const { scope: SCOPE, ...route } = commandRoute("Ingest", {
  method: "post",
  path: PATH,
  operationId: "ingestLines",
  scope: "ingest",
  summary: "Take the lines of JSON that a coding agent writes, while it writes them",
  description:
    "The body may stay open as long as the agent runs; lines are stored at most some 50 ms after they have come. Lines that are no JSON, of which nothing is understood, or longer than 4 MB are left out, and nothing else is refused for them. When the sender leaves in the middle, or says nothing for an hour, what has come stays, and its agent is idle until more is told. At most 1,000 bodies are open together. The same output sent again changes nothing; runs of Codex, whose lines hold neither ids nor times, are told apart by what they say. Beyond 64 MB a body is refused with a bare 413 and its connection closed, and what came before stays: send larger ones in pieces (`stream`).",
  request: {
    query: LinesQuery,
    body: { required: true, content: Object.fromEntries(TYPES.map((type) => [type, { schema: LINES }])) },
  },
  responses: { 200: json("Stored", LinesTaken, {}) },
});

export function ingestJsonlRoutes(deps: HttpDeps) {
  const app = createRouter();
  app.openAPIRegistry.registerPath(route);
  app.post(PATH, async (c) => {
    c.env.route = PATH;
    c.env.guard.admit(c, SCOPE);
    checkType(c.req.raw);
    const query = readQuery(c, LinesQuery);
    const lines = await openStream(deps, query);
    const { end, ...taken } = await deps.bodies.read(() => readOpen(c, deps, query, lines));
    // Else its connection would wait for the rest.
    return sendJson(taken, 200, end === "whole" ? {} : { Connection: "close" });
  });
  return app;
}

async function readOpen(c: Context<Env>, deps: HttpDeps, query: LinesQuery, stream: LineStream) {
  const patience = (seconds: number) => c.env.server?.timeout(c.req.raw, seconds);
  // An agent thinks for minutes; Bun ends a request that is silent for some seconds unless told otherwise.
  patience(0);
  try {
    return await readBody(c, deps, query, stream);
  } finally {
    // Whoever is answered in the middle may send no more, and not leave.
    patience(ANSWERED_S);
  }
}

async function openStream(deps: HttpDeps, { source, session, stream: id, line }: LinesQuery): Promise<LineStream> {
  const mark = id === undefined ? null : await deps.ingest.stream(id);
  const stream = id === undefined ? null : { id, mark };
  const lines = openLineStream({ source, session: session ?? null, stream, ingest: deps.ingest });
  if (stream === null || line <= lines.lines) return lines;
  const detail = `The stream has been read up to line ${lines.lines}, and this begins with line ${line}: send from there.`;
  throw new Problem("conflict", detail, { next: lines.lines });
}

async function readBody(c: Context<Env>, deps: HttpDeps, query: LinesQuery, stream: LineStream) {
  const isNamed = query.stream !== undefined;
  const known = isNamed ? stream.lines - query.line : 0;
  const skipped: Skipped[] = [];
  let count = 0;
  let last: LineBatch["end"] = null;
  const pace = newPace();

  function push({ lines, end }: LineBatch): boolean {
    const before = stream.lines;
    for (const line of lines) {
      const detail = count < known ? null : stream.push(line);
      if (detail !== null && skipped.length < MOST_SKIPPED) skipped.push({ line: count, detail });
      count += 1;
    }
    const hasEnded = isNamed ? end === "whole" && query.end === true : end !== null;
    if (hasEnded) stream.end(end === "whole" ? (query.exit ?? null) : null);
    return stream.lines > before || hasEnded;
  }

  try {
    for await (const batch of lineBatches(c.req.raw.body, deps.bodies)) {
      // Lines that say nothing wait for no store.
      await pace();
      // A token may end while a body goes on.
      c.env.guard.confirm(c);
      const isMoved = push(batch);
      const reading = await stream.taken();
      await deps.ingest.take(reading, isMoved ? (stream.mark ?? undefined) : undefined);
      last = batch.end;
    }
  } catch (error) {
    if (!isNamed && c.req.raw.signal.aborted) await leave(deps, stream);
    throw error;
  }
  const repeated = Math.min(count, known) + stream.repeated;
  return { lines: count, repeated, skipped, next: isNamed ? stream.lines : null, end: last };
}

/** Its sender has gone, mostly together with the agent; if not, what comes next shows it. */
async function leave(deps: HttpDeps, stream: LineStream): Promise<void> {
  stream.end(null);
  await deps.ingest.take(await stream.taken());
}

function checkType({ headers }: Request): void {
  const type = headers.get("Content-Type");
  const coding = headers.get("Content-Encoding")?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity") {
    throw new Problem("unsupported_media_type", `The body is ${coding.slice(0, 100)}: send it as it is.`);
  }
  if (type === null || TYPE.test(type.trim())) return;
  throw new Problem("unsupported_media_type", `The body is ${type.slice(0, 100)}: send application/x-ndjson.`);
}
