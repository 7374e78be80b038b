import { type McpServer, ProtocolError, ProtocolErrorCode, ResourceTemplate } from "@modelcontextprotocol/server";
import { getSession, listSessions } from "#src/queries/sessions.ts";
import type { McpDeps } from "./answer.ts";
import { cutTree } from "./cut-tree.ts";

const LISTED = 50;
const MOST_AGENTS = 200;
/** Characters of an id as it stands in an address, each as up to 12. */
const LONGEST_ID = 255 * 12;
const MIME = "application/json";

/** Sessions as resources: the newest are listed, any can be read. */
export function addSessionResources(server: McpServer, deps: McpDeps): void {
  const template = new ResourceTemplate("orchestrator://sessions/{session_id}", {
    list: () =>
      asProtocol(deps, async () => {
        const { value } = await listSessions(deps.db, { limit: LISTED });
        const resources = value.rows.map((row) => ({
          uri: `orchestrator://sessions/${encodeURIComponent(row.session_id)}`,
          name: row.session_id,
          description: `${row.agents.total} agents, ${row.cost_usd} US dollars, last active ${row.last_activity_at}`,
        }));
        return { resources };
      }),
  });
  server.registerResource(
    "session",
    template,
    { title: "Session", description: "Sums of a session and the tree of its agents", mimeType: MIME },
    (uri, { session_id: id }) =>
      asProtocol(deps, async () => {
        const { value } = await getSession(deps.db, decoded(String(id).slice(0, LONGEST_ID)));
        return { contents: [{ uri: uri.href, mimeType: MIME, text: JSON.stringify(cutTree(value, MOST_AGENTS)) }] };
      }),
  );
}

/** Resources have no results that are errors. */
async function asProtocol<Result>(deps: McpDeps, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = deps.explain(error);
    const code = problem.code === "not_found" ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
    throw new ProtocolError(code, problem.message);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
