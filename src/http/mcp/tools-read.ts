import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { AgentLog } from "#src/domain/agent-log.ts";
import { Highlight } from "#src/domain/listing.ts";
import { Prompt } from "#src/domain/prompt.ts";
import { RuntimeAgent, RuntimeAgentQuery } from "#src/domain/runtime-agent.ts";
import { SEARCHED } from "#src/domain/search-text.ts";
import { SessionWithTree } from "#src/domain/session.ts";
import { listAgentLogs } from "#src/queries/agent-logs.ts";
import { listPrompts } from "#src/queries/prompts.ts";
import { listRuntimeAgents } from "#src/queries/runtime-agents.ts";
import { getSession } from "#src/queries/sessions.ts";
import { answer, type McpDeps } from "./answer.ts";
import { cutTree } from "./cut-tree.ts";

/** Rows of one answer: a model reads all of them. */
const MOST_ROWS = 200;
/** Characters of a text in what a search has found. */
const SHOWN = 500;

const READS = { readOnlyHint: true, openWorldHint: false } as const;

/** An agent without what it carries along. */
const ListedAgent = RuntimeAgent.omit({ context: true, config: true, metadata: true });
const FoundLog = AgentLog.omit({ details: true }).extend({ highlight: Highlight });
const FoundText = Prompt.pick({ id: true, agent_id: true, prompt_name: true, status: true, created_at: true }).extend({
  prompt_text: z.string().meta({ description: `Its first ${SHOWN} characters` }),
  response_text: z
    .string()
    .nullable()
    .meta({ description: `Its first ${SHOWN} characters` }),
  highlight: Highlight,
});

/** Without a name of its own: the schema of a tool is an object, not a reference to one. */
const ReadSession = z.strictObject(SessionWithTree.shape);

const limit = (usual: number) => z.int().min(1).max(MOST_ROWS).default(usual).describe("Rows at most, the newest");

/** The tools that change nothing. */
export function addReadingTools(server: McpServer, deps: McpDeps): void {
  server.registerTool(
    "list_agents",
    {
      title: "List agents",
      description: "Lists agents that run or have run, the newest first.",
      inputSchema: z.strictObject({
        status: RuntimeAgentQuery.shape.status.describe(
          "Statuses, with commas between them, such as executing,waiting",
        ),
        session_id: z.string().min(1).max(255).optional().describe("Only agents of this session"),
        limit: limit(50),
      }),
      outputSchema: z.strictObject({
        agents: z.array(ListedAgent),
        more: z.boolean().describe("Whether there are older ones"),
      }),
      annotations: READS,
    },
    ({ status, session_id, limit: most }) =>
      answer(deps, async () => {
        const filter = { status, session_id: session_id === undefined ? undefined : [session_id] };
        const { value } = await listRuntimeAgents(deps.db, filter, { limit: most });
        const agents = value.rows.map(({ context: _c, config: _f, metadata: _m, ...agent }) => agent);
        return { agents, more: value.next !== null };
      }),
  );

  server.registerTool(
    "get_session",
    {
      title: "Read a session",
      description: `Reads the sums of a session and the tree of its agents (${MOST_ROWS} at most).`,
      inputSchema: z.strictObject({ session_id: z.string().min(1).max(255).describe("Id of the session") }),
      outputSchema: ReadSession,
      annotations: READS,
    },
    ({ session_id: id }) => answer(deps, async () => cutTree((await getSession(deps.db, id)).value, MOST_ROWS)),
  );

  server.registerTool(
    "search",
    {
      title: "Search logs and prompts",
      description:
        'Finds logs and prompts of all agents that hold all words; "quotes" hold a phrase, - before a word leaves out what has it.',
      inputSchema: z.strictObject({
        q: z.string().min(1).describe(`Words; the first ${SEARCHED} characters count`),
        limit: limit(20),
      }),
      outputSchema: z.strictObject({ logs: z.array(FoundLog), prompts: z.array(FoundText) }),
      annotations: READS,
    },
    ({ q, limit: most }) =>
      answer(deps, async () => {
        const [logs, prompts] = await Promise.all([
          listAgentLogs(deps.db, { q }, { limit: most }),
          listPrompts(deps.db, { q }, { limit: most }),
        ]);
        return {
          logs: logs.value.rows.map(({ details: _d, ...log }) => ({ ...log, message: shown(log.message) })),
          prompts: prompts.value.rows.map((row) => ({
            id: row.id,
            agent_id: row.agent_id,
            prompt_name: row.prompt_name,
            status: row.status,
            created_at: row.created_at,
            prompt_text: shown(row.prompt_text),
            response_text: row.response_text === null ? null : shown(row.response_text),
            ...(row.highlight === undefined ? {} : { highlight: row.highlight }),
          })),
        };
      }),
  );
}

function shown(text: string): string {
  return text.slice(0, SHOWN).toWellFormed();
}
