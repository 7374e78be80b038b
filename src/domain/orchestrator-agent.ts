import { z } from "zod";
import { CONFIG_HELP } from "./budget.ts";
import { Highlight, Search, anyText, listQuery, type PageRequest } from "./listing.ts";
import { Timestamp } from "./timestamp.ts";
import { Json, StoredJson, requiredText, text } from "./values.ts";
import { AGENT_TYPES } from "./vocabulary.ts";

/** A definition: a kind of agent that can be run. */
export const OrchestratorAgent = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    agent_type: z.string(),
    capabilities: z.string().nullable(),
    default_model: z.string().nullable(),
    is_active: z.boolean(),
    config: StoredJson,
    metadata: StoredJson,
    created_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
  })
  .meta({ id: "OrchestratorAgent", description: "A definition: a kind of agent that can be run" });
export type OrchestratorAgent = z.infer<typeof OrchestratorAgent>;

export const FoundOrchestratorAgent = OrchestratorAgent.extend({ highlight: Highlight }).meta({
  id: "FoundOrchestratorAgent",
});

const Name = requiredText(255).meta({ description: "Unique", examples: ["feature-planner"] });

const AgentType = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, "expected a lower-case slug such as planner, builder or skill")
  .meta({
    description: `${AGENT_TYPES.join(", ")}, or any lower-case slug`,
    examples: ["skill"],
  });

const Capabilities = z
  .union([
    text(2000),
    z
      .array(requiredText(255))
      .max(100)
      .transform((list) => list.join(",")),
  ])
  .meta({
    description: "Comma-separated; an array of strings is joined",
    examples: ["planning,analysis"],
  });

const optional = {
  description: text()
    .nullish()
    .meta({ examples: ["Plans feature implementation"] }),
  capabilities: Capabilities.nullish(),
  default_model: text(255)
    .nullish()
    .meta({ examples: ["claude-sonnet-3.5"] }),
  is_active: z.boolean().optional(),
  config: Json.optional().meta({ description: CONFIG_HELP, examples: [{ max_cost_usd: 10 }] }),
  metadata: Json.optional(),
};

export const CreateOrchestratorAgent = z.strictObject({ name: Name, agent_type: AgentType, ...optional }).meta({
  id: "CreateOrchestratorAgent",
  examples: [
    {
      name: "feature-planner",
      description: "Plans feature implementation",
      agent_type: "skill",
      capabilities: "planning,analysis",
      default_model: "claude-sonnet-3.5",
    },
  ],
});
export type CreateOrchestratorAgent = z.infer<typeof CreateOrchestratorAgent>;

export const UpdateOrchestratorAgent = z
  .strictObject({ name: Name.optional(), agent_type: AgentType.optional(), ...optional })
  .meta({
    id: "UpdateOrchestratorAgent",
    description: "Only the given fields change; null clears an optional one",
    examples: [{ description: "Plans features and their tests", is_active: true }],
  });
export type UpdateOrchestratorAgent = z.infer<typeof UpdateOrchestratorAgent>;

export const OrchestratorAgentQuery = listQuery({
  agent_type: anyText("Kind"),
  is_active: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .meta({ type: "boolean", description: "Whether it may be run" }),
  q: Search,
});
export type OrchestratorAgentFilter = Omit<z.infer<typeof OrchestratorAgentQuery>, keyof PageRequest>;

/** The definition that a create command asks for. Times are RFC 3339. */
export function defineAgent(command: CreateOrchestratorAgent, id: string, now: string): OrchestratorAgent {
  return {
    id,
    name: command.name,
    description: command.description ?? null,
    agent_type: command.agent_type,
    capabilities: command.capabilities ?? null,
    default_model: command.default_model ?? null,
    is_active: command.is_active ?? true,
    config: command.config ?? null,
    metadata: command.metadata ?? null,
    created_at: now,
    updated_at: now,
  };
}
