import { post, type Sent } from "./scenario.ts";

/** What the test clock shows as the API writes it. */
export const NOW = "2026-02-05T10:30:00.000Z";

/** A definition; the first one is `id-1`. */
export const definition = (fields: object = {}): Sent =>
  post("/api/agents", { name: "planner", agent_type: "planner", ...fields });

/** An agent of `id-1`; after one definition it is `id-2`. */
export const agent = (fields: object = {}): Sent =>
  post("/api/runtime/agents", { orchestrator_agent_id: "id-1", session_id: "s1", ...fields });

/** A prompt of `id-2`. */
export const prompt = (fields: object = {}): Sent =>
  post("/api/runtime/prompts", { agent_id: "id-2", prompt_type: "command", prompt_text: "Go", ...fields });

/** A log of `id-2`. */
export const agentLog = (fields: object = {}): Sent =>
  post("/api/runtime/logs", { agent_id: "id-2", log_type: "milestone", message: "Done", ...fields });

export const systemLog = (fields: object = {}): Sent =>
  post("/api/system/logs", { component: "scheduler", message: "Started", ...fields });

export const workflow = (fields: object = {}): Sent =>
  post("/api/runtime/workflows", { adw_name: "adw-1", workflow_type: "sdlc", ...fields });
