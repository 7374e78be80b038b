import type { Context } from "hono";
import { z } from "zod";
import { Problem } from "#src/domain/problem.ts";
import { readQuery } from "#src/http/checked.ts";
import type { Env, HttpDeps } from "#src/http/env.ts";
import { lineBatches } from "#src/http/line-batches.ts";
import { commandRoute, createRouter, json } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";
import { type LineStream, openLineStream, type Skipped, STREAM_SOURCES } from "#src/ingest/streams.ts";

const PATH = "/ingest/jsonl";
/** Lines that were left out and are named in the answer. */
const MOST_NAMED = 20;

const Query = z.strictObject({
  source: z.enum(STREAM_SOURCES).meta({
    description:
      "Whose output: `claude -p --output-format stream-json --verbose`, `codex exec --json`, `gemini -p --output-format stream-json` or `opencode run --format json`",
  }),
  session: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "The agent's id of its session, for lines that do not tell it", example: "0199-thread" }),
  stream: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({
      description:
        "An id of the sender's for this one output: the server keeps how far it has read it, so that it may be sent in pieces, cut between any two lines, and any piece again: each line counts once",
      example: "01890000-0000-7000-8000-000000000001",
    }),
  line: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "With `stream`: which line of it the first one here is, from 0", example: 0 }),
  end: z
    .stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive" })
    .optional()
    .meta({ description: "With `stream`: whether the output ends with this piece", example: true }),
});

const LinesTaken = z
  .strictObject({
    lines: z.int().meta({ description: "Lines of the body" }),
    repeated: z.int().meta({ description: "Of these, lines that had been read before, as far as that is known" }),
    skipped: z
      .array(z.strictObject({ line: z.int().meta({ description: "Its place in the body, from 0" }), detail: z.string() }))
      .meta({ description: `The first ${MOST_NAMED} lines that were left out, and why` }),
    next: z.int().nullable().meta({ description: "Of a `stream`: the line that is wanted next; an empty body asks for it" }),
  })
  .meta({ id: "LinesTaken", examples: [{ lines: 12, repeated: 0, skipped: [], next: null }] });

const EXAMPLE = '{"type":"thread.started","thread_id":"0199-thread"}\n{"type":"turn.started"}\n';
const LINES = z.string().meta({ description: "One JSON object on each line, in UTF-8", examples: [EXAMPLE] });
/** As the document has them; what is sent as JSON, or as nothing, is taken too. */
const TYPES = ["application/x-ndjson", "application/jsonl", "text/plain"] as const;
const TYPE = /^(application\/(x-ndjson|ndjson|jsonl|x-jsonlines|json)|text\/plain)\s*(;.*)?$/i;

const { scope: SCOPE, ...route } = commandRoute(
  "Ingest",
  {
    method: "post",
    path: PATH,
    operationId: "ingestLines",
    scope: "ingest",
    summary: "Take the lines of JSON that a coding agent writes, while it writes them",
    description:
      "The body may stay open as long as the agent runs; lines are stored at most some 50 ms after they have come. Lines that are no JSON, of which nothing is understood, or longer than 4 MB are left out, and nothing else is refused for them. When the sender leaves in the middle, what has come stays. The same output sent again changes nothing; runs of Codex, whose lines hold neither ids nor times, are told apart by what they say. A body of more than 64 MB is refused with a bare 413 where it exceeds that, and what came before stays: send larger ones in pieces (`stream`).",
    request: {
      query: Query,
      body: { required: true, content: Object.fromEntries(TYPES.map((type) => [type, { schema: LINES }])) },
    },
    responses: { 200: json("Stored", LinesTaken, {}) },
  },
);

export function ingestJsonlRoutes(deps: HttpDeps) {
  const app = createRouter();
  app.openAPIRegistry.registerPath(route);
  app.post(PATH, async (c) => {
    c.env.route = PATH;
    c.env.guard.admit(c, SCOPE);
    checkType(c.req.raw);
    const query = readQuery(c, Query);
    const lines = await openStream(deps, query);
    // An agent thinks for minutes; Bun ends a request that is silent for some seconds unless told otherwise.
    c.env.server?.timeout(c.req.raw, 0);
    return sendJson(await readBody(c, deps, query, lines), 200);
  });
  return app;
}

type Asked = z.output<typeof Query>;

async function openStream(deps: HttpDeps, { source, session = null, stream: id, line }: Asked): Promise<LineStream> {
  const mark = id === undefined ? null : await deps.ingest.stream(id);
  const stream = id === undefined ? null : { id, mark };
  const lines = openLineStream({ source, session, stream, ingest: deps.ingest });
  if (stream === null || line <= lines.lines) return lines;
  const detail = `The stream has been read up to line ${lines.lines}, and this begins with line ${line}: send from there.`;
  throw new Problem("conflict", detail, { next: lines.lines });
}

async function readBody(c: Context<Env>, deps: HttpDeps, query: Asked, stream: LineStream) {
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
      if (detail !== null && skipped.length < MOST_NAMED) skipped.push({ line: count, detail });
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
