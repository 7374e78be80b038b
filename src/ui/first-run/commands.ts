/** Agents that the program can connect, by the names it knows them by. */
export const CODING_AGENTS = [
  { name: "claude-code", label: "Claude Code" },
  { name: "codex", label: "Codex" },
  { name: "gemini", label: "Gemini CLI" },
  { name: "opencode", label: "opencode" },
] as const;
export type CodingAgent = (typeof CODING_AGENTS)[number]["name"];

/** Where the page came from, and whether its server asks for tokens. */
export type Server = { readonly origin: string; readonly hasTokens: boolean };

/** How the program is run: as an executable that is found in the PATH, or from a copy of the repository, in its folder. */
export const PROGRAMS = [
  { name: "executable", label: "the executable", run: "orchestrator" },
  { name: "repository", label: "a copy of the repository, in its folder", run: "bun run orchestrator" },
] as const;
export type Program = (typeof PROGRAMS)[number]["name"];

function runOf(program: Program): string {
  return PROGRAMS.find(({ name }) => name === program)!.run;
}

/** Where the program looks for a server that it is told nothing of. */
const FOUND_BY_ITSELF = /^http:\/\/(localhost|127\.0\.0\.1):8000$/;

export function connectCommand(agent: CodingAgent, program: Program, { origin }: Pick<Server, "origin">): string {
  return `${runOf(program)} connect ${agent}${FOUND_BY_ITSELF.test(origin) ? "" : ` --url ${origin}`}`;
}

/** For the shell in which the other commands are then run. */
export function tokenCommand(program: Program): string {
  return `export ORCHESTRATOR_TOKEN=$(${runOf(program)} token create my-agents --scope control)`;
}

/** A definition, an agent of it, and what that does: three requests, for any shell like those of POSIX. */
export function curlCommands({ origin, hasTokens }: Server): string {
  const token = hasTokens ? ` \\\n  -H "Authorization: Bearer $ORCHESTRATOR_TOKEN"` : "";
  const post = (path: string, body: string) =>
    `curl -fsS ${origin}${path} \\\n  -H "Content-Type: application/json"${token} \\\n  -d ${body}`;
  // A new name each time: pasted again, it works again.
  const definition = `"{\\"name\\": \\"hello-$(date +%s)\\", \\"agent_type\\": \\"custom\\"}"`;
  const agent = `"{\\"orchestrator_agent_id\\": \\"$DEFINITION\\", \\"session_id\\": \\"hello\\", \\"status\\": \\"executing\\"}"`;
  const log = `"{\\"agent_id\\": \\"$AGENT\\", \\"log_type\\": \\"milestone\\", \\"message\\": \\"Hello from curl\\"}"`;
  return [
    `DEFINITION=$(${post("/api/agents", definition)} \\\n  | ${ID})`,
    `AGENT=$(${post("/api/runtime/agents", agent)} \\\n  | ${ID})`,
    post("/api/runtime/logs", log),
  ].join("\n");
}

const ID = `sed 's/.*"id":"\\([^"]*\\)".*/\\1/'`;

/** @param program from the repository, the file lies where `bun run build` puts it */
export function installCommand(program: Program, version: string): string {
  const folder = program === "repository" ? "/path/to/orchestrator/dist" : "/path/to";
  return `npm install ${folder}/orchestrator-client-${version}.tgz`;
}

/** The same with the typed client. */
export function clientProgram({ origin, hasTokens }: Server): string {
  const token = hasTokens ? ", token: process.env.ORCHESTRATOR_TOKEN" : "";
  return `import { createClient } from "orchestrator/client";

const client = createClient({ url: "${origin}"${token} });
const definition = await client.createOrchestratorAgent({
  name: \`hello-\${Date.now()}\`,
  agent_type: "custom",
});
const agent = await client.createRuntimeAgent({
  orchestrator_agent_id: definition.id,
  session_id: "hello",
  status: "executing",
});
await client.createAgentLog({
  agent_id: agent.id,
  log_type: "milestone",
  message: "Hello from the client",
});`;
}
