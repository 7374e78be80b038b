import { Database } from "bun:sqlite";

export const DEFINITION_ID = "01997c1e-0000-7000-8000-000000000001";

const AGENTS = 1000;
const STARTED_MS = Date.UTC(2026, 1, 5, 10);
const STATUSES = ["executing", "waiting", "completed", "failed"];

export function agentId(index: number): string {
  return `01997c1e-0000-7000-9000-${String(index).padStart(12, "0")}`;
}

/** Writes one definition and 1,000 runtime agents into the file, which either server made. */
export function seedAgents(path: string): void {
  const db = new Database(path, { readwrite: true, strict: true });
  db.run("pragma busy_timeout = 10000");
  const insert = db.prepare(
    `insert into agents (id, orchestrator_agent_id, session_id, name, status, context, config, metadata, started_at, started_ms, updated_ms, cost_usd)
     values ($id, $definition, $session, $name, $status, $context, $config, $metadata, $startedAt, $startedMs, $startedMs, $cost)`,
  );
  db.transaction(() => {
    db.prepare(
      `insert into orchestrator_agents (id, name, agent_type, created_at, updated_at, created_ms)
       values ($id, 'bench', 'custom', '2026-02-05T10:00:00.000', '2026-02-05T10:00:00.000', ${STARTED_MS})`,
    ).run({ id: DEFINITION_ID });
    for (let index = 0; index < AGENTS; index += 1) {
      const startedMs = STARTED_MS + index * 1000;
      insert.run({
        id: agentId(index),
        definition: DEFINITION_ID,
        session: `session-${index % 50}`,
        name: `agent ${index}`,
        status: STATUSES[index % STATUSES.length]!,
        context: JSON.stringify({ issue: index, branch: `feature/${index}`, files: ["src/a.ts", "src/b.ts"] }),
        config: JSON.stringify({ model: "claude-sonnet-3.5", temperature: 0.2 }),
        metadata: null,
        startedAt: new Date(startedMs).toISOString().slice(0, -1),
        startedMs,
        cost: index / 100,
      });
    }
  })();
  db.close();
}

/** Makes this many changes: half of them updates of agents, half of them logs. */
export function seedChanges(path: string, count: number): void {
  const db = new Database(path, { readwrite: true, strict: true });
  db.run("pragma busy_timeout = 10000");
  const update = db.prepare("update agents set cost_usd = cost_usd + 0.001");
  const log = db.prepare(
    `insert into agent_logs (agent_id, log_type, message)
     select id, 'milestone', 'step ' || id || ' is done and the next one begins' from agents`,
  );
  for (let made = 0; made < count; made += 2 * AGENTS) {
    db.transaction(() => {
      update.run();
      log.run();
    })();
  }
  db.close();
}
