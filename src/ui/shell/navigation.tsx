import { useSource } from "#src/ui/store/use-store.ts";
import { BOARD } from "#src/ui/store/board.ts";
import { hrefOf, type View } from "./route.ts";

/** In the order of their shortcuts. */
export const PLACES: readonly { readonly view: View; readonly label: string; readonly key: string }[] = [
  { view: "now", label: "Now", key: "n" },
  { view: "sessions", label: "Sessions", key: "s" },
  { view: "logs", label: "Logs", key: "l" },
  { view: "costs", label: "Costs", key: "c" },
  { view: "definitions", label: "Definitions", key: "d" },
  { view: "system", label: "System", key: "y" },
];

export function Navigation({ view }: { readonly view: View | null }) {
  const { value: board } = useSource(BOARD);
  const waiting = [...(board?.values() ?? [])].filter(({ status }) => status === "waiting").length;
  const current = view === "session" ? "sessions" : view;
  return (
    <nav class="navigation" aria-label="Views">
      <a class="brand" href={hrefOf("now")} aria-label="Orchestrator: now" tabIndex={-1}>
        Orchestrator
      </a>
      <ul>
        {PLACES.map(({ view: place, label }) => (
          <li key={place}>
            <a href={hrefOf(place)} aria-current={place === current ? "page" : undefined}>
              {label}
              {place === "now" && waiting > 0 ? (
                <span class="count" title={`${waiting} waiting for you`}>
                  {waiting}
                  <span class="visually-hidden"> waiting for you</span>
                </span>
              ) : null}
            </a>
          </li>
        ))}
        <li class="elsewhere">
          <a href="/docs" target="_blank" rel="noreferrer">
            API
          </a>
        </li>
      </ul>
    </nav>
  );
}
