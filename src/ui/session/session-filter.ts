import type { Client, RequestOptions } from "#src/client/client.ts";
import type { AgentTree } from "#src/domain/session.ts";

/** Narrows a list to a session. */
export type SessionFilter = { readonly session_id: string } | { readonly agent_id: readonly string[] };

/** A filter takes no more values. */
const MOST = 100;

/** A comma in a filter means "any of": a session whose id holds one is asked for by its agents, the newest of them. */
export function filterOfSession(id: string, tree: readonly AgentTree[]): SessionFilter {
  if (!id.includes(",")) return { session_id: id };
  const ids: string[] = [];
  const left = [...tree];
  for (let node = left.shift(); node !== undefined && ids.length < MOST; node = left.shift()) {
    ids.push(node.id);
    for (const child of node.children) left.push(child);
  }
  return { agent_id: ids };
}

export async function sessionFilter(client: Client, id: string, options?: RequestOptions): Promise<SessionFilter> {
  return filterOfSession(id, id.includes(",") ? (await client.getSession(id, options)).tree : []);
}
