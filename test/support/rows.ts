import type { Json } from "./json.ts";
import type { TestServer } from "./test-server.ts";

async function made(server: TestServer, path: string, body: object): Promise<Json> {
  const answer = await server.call("POST", path, body);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Makes a definition through the API, and returns it. */
export const makeDefinition = (server: TestServer, fields: object = {}): Promise<Json> =>
  made(server, "/api/agents", { name: "planner", agent_type: "planner", ...fields });

/** Makes a runtime agent of a definition. */
export const makeAgent = (server: TestServer, definitionId: string, fields: object = {}): Promise<Json> =>
  made(server, "/api/runtime/agents", { orchestrator_agent_id: definitionId, session_id: "s1", ...fields });

/** Makes a log, or many at once. */
export const makeLogs = (server: TestServer, logs: object): Promise<Json> => made(server, "/api/runtime/logs", logs);

export const makePrompt = (server: TestServer, agentId: string, fields: object = {}): Promise<Json> =>
  made(server, "/api/runtime/prompts", { agent_id: agentId, prompt_type: "command", prompt_text: "Go", ...fields });

export const makeSystemLog = (server: TestServer, fields: object = {}): Promise<Json> =>
  made(server, "/api/system/logs", { component: "scheduler", message: "Started", ...fields });
