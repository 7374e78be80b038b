import type { Session, UpdateSession } from "#src/domain/session.ts";
import { changedFields } from "#src/domain/changed-fields.ts";
import { notFound } from "#src/domain/problem.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

/** A session is what its agents make it, but for its configuration. */
export function updateSession(deps: CommandDeps, sessionId: string, command: UpdateSession): Promise<Session> {
  return decideAnew(async () => {
    const { value } = await deps.db.sessions.get(sessionId, 0);
    if (value === null) throw notFound("session", sessionId);
    const { config } = changedFields(value.session, command);
    return config === undefined ? value.session : deps.db.sessions.configure(sessionId, config, deps.clock());
  });
}
