import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { createAgentLogs } from "#src/commands/agent-logs.ts";
import { createPrompt } from "#src/commands/prompts.ts";
import { registerAgent } from "#src/commands/register-agent.ts";
import { updateRuntimeAgent } from "#src/commands/runtime-agents.ts";
import { CreateAgentLog } from "#src/domain/agent-log.ts";
import { CreateOrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { CreatePrompt, PromptStatus } from "#src/domain/prompt.ts";
import { CreateRuntimeAgent } from "#src/domain/runtime-agent.ts";
import { AGENT_STATUSES, LOG_LEVELS, LOG_TYPES } from "#src/domain/vocabulary.ts";
import { Id, text } from "#src/domain/values.ts";
import { answer, type McpDeps } from "./answer.ts";

const WRITES = { readOnlyHint: false, destructiveHint: false, openWorldHint: false } as const;

const agentId = Id.describe("As register_agent has answered it");
const { session_id, external_id } = CreateRuntimeAgent.shape;
const prompt = CreatePrompt.shape;

/** The tools that store something: for those who may `ingest`. */
export function addWritingTools(server: McpServer, deps: McpDeps): void {
  server.registerTool(
    "register_agent",
    {
      title: "Register an agent",
      description:
        "Makes yourself, or an agent you start, known. Call it once, and hand the agent_id to the other tools. A known external_id answers the agent that has it.",
      inputSchema: z.strictObject({
        name: text(255).describe("What it is called, such as what it works on"),
        kind: CreateOrchestratorAgent.shape.name.describe(
          "Which kind of agent, such as planner: the name of its definition",
        ),
        parent_id: Id.optional().describe("The agent that started it"),
        session_id: session_id.optional().describe("Of its parent, or a new one, unless told"),
        cwd: text(4096).optional().describe("Folder it works in"),
        model: text(255).optional(),
        external_id: external_id.describe("Its id elsewhere; unique"),
      }),
      outputSchema: z.strictObject({
        agent_id: z.string(),
        session_id: z.string(),
        created: z.boolean().describe("False when the external_id was known"),
      }),
      annotations: WRITES,
    },
    ({ name, kind, parent_id, session_id: session, cwd, model, external_id: external }) =>
      answer(deps, async () => {
        const about = { ...(cwd === undefined ? {} : { cwd }), ...(model === undefined ? {} : { model }) };
        const { agent, created } = await registerAgent(deps, {
          kind,
          name,
          session_id: session,
          parent_agent_id: parent_id,
          external_id: external,
          metadata: Object.keys(about).length === 0 ? undefined : about,
        });
        return { agent_id: agent.id, session_id: agent.session_id, created };
      }),
  );

  server.registerTool(
    "set_status",
    {
      title: "Set the status of an agent",
      description:
        "Says what an agent does now: waiting is for a person's answer. completed, failed and cancelled are final.",
      inputSchema: z.strictObject({
        agent_id: agentId,
        status: z.enum(AGENT_STATUSES),
        reason: text(2000).optional().describe("Why; of a failed agent its error"),
      }),
      outputSchema: z.strictObject({ agent_id: z.string(), status: z.enum(AGENT_STATUSES) }),
      annotations: { ...WRITES, idempotentHint: true },
    },
    ({ agent_id, status, reason }) =>
      answer(deps, async () => {
        const failure = status === "failed" && reason !== undefined ? { error_message: reason } : {};
        const agent = await updateRuntimeAgent(deps, agent_id, { status, ...failure });
        if (reason !== undefined && status !== "failed") {
          await createAgentLogs(deps, [{ agent_id, log_type: "milestone", message: reason, details: { status } }]);
        }
        return { agent_id, status: agent.status };
      }),
  );

  server.registerTool(
    "log",
    {
      title: "Log something",
      description: "Records an event in an agent's life, such as a milestone it has reached.",
      inputSchema: z.strictObject({
        agent_id: agentId,
        message: CreateAgentLog.shape.message,
        level: z.enum(LOG_LEVELS).default("INFO"),
        type: z.enum(LOG_TYPES).default("milestone"),
        details: CreateAgentLog.shape.details.describe("Any JSON"),
      }),
      outputSchema: z.strictObject({ id: z.int() }),
      annotations: WRITES,
    },
    ({ agent_id, message, level, type, details }) =>
      answer(deps, async () => {
        const command = { agent_id, message, log_level: level, log_type: type, details };
        const [row] = await createAgentLogs(deps, [command]);
        return { id: row!.id };
      }),
  );

  server.registerTool(
    "record_prompt",
    {
      title: "Record a prompt",
      description: "Records a prompt that an agent was given and, where it is known, its answer, tokens and cost.",
      inputSchema: z.strictObject({
        agent_id: agentId,
        text: prompt.prompt_text,
        response: text().optional(),
        model: text(255).optional(),
        input_tokens: z.int().min(0).optional(),
        output_tokens: z.int().min(0).optional(),
        cost_usd: z.number().min(0).max(1_000_000_000).optional().describe("US dollars"),
        latency_ms: z.int().min(0).optional(),
        status: z.enum(PromptStatus.options).optional().describe("completed unless told, where there is a response"),
      }),
      outputSchema: z.strictObject({ prompt_id: z.string(), status: z.enum(PromptStatus.options) }),
      annotations: WRITES,
    },
    (given) =>
      answer(deps, async () => {
        const row = await createPrompt(deps, {
          agent_id: given.agent_id,
          prompt_type: "command",
          prompt_text: given.text,
          response_text: given.response,
          model_used: given.model,
          tokens_input: given.input_tokens,
          tokens_output: given.output_tokens,
          cost_usd: given.cost_usd,
          latency_ms: given.latency_ms,
          status: given.status ?? (given.response === undefined ? "pending" : "completed"),
        });
        return { prompt_id: row.id, status: row.status };
      }),
  );
}
