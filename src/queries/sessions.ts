import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import { agentTree, type Session, type SessionWithTree } from "#src/domain/session.ts";
import { found } from "./found.ts";

/** Agents of one session's tree. */
const TREE_AGENTS = 10_000;

export function listSessions(db: DatabaseManager, page: PageRequest): Promise<Read<Page<Session>>> {
  return db.sessions.list({}, page);
}

export async function getSession(db: DatabaseManager, sessionId: string): Promise<Read<SessionWithTree>> {
  const { value, seq } = await found("session", sessionId, db.sessions.get(sessionId, TREE_AGENTS));
  const tree = agentTree(value.agents.slice(0, TREE_AGENTS));
  const cut = value.agents.length > TREE_AGENTS ? { truncated: true as const } : {};
  return { value: { ...value.session, tree, ...cut }, seq };
}
