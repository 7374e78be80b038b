import { expect } from "bun:test";
import type { ForeignWriter } from "#test/support/foreign-writer.ts";
import { seededRandom } from "#test/support/random.ts";
import type { TestServer } from "#test/support/test-server.ts";

const STATUSES = ["idle", "planning", "executing", "reviewing", "waiting", "completed", "failed"];
export const SESSIONS = ["s0", "s1", "s2", "s3"];

/** Rows that the writers of both kinds change under each other's hands. */
export type Shared = { readonly definition: string; readonly agents: string[] };

/** Writes through the server; what another writer has deleted or ended meanwhile is refused, never an error. */
export async function writeThroughServer(server: TestServer, shared: Shared, seed: number, steps: number) {
  const { below, pick } = seededRandom(seed);
  for (let step = 0; step < steps; step += 1) {
    const roll = below(100);
    const id = pick(shared.agents);
    const agent = `/api/runtime/agents/${id}`;
    const text = `writer ${seed} step ${step}`;
    const answer = await (roll < 35
      ? server.call("PATCH", agent, { status: pick(STATUSES), name: text })
      : roll < 50
        ? server.call("POST", "/api/runtime/logs", { agent_id: id, log_type: "milestone", message: text })
        : roll < 75
          ? server.call("POST", "/api/runtime/prompts", {
              agent_id: id,
              prompt_type: "command",
              prompt_text: text,
              cost_usd: 0.25,
            })
          : roll < 93
            ? server.call("POST", "/api/runtime/agents", {
                orchestrator_agent_id: shared.definition,
                session_id: pick(SESSIONS),
                name: text,
              })
            : server.call("DELETE", agent));
    expect([200, 201, 204, 404, 409], `${text}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
    if (roll >= 75 && answer.status === 201) shared.agents.push(answer.body.id);
  }
}

/** Writes into the file as the ancestor's programs do. */
export async function writeAsOther(writer: ForeignWriter, shared: Shared, seed: number, steps: number) {
  const { below, pick } = seededRandom(seed);
  for (let step = 0; step < steps; step += 1) {
    const roll = below(100);
    const text = `process ${seed} step ${step}`;
    if (roll < 40) {
      await writer.run("update agents set status = ?, error_message = ? where id = ?", [
        pick(STATUSES),
        text,
        pick(shared.agents),
      ]);
    } else if (roll < 60) {
      const id = `other-${seed}-${step % 7}`;
      const session = SESSIONS[(step % 7) % SESSIONS.length]!;
      await writer.run(
        "insert or replace into agents (id, orchestrator_agent_id, session_id, status, context) values (?, ?, ?, 'executing', ?)",
        [id, shared.definition, session, text],
      );
      if (!shared.agents.includes(id)) shared.agents.push(id);
    } else if (roll < 80) {
      await writer.run(
        "insert into agent_logs (agent_id, log_type, message) select id, 'tool_call', ? from agents limit 3",
        [text],
      );
    } else if (roll < 95) {
      await writer.run("insert into system_logs (component, message) values ('other', ?), ('other', ?)", [text, text]);
    } else {
      await writer.run("delete from agents where id = ?", [pick(shared.agents)]);
    }
  }
}
