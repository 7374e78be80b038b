/**
 * The least that writes logs and prompts into a file of ours whose triggers were dropped: the same tables with the same
 * indexes, without validation, feed, roll-ups and text index. What our triggers would fill, it fills by itself.
 */
import { Database } from "bun:sqlite";
import { createCommit } from "./baseline-commit.ts";

// oxlint-disable-next-line node/no-process-env -- a program of its own, configured by the benchmark
const { DATABASE_PATH = "", COMMIT = "each" } = process.env;

const db = new Database(DATABASE_PATH, { readwrite: true, strict: true });
db.run("pragma busy_timeout = 5000");
db.run("pragma foreign_keys = on");
db.run("pragma synchronous = full");
const commit = createCommit(db, COMMIT);

type Value = string | number | null;
type Body = Record<string, Value>;

/** An INSERT of those of these columns that this version of the schema has. */
function insertInto(table: string, columns: readonly string[]) {
  const has = db.prepare<{ name: string }, [string]>("select name from pragma_table_info(?)").all(table);
  const names = columns.filter((column) => has.some(({ name }) => name === column));
  const insert = db.prepare(
    `insert into ${table} (${names.join(", ")}) values (${names.map((name) => `$${name}`).join(", ")})`,
  );
  return (row: Body) => insert.run(Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}

const insertLog = insertInto("agent_logs", [
  "agent_id",
  "log_level",
  "log_type",
  "message",
  "details",
  "created_at",
  "session_id",
  "created_ms",
]);
const insertPrompt = insertInto("prompts", [
  "id",
  "agent_id",
  "prompt_type",
  "prompt_name",
  "prompt_text",
  "status",
  "model_used",
  "tokens_input",
  "tokens_output",
  "cost_usd",
  "created_at",
  "session_id",
  "created_ms",
  "definition_id",
  "doc",
]);
const agentOf = db.prepare<{ session_id: string; definition_id: string }, [string]>(
  "select session_id, orchestrator_agent_id as definition_id from agents where id = ?",
);
const PROMPT = `id, agent_id, prompt_type, prompt_name, prompt_text, response_text, status, model_used, tokens_input,
  tokens_output, cost_usd, latency_ms, created_at, completed_at, error_message`;
const complete = db.prepare<Body, Body>(
  `update prompts set status = $status, response_text = $response_text, tokens_input = $tokens_input,
    tokens_output = $tokens_output, cost_usd = $cost_usd, latency_ms = $latency_ms, completed_at = $completed_at
   where id = $id returning ${PROMPT}`,
);
const book = db.prepare("update agents set cost_usd = cost_usd + $cost where id = $agent");
let doc = 0;

function logs(bodies: readonly Body[]): Response {
  const now = new Date();
  const at = now.toISOString();
  const rows = bodies.map((body) => {
    const row = { log_level: "INFO", ...body, details: JSON.stringify(body["details"] ?? null) };
    const session = agentOf.get(body["agent_id"] as string)!.session_id;
    const stored = { ...row, created_at: at.slice(0, -1), session_id: session, created_ms: now.getTime() };
    const { lastInsertRowid } = insertLog(stored);
    return { id: Number(lastInsertRowid), ...row, details: body["details"] ?? null, created_at: at };
  });
  return Response.json(rows, { status: 201 });
}

function prompt(body: Body): Response {
  const now = new Date();
  const at = now.toISOString();
  const row = { id: Bun.randomUUIDv7(), status: "pending", ...body, created_at: at };
  const agent = agentOf.get(body["agent_id"] as string)!;
  insertPrompt({ ...row, ...agent, created_at: at.slice(0, -1), created_ms: now.getTime(), doc: (doc += 1) });
  const rest = { response_text: null, tokens_input: null, tokens_output: null, cost_usd: null, completed_at: null };
  const headers = { Location: `/api/runtime/prompts/${row.id}` };
  return Response.json({ ...rest, ...row, latency_ms: null, error_message: null }, { status: 201, headers });
}

function answer(id: string, body: Body): Response {
  const row = complete.get({ ...body, id, completed_at: new Date().toISOString().slice(0, -1) })!;
  book.run({ cost: row["cost_usd"] as number, agent: row["agent_id"] as string });
  return Response.json({ ...row, created_at: `${row["created_at"]}Z`, completed_at: `${row["completed_at"]}Z` });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/health": () => Response.json({ status: "healthy" }),
    "/api/runtime/logs": {
      async POST(request) {
        const bodies = (await request.json()) as Body[];
        return commit(() => logs(bodies));
      },
    },
    "/api/runtime/prompts": {
      async POST(request) {
        const body = (await request.json()) as Body;
        return commit(() => prompt(body));
      },
    },
    "/api/runtime/prompts/:id": {
      async PATCH(request) {
        const body = (await request.json()) as Body;
        return commit(() => answer(request.params.id, body));
      },
    },
  },
});

process.once("SIGTERM", () => process.exit(0));
console.log(`baseline listening on ${server.url.origin}`);
