/**
 * What our server is measured against: the least that answers the same requests from the same columns. No validation,
 * no errors, no feed, no framework. Runs in a process of its own.
 */
import { Database } from "bun:sqlite";
import { createCommit } from "./baseline-commit.ts";

const SCHEMA = `
  create table if not exists orchestrator_agents (
    id text primary key, name text not null unique, description text, agent_type text not null, capabilities text,
    default_model text, is_active integer not null default 1, metadata text, created_at text, updated_at text, created_ms integer);
  create table if not exists agents (
    id text primary key, orchestrator_agent_id text not null references orchestrator_agents (id), session_id text not null,
    parent_agent_id text, name text, external_id text, status text not null, context text, config text, metadata text,
    started_at text, started_ms integer, updated_ms integer, completed_at text, cost_usd real default 0.0, error_message text);
  create index if not exists orchestrator_agents_by_time on orchestrator_agents (created_ms, id);
  create index if not exists agents_by_time on agents (started_ms, id);`;

// oxlint-disable-next-line node/no-process-env -- a program of its own, configured by the benchmark
const { DATABASE_PATH = "", COMMIT = "each" } = process.env;

const db = new Database(DATABASE_PATH, { create: true, readwrite: true, strict: true });
db.run("pragma journal_mode = wal");
db.run("pragma synchronous = full");
db.run("pragma foreign_keys = on");
db.run("pragma busy_timeout = 5000");
db.run(SCHEMA);
const reader = new Database(DATABASE_PATH, { readonly: true, strict: true });

type AgentRow = Record<string, string | number | null>;

const COLUMNS = `id, orchestrator_agent_id, session_id, parent_agent_id, name, external_id, status, context, config,
  metadata, started_at, updated_ms, completed_at, cost_usd, error_message`;
const getAgent = reader.prepare<AgentRow, [{ id: string }]>(`select ${COLUMNS} from agents where id = $id`);
const listAgents = reader.prepare<AgentRow, [{ limit: number }]>(
  `select ${COLUMNS} from agents order by started_ms desc, id desc limit $limit`,
);
const insertDefinition = db.prepare(
  `insert into orchestrator_agents (id, name, description, agent_type, capabilities, default_model, created_at, updated_at, created_ms)
   values ($id, $name, $description, $agent_type, $capabilities, $default_model, $at, $at, $ms)`,
);
const commit = createCommit(db, COMMIT);

const json = (text: string | number | null | undefined) => (typeof text === "string" ? JSON.parse(text) : null);
const time = (text: string | number | null | undefined) => (typeof text === "string" ? `${text}Z` : null);

function toAgent(row: AgentRow): object {
  return {
    id: row["id"],
    orchestrator_agent_id: row["orchestrator_agent_id"],
    session_id: row["session_id"],
    parent_agent_id: row["parent_agent_id"],
    name: row["name"],
    external_id: row["external_id"],
    status: row["status"],
    context: json(row["context"]),
    config: json(row["config"]),
    metadata: json(row["metadata"]),
    started_at: time(row["started_at"]),
    updated_at: new Date(row["updated_ms"] as number).toISOString(),
    completed_at: time(row["completed_at"]),
    cost_usd: row["cost_usd"],
    error_message: row["error_message"],
  };
}

type Definition = {
  name: string;
  description: string;
  agent_type: string;
  capabilities: string;
  default_model: string;
};

function insert(body: Definition): Response {
  const id = Bun.randomUUIDv7();
  const now = new Date();
  const at = now.toISOString();
  const { name, description, agent_type, capabilities, default_model } = body;
  const given = { name, description, agent_type, capabilities, default_model };
  insertDefinition.run({ ...given, id, at: at.slice(0, -1), ms: now.getTime() });
  const row = { id, ...given, is_active: true, metadata: null, created_at: at, updated_at: at };
  return Response.json(row, { status: 201, headers: { Location: `/api/agents/${id}` } });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/health": () => Response.json({ status: "healthy" }),
    "/api/agents": {
      async POST(request) {
        const body = (await request.json()) as Definition;
        return commit(() => insert(body));
      },
    },
    "/api/runtime/agents": () => Response.json(listAgents.all({ limit: 100 }).map(toAgent)),
    "/api/runtime/agents/:id": (request) => {
      const row = getAgent.get({ id: request.params.id });
      return row === null ? new Response(null, { status: 404 }) : Response.json(toAgent(row));
    },
  },
});

process.once("SIGTERM", () => process.exit(0));
console.log(`baseline listening on ${server.url.origin}`);
