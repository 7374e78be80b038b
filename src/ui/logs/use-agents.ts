import { useEffect, useReducer, useRef } from "preact/hooks";
import type { BoardAgent } from "#src/domain/board.ts";
import { BOARD } from "#src/ui/store/board.ts";
import { useSource, useStore } from "#src/ui/store/use-store.ts";

export type KnownAgent = Pick<BoardAgent, "id" | "name" | "definition" | "session_id">;

/** What one request may ask for, and how many are remembered. */
const MOST_ASKED = 100;
const MOST_KNOWN = 5_000;
const RETRY_MS = 5_000;

/** The agents of these ids as far as they are known; others are asked for. One that is gone stays unknown. */
export function useAgents(ids: ReadonlySet<string>): (id: string) => KnownAgent | undefined {
  const store = useStore();
  const { value: board } = useSource(BOARD);
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const asked = useRef(new Map<string, KnownAgent | undefined>());
  const isAsking = useRef(false);
  const notBefore = useRef(0);

  useEffect(() => {
    if (board === undefined || isAsking.current || performance.now() < notBefore.current) return;
    const unknown = [...ids].filter((id) => !board.has(id) && !asked.current.has(id)).slice(0, MOST_ASKED);
    if (unknown.length === 0) return;
    isAsking.current = true;
    void ask(unknown);

    async function ask(wanted: readonly string[]): Promise<void> {
      if (asked.current.size > MOST_KNOWN) asked.current.clear();
      for (const id of wanted) asked.current.set(id, undefined);
      try {
        // A comma separates ids; one that holds some cannot be asked for.
        const { rows } = await store.client.listBoard({ agent_id: wanted.filter((id) => !id.includes(",")) });
        for (const row of rows) asked.current.set(row.id, row);
      } catch {
        // Their ids stand in place of their names; what is the matter with the server, the list itself says.
        for (const id of wanted) asked.current.delete(id);
        notBefore.current = performance.now() + RETRY_MS;
      }
      isAsking.current = false;
      redraw(undefined);
    }
  });

  return (id) => board?.get(id) ?? asked.current.get(id);
}
