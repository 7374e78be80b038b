import { ApiError, type Client } from "#src/client/client.ts";

/** An agent that does what a test tells it to, over the API; each step resolves when it is stored. */
export type LiveAgent = {
  readonly id: string;
  readonly name: string;
  readonly session: string;
  /** Executes a tool; the message is what it does now. */
  works(message: string): Promise<void>;
  /** Is asked something and answers, for so many US dollars. */
  answers(question: string, answer: string, cost?: number): Promise<void>;
  /** Has a question and goes on only when it is answered. */
  waits(question: string): Promise<void>;
  isAnswered(answer: string): Promise<void>;
  fails(error: string): Promise<void>;
  finishes(): Promise<void>;
  /** A sub-agent of it. */
  starts(name: string): Promise<LiveAgent>;
};

export type LiveOptions = {
  readonly name?: string;
  readonly session?: string;
  /** Name of its definition, which is made when there is none. */
  readonly definition?: string;
  readonly parent?: string;
};

export async function startLiveAgent(client: Client, options: LiveOptions = {}): Promise<LiveAgent> {
  const { name = "build: live", session = "live-session", definition = "live-builder", parent } = options;
  const { id } = await client.createRuntimeAgent({
    orchestrator_agent_id: await definitionNamed(client, definition),
    session_id: session,
    name,
    parent_agent_id: parent ?? null,
  });
  const set = async (command: Parameters<Client["updateRuntimeAgent"]>[1]) =>
    void (await client.updateRuntimeAgent(id, command));
  const log = async (command: Omit<Parameters<Client["createAgentLog"]>[0], "agent_id">) =>
    void (await client.createAgentLog({ agent_id: id, ...command }));
  const command = { agent_id: id, prompt_type: "command", status: "completed", latency_ms: 2_000 } as const;

  return {
    id,
    name,
    session,
    async works(message) {
      await set({ status: "executing" });
      const details = { tool: message.split(" ")[0], input: { text: message }, duration_ms: 120, success: true };
      await log({ log_type: "tool_call", message, details });
    },
    async answers(question, answer, cost = 0.25) {
      const took = { model_used: "claude-sonnet-4-5", tokens_input: 1_000, tokens_output: 100, cost_usd: cost };
      await client.createPrompt({ ...command, ...took, prompt_text: question, response_text: answer });
    },
    async waits(question) {
      await log({ log_type: "milestone", log_level: "WARNING", message: question, details: { question } });
      await set({ status: "waiting" });
    },
    async isAnswered(answer) {
      await client.createPrompt({ ...command, prompt_type: "followup", prompt_text: answer });
      await set({ status: "executing" });
    },
    async fails(error) {
      await log({ log_type: "error", log_level: "ERROR", message: error });
      await set({ status: "failed", error_message: error });
    },
    finishes: () => set({ status: "completed" }),
    starts: (child) => startLiveAgent(client, { name: child, session, definition, parent: id }),
  };
}

async function definitionNamed(client: Client, name: string): Promise<string> {
  try {
    return (await client.createOrchestratorAgent({ name, agent_type: "builder" })).id;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const { rows } = await client.listOrchestratorAgents({ q: name });
    const found = rows.find((row) => row.name === name);
    if (found === undefined) throw error;
    return found.id;
  }
}

/** Many logs at once, numbered from 1: `line 1`, `line 2`, … */
export async function floodLogs(client: Client, agentId: string, count: number): Promise<void> {
  for (let from = 1; from <= count; from += BATCH) {
    const length = Math.min(BATCH, count - from + 1);
    const messages = Array.from({ length }, (_, index) => `line ${from + index}`);
    await client.createAgentLogs(messages.map((message) => ({ agent_id: agentId, log_type: "performance", message })));
  }
}

/** What one request may hold. */
const BATCH = 1_000;
