import type { Change } from "#src/client/client.ts";
import { BOARD, type Board } from "#src/ui/store/board.ts";
import type { Source } from "#src/ui/store/source.ts";
import type { SessionAgent } from "./session-source.ts";

/** One agent as the board shows it, however long ago it ended; nothing where it is gone. */
export function agentSource({ id, session_id }: Pick<SessionAgent, "id" | "session_id">): Source<Board> {
  const concerns = (change: Change) => (change.type.startsWith("agent.") ? change.id : change.agent_id) === id;
  // In a filter a comma separates ids.
  const filter = id.includes(",") ? { session_id } : { agent_id: [id] };
  return {
    key: `agent ${id}`,
    async load(client, options) {
      const { rows, seq } = await client.listBoard(filter, options);
      return { seq, value: new Map(rows.filter((row) => row.id === id).map((row) => [id, row])) };
    },
    reduce: (value, changes) => BOARD.reduce!(value, changes.filter(concerns)),
  };
}
