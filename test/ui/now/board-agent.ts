import type { BoardAgent } from "#src/domain/board.ts";

const BLANK: BoardAgent = {
  id: "a",
  name: null,
  orchestrator_agent_id: "d",
  session_id: "s",
  parent_agent_id: null,
  status: "executing",
  started_at: "2026-02-05T10:00:00.000Z",
  updated_at: "2026-02-05T10:00:00.000Z",
  completed_at: null,
  cost_usd: 0,
  error_message: null,
  quiet_since: null,
  lost: false,
  definition: null,
  agent_type: null,
  prompts: 0,
  tokens_input: 0,
  tokens_output: 0,
  last_log: null,
};

/** An agent as a board shows it, by what a test is about. */
export function boardAgent(id: string, facts: Partial<BoardAgent> = {}): BoardAgent {
  return { ...BLANK, id, ...facts };
}

/** That hour and minute of the day of these tests. */
export function at(time: string): string {
  return `2026-02-05T${time}:00.000Z`;
}
