import type { Change } from "#src/client/client.ts";
import type { SessionAgent, SessionState } from "#src/ui/session/session-source.ts";

const BLANK: SessionAgent = {
  id: "a",
  orchestrator_agent_id: "d",
  session_id: "s",
  parent_agent_id: null,
  name: null,
  external_id: null,
  status: "executing",
  context: null,
  started_at: "2026-02-05T10:00:00.000Z",
  updated_at: "2026-02-05T10:00:00.000Z",
  completed_at: null,
  cost_usd: 0,
  error_message: null,
  quiet_since: null,
  lost: false,
  definition: null,
  prompts: 0,
  tokens_input: 0,
  tokens_output: 0,
};

/** An agent of a session, by what a test is about. */
export function sessionAgent(id: string, facts: Partial<SessionAgent> = {}): SessionAgent {
  return { ...BLANK, id, ...facts };
}

/** A session `s` of these agents, each counted by its status. */
export function sessionOf(...agents: readonly SessionAgent[]): SessionState {
  const by_status: Record<string, number> = {};
  for (const { status } of agents) by_status[status] = (by_status[status] ?? 0) + 1;
  return {
    totals: {
      session_id: "s",
      agents: { total: agents.length, by_status, quiet: 0, lost: 0 },
      prompts: 0,
      tokens_input: 0,
      tokens_output: 0,
      cost_usd: 1,
      first_activity_at: "2026-02-05T10:00:00.000Z",
      last_activity_at: "2026-02-05T10:00:00.000Z",
      config: null,
    },
    agents: new Map(agents.map((agent) => [agent.id, agent])),
    isCut: false,
  };
}

let seq = 0;

/** A change of session `s` as the feed tells it. */
export function change(type: Change["type"], data: object | null, facts: object = {}): Change {
  const { id = "a", agent_id = null } = (data ?? {}) as { id?: string; agent_id?: string | null };
  seq += 1;
  return { type, seq, at: "2026-02-05T10:30:00.000Z", id, agent_id, session_id: "s", data, ...facts } as Change;
}
