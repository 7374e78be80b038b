import { useEffect, useReducer } from "preact/hooks";
import { plainText } from "#src/ui/parts/agent-text.tsx";

/** A tab shows fewer; the history of a browser not many more. */
const MOST = 80;

const listeners = new Set<() => void>();
let shown: string | null = null;

function tell(next: string | null): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Puts what a view shows, in its agents' words, into the title of the page: `adw-checkout · Session – Orchestrator`. */
export function useTitle(text: string | null): void {
  useEffect(() => {
    tell(text);
    return () => tell(null);
  }, [text]);
}

/** What the present view shows; null where that is said by its own name. */
export function useShownName(): string | null {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const update = () => redraw(undefined);
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return shown;
}

/** The title of the page. What tells it from others stands first: of a tab only that is seen. */
export function titleOf(waiting: number, name: string | null, view: string): string {
  const line = plainText((name ?? "").slice(0, MOST))
    .replaceAll(/\s+/g, " ")
    .trim();
  return `${waiting > 0 ? `(${waiting}) ` : ""}${line === "" ? "" : `${line} · `}${view} – Orchestrator`;
}
