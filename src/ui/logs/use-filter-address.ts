import { useRef } from "preact/hooks";
import { navigate } from "#src/ui/shell/use-route.ts";

/** How a filter came about: while one types, by Enter, or by anything else that is done at once. */
export type Way = "typed" | "entered" | "chosen";

/**
 * Goes to the address of a filter. What is chosen or entered is a step to come back from; typing takes no step, and what it
 * led to by and by is one step once it is entered.
 */
export function useFilterAddress(): (href: string, way: Way) => void {
  const typed = useRef<{ readonly from: string; readonly to: string } | null>(null);
  return (href, way) => {
    const here = location.pathname + location.search;
    // Where the typing began; no longer once one has gone elsewhere.
    const from = typed.current?.to === here ? typed.current.from : here;
    typed.current = way === "typed" ? { from, to: href } : null;
    if (way === "typed") return navigate(href, { isSame: true });
    const before = way === "entered" ? from : here;
    if (before !== here) history.replaceState(null, "", before);
    navigate(href, { isSame: href === before });
  };
}
