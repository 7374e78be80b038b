import type { Context } from "hono";
import { z } from "zod";
import { LinesQuery, LinesTaken, MOST_SKIPPED } from "#src/domain/lines-taken.ts";
import { Problem } from "#src/domain/problem.ts";
import { readQuery } from "#src/http/checked.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { lineBatches } from "#src/http/line-batches.ts";
import { commandRoute, createRouter, json } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";
import { type LineStream, openLineStream, type Skipped } from "#src/ingest/streams.ts";

const PATH = "/ingest/jsonl";
const EXAMPLE = '{"type":"thread.started","thread_id":"0199-thread"}\n{"type":"turn.started"}\n';
const LINES = z.string().meta({ description: "One JSON object on each line, in UTF-8", examples: [EXAMPLE] });
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
    "The body may stay open as long as the agent runs; lines are stored at most some 50 ms after they have come. Lines that are no JSON, of which nothing is understood, or longer than 4 MB are left out, and nothing else is refused for them. When the sender leaves in the middle, what has come stays. The same output sent again changes nothing; runs of Codex, whose lines hold neither ids nor times, are told apart by what they say. Beyond 64 MB a body is refused with a bare 413 and its connection closed, and what came before stays: send larger ones in pieces (`stream`).",
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
    // An agent thinks for minutes; Bun ends a request that is silent for some seconds unless told otherwise.
    c.env.server?.timeout(c.req.raw, 0);
    return sendJson(await readBody(c, deps, query, lines), 200);
  });
  return app;
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
  for await (const { lines, isLast } of lineBatches(c.req.raw.body)) {
    // A token may end while a body goes on.
    c.env.guard.confirm(c);
    const before = stream.lines;
    for (const line of lines) {
      const detail = count < known ? null : stream.push(line);
      if (detail !== null && skipped.length < MOST_SKIPPED) skipped.push({ line: count, detail });
      count += 1;
    }
    const hasEnded = isLast && (isNamed ? query.end === true : true);
    if (hasEnded) stream.end();
    const reading = await stream.taken();
    const isMoved = stream.lines > before || hasEnded;
    await deps.ingest.take(reading, isMoved ? (stream.mark ?? undefined) : undefined);
  }
  const repeated = Math.min(count, known) + stream.repeated;
  return { lines: count, repeated, skipped, next: isNamed ? stream.lines : null };
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
